extension FileMetaData {
    /// The footer of a whole file, and where it starts.
    static func read(_ file: UnsafeRawBufferPointer) throws(ParquetError) -> (FileMetaData, start: Int) {
        let range = try FileTail.footer(file, fileSizeBytes: file.count)
        guard file.prefix(4).elementsEqual("PAR1".utf8) else {
            throw .corrupt("the file does not start and end with PAR1")
        }
        return (
            try read(UnsafeRawBufferPointer(rebasing: file[range]), limits: ReaderLimits()), range.lowerBound
        )
    }

    /// A footer that is read as far as the limits allow.
    static func read(
        _ footer: UnsafeRawBufferPointer, limits: ReaderLimits
    ) throws(ParquetError) -> FileMetaData {
        guard footer.count <= limits.footerSizeBytesMaximum else {
            throw .limitExceeded(
                "a footer of \(footer.count) bytes, \(limits.footerSizeBytesMaximum) are allowed")
        }
        var reader = CompactReader(footer, memorySizeBytesMaximum: limits.metadataSizeBytesMaximum)
        let file = try FileMetaData(from: &reader)
        guard !file.isEncrypted else { throw .unsupported("columns are encrypted") }
        return file
    }
}
