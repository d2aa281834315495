import Testing

@testable import Parquet

/// Files made by hand: one column, one row group, pages with any content.
enum TestFile {
    struct Page {
        var header: PageHeader
        var body: [UInt8]
    }

    static func dataPage(_ body: [UInt8], count: Int, _ encoding: Encoding = .plain) -> Page {
        let header = PageHeader(
            type: .data, uncompressedSizeBytes: Int32(body.count), compressedSizeBytes: Int32(body.count),
            data: DataPageHeader(valueCount: Int32(count), encoding: encoding))
        return Page(header: header, body: body)
    }

    /// A V2 page; repetition levels, which flat columns do not have, may be anything.
    static func dataPageV2(
        _ repetitionLevels: [UInt8], levels: [UInt8], _ values: [UInt8], count: Int, _ encoding: Encoding
    ) -> Page {
        let body = repetitionLevels + levels + values
        let header = PageHeader(
            type: .dataV2, uncompressedSizeBytes: Int32(body.count), compressedSizeBytes: Int32(body.count),
            dataV2: DataPageHeaderV2(
                valueCount: Int32(count), nullCount: 0, rowCount: Int32(count), encoding: encoding,
                definitionLevelsSizeBytes: Int32(levels.count),
                repetitionLevelsSizeBytes: Int32(repetitionLevels.count), isCompressed: false))
        return Page(header: header, body: body)
    }

    static func dictionaryPage(_ body: [UInt8], count: Int, _ encoding: Encoding = .plain) -> Page {
        let header = PageHeader(
            type: .dictionary, uncompressedSizeBytes: Int32(body.count),
            compressedSizeBytes: Int32(body.count),
            dictionary: DictionaryPageHeader(valueCount: Int32(count), encoding: encoding))
        return Page(header: header, body: body)
    }

    static func make(
        schema: Schema, rowCount: Int64, pages: [Page],
        change: (inout FileMetaData, inout ColumnMetaData) -> Void = { _, _ in }
    ) -> [UInt8] {
        var file = Array("PAR1".utf8)
        var dataPageOffset: Int64?
        for page in pages {
            if page.header.type != .dictionary, dataPageOffset == nil { dataPageOffset = Int64(file.count) }
            file += CompactWriter.encode(page.header) + page.body
        }
        var column = ColumnMetaData(
            type: schema.fields[0].type.physicalType, encodings: [.plain], path: [schema.fields[0].name],
            codec: .uncompressed, valueCount: rowCount, uncompressedSizeBytes: Int64(file.count - 4),
            compressedSizeBytes: Int64(file.count - 4), dataPageOffset: dataPageOffset ?? 4,
            dictionaryPageOffset: pages.first?.header.type == .dictionary ? 4 : nil)
        var metaData = FileMetaData(schema: schema.elements, rowCount: rowCount, rowGroups: [])
        change(&metaData, &column)
        if metaData.rowGroups.isEmpty {
            metaData.rowGroups = [
                RowGroup(
                    columns: [ColumnChunk(metaData: column)],
                    uncompressedSizeBytes: column.uncompressedSizeBytes,
                    rowCount: rowCount)
            ]
        }
        let footer = CompactWriter.encode(metaData)
        file += footer
        file.append(littleEndian: UInt32(footer.count))
        return file + Array("PAR1".utf8)
    }

    /// The footer of a sound file.
    static func footer(_ file: [UInt8]) throws -> FileMetaData {
        try file.withUnsafeBufferPointer { try FileMetaData.read(UnsafeRawBufferPointer($0)).0 }
    }

    /// A struct of a file, such as a page index.
    static func decode<Value: ThriftStruct>(
        _ type: Value.Type, _ file: [UInt8], at offset: Int64, sizeBytes: Int32
    ) throws -> Value {
        try Array(file[Int(offset)..<Int(offset) + Int(sizeBytes)]).withUnsafeBufferPointer { bytes in
            var reader = CompactReader(UnsafeRawBufferPointer(bytes))
            let value = try Value(from: &reader)
            #expect(reader.cursor.remaining == 0)
            return value
        }
    }
}
