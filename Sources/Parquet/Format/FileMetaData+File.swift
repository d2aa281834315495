extension FileMetaData {
    /// The footer of a whole file, and where it starts.
    static func read(_ file: UnsafeRawBufferPointer) throws(ParquetError) -> (FileMetaData, start: Int) {
        guard file.count >= 12 else {
            throw .corrupt("\(file.count) bytes are no Parquet file, which has 12 at least")
        }
        let magic = file.suffix(4)
        guard !magic.elementsEqual("PARE".utf8) else { throw .unsupported("the footer is encrypted") }
        guard magic.elementsEqual("PAR1".utf8), file.prefix(4).elementsEqual("PAR1".utf8) else {
            throw .corrupt("the file does not start and end with PAR1")
        }
        let sizeBytes = Int(
            UInt32(littleEndian: file.loadUnaligned(fromByteOffset: file.count - 8, as: UInt32.self)))
        guard sizeBytes <= file.count - 12 else {
            throw .corrupt("a footer of \(sizeBytes) bytes in a file of \(file.count)")
        }
        let start = file.count - 8 - sizeBytes
        var reader = CompactReader(UnsafeRawBufferPointer(rebasing: file[start..<file.count - 8]))
        let footer = try FileMetaData(from: &reader)
        guard !footer.isEncrypted else { throw .unsupported("columns are encrypted") }
        return (footer, start)
    }
}
