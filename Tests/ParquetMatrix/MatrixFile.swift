import Parquet

/// A file to write: its columns, and how.
struct MatrixFile: Encodable {
    struct Column: Encodable {
        let name: String
        let pool: String
        let isNullable: Bool
        let encoding: String
        let codec: String
        let pattern: String
    }

    let name: String
    let rowCount: Int
    let pageRowCountMaximum: Int
    let pageSizeBytes: Int
    let rowGroupRowCountMaximum: Int
    let columns: [Column]
}

/// A column of the matrix: one value of every dimension.
struct MatrixCell: Hashable {
    var pool: Int
    var encoding: ValueEncoding
    var codec: String
    var pattern: RowPattern

    static let codecs: [(name: String, compression: Compression)] = [
        ("none", .uncompressed), ("zstd", .zstd(level: 3)), ("snappy", .snappy), ("gzip", .gzip(level: 6)),
    ]

    var compression: Compression {
        guard let codec = Self.codecs.first(where: { $0.name == codec }) else {
            preconditionFailure("unknown codec \(codec)")
        }
        return codec.compression
    }

    func name(_ pools: [SamplePool]) -> String {
        let kind = pattern.isNullable ? "optional" : "required"
        return "\(pools[pool].name)_\(encoding)_\(codec)_\(pattern.shape.rawValue)_\(kind)"
    }
}
