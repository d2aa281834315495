/// How a file is written; the defaults are what the most readers take.
public struct WriterOptions: Sendable, Equatable {
    /// How page bodies are compressed.
    public var compression: Compression = .zstd(level: 3)
    /// What is different for some columns, by name.
    public var columns: [String: ColumnOptions] = [:]
    /// Rows of a row group at most.
    public var rowGroupRowCountMaximum = 1_048_576
    /// Bytes of a row group's values at most, before encoding; a single row may exceed it.
    public var rowGroupSizeBytesMaximum = 128 * 1024 * 1024
    /// Bytes of a data page at most, before compression; a single row may exceed it.
    public var pageSizeBytes = 1024 * 1024
    /// Rows of a data page at most.
    public var pageRowCountMaximum = 20_000
    /// Bytes of a chunk's dictionary at most; a chunk that needs more is written without.
    public var dictionarySizeBytesMaximum = 1024 * 1024
    /// Whether the file says where each page is and what bounds its values have, so that readers can leave out pages.
    public var isPageIndexWritten = true
    /// Who wrote the file: `<application> version <version> (build <build>)`, as parquet-java parses it to trust bounds.
    public var createdBy = "medallion version 1.0.0 (build 0)"
    /// Entries of the footer, in order.
    public var keyValueMetadata: [(key: String, value: String)] = []
    /// The columns by which the rows are sorted, the first one before the others; stated in the file, not checked.
    public var sortingColumns: [SortingOption] = []

    /// The defaults.
    public init() {}

    /// Whether both say the same.
    public static func == (left: WriterOptions, right: WriterOptions) -> Bool {
        left.compression == right.compression && left.columns == right.columns
            && left.rowGroupRowCountMaximum == right.rowGroupRowCountMaximum
            && left.rowGroupSizeBytesMaximum == right.rowGroupSizeBytesMaximum
            && left.pageSizeBytes == right.pageSizeBytes
            && left.pageRowCountMaximum == right.pageRowCountMaximum
            && left.dictionarySizeBytesMaximum == right.dictionarySizeBytesMaximum
            && left.isPageIndexWritten == right.isPageIndexWritten
            && left.createdBy == right.createdBy
            && left.keyValueMetadata.elementsEqual(right.keyValueMetadata, by: ==)
            && left.sortingColumns == right.sortingColumns
    }

    func validate(_ schema: Schema) throws(ParquetError) {
        func require(_ isMet: Bool, _ cause: String, _ remedy: String) throws(ParquetError) {
            guard isMet else { throw .invalidInput(.write, cause, remedy: remedy) }
        }
        try schema.validateForWriting()
        let names = Set(schema.fields.map(\.name))
        for compression in [compression] + columns.values.compactMap(\.compression) {
            guard let level = compression.level else { continue }
            try require(
                level.allowed.contains(level.asked), "\(compression.codec) level \(level.asked)",
                "use a level from \(level.allowed.lowerBound) to \(level.allowed.upperBound)")
        }
        for field in schema.fields {
            guard let encoding = columns[field.name]?.encoding,
                !encoding.isDefined(for: field.type)
            else { continue }
            throw ParquetError.invalidInput(
                .write, "\(encoding) is not defined for \(field.type.physicalType)",
                remedy: "choose another encoding"
            ).located(column: field.name)
        }
        let rowCounts = 1...Int(Int32.max)
        try require(
            rowCounts.contains(rowGroupRowCountMaximum),
            "rowGroupRowCountMaximum is \(rowGroupRowCountMaximum)",
            "use a number from 1 to \(Int32.max)")
        try require(
            rowCounts.contains(pageRowCountMaximum), "pageRowCountMaximum is \(pageRowCountMaximum)",
            "use a number from 1 to \(Int32.max)")
        try require(
            rowCounts.contains(pageSizeBytes), "pageSizeBytes is \(pageSizeBytes)",
            "use a number from 1 to \(Int32.max)")
        try require(
            (1...Int(UInt32.max)).contains(rowGroupSizeBytesMaximum),
            "rowGroupSizeBytesMaximum is \(rowGroupSizeBytesMaximum)", "use a number from 1 to \(UInt32.max)")
        try require(
            (0...Int(Int32.max)).contains(dictionarySizeBytesMaximum),
            "dictionarySizeBytesMaximum is \(dictionarySizeBytesMaximum)",
            "use a number from 0 to \(Int32.max)")
        let words = createdBy.split(separator: " ", omittingEmptySubsequences: false)
        try require(
            words.count >= 5 && words[words.count - 4] == "version" && words[words.count - 2] == "(build"
                && createdBy.hasSuffix(")"),
            "createdBy is \"\(createdBy)\"", "write it as \"name version 1.2.3 (build 4)\"")
        for name in columns.keys.sorted() + sortingColumns.map(\.name) {
            try require(
                names.contains(name), "the options name a column \"\(name)\" that the schema lacks",
                "name one of its columns")
        }
    }
}

/// A column by which rows are sorted, ascending; a literal is the name of one whose nulls come last.
public struct SortingOption: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The column's name.
    public var name: String
    /// Whether rows without a value come before all others, and not after them.
    public var areNullsFirst: Bool

    /// A column and where its nulls are.
    public init(_ name: String, areNullsFirst: Bool = false) {
        self.name = name
        self.areNullsFirst = areNullsFirst
    }

    /// A column whose nulls come last.
    public init(stringLiteral name: String) { self.init(name) }
}
