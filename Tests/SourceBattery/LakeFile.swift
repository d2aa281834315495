import Foundation
import JSON
import Lake
import Parquet

/// A table's file, read as any reader would.
struct LakeFile {
    var schema: Schema
    var rows: ColumnBatch
    var metadata: [(key: String, value: String)]

    init(_ bytes: [UInt8]) throws {
        let reader = try ParquetReader(bytes)
        schema = reader.schema
        rows = try reader.read()
        metadata = reader.keyValueMetadata
    }

    /// The file again.
    func encoded() throws -> [UInt8] {
        var options = WriterOptions()
        options.keyValueMetadata = metadata
        return try ParquetFile.encode(schema: schema, batch: rows, options: options)
    }

    /// The position of a column; nil when there is none.
    func index(of column: String) -> Int? { schema.fields.firstIndex { $0.name == column } }

    /// Takes columns out.
    mutating func remove(_ columns: Set<String>) {
        let kept = schema.fields.indices.filter { !columns.contains(schema.fields[$0].name) }
        schema = Schema(kept.map { schema.fields[$0] })
        rows.columns = kept.map { rows.columns[$0] }
    }

    /// The rows without some columns.
    func rows(without columns: Set<String>) -> ColumnBatch {
        var file = self
        file.remove(columns)
        return file.rows
    }
}

/// Reads what the lake's objects hold.
enum LakeObject {
    /// Every byte that a reader of an object comes to see: the object, and its content uncompressed.
    static func content(_ key: String, _ bytes: [UInt8]) throws -> [[UInt8]] {
        if key.hasSuffix(".gz") { return [bytes, try Gzip.decompress(bytes)] }
        guard key.hasSuffix(".parquet") else { return [bytes] }
        return [bytes]
            + (try LakeFile(bytes)).rows.columns.compactMap { column in
                guard case .bytes(let slots) = column.values else { return nil }
                return slots.bytes
            }
    }

    /// Reads a commit of ours.
    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]?, _ key: String) throws -> Value
    {
        guard let bytes else { throw BatteryError("there is no \(key)") }
        return try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The lines of a part.
    static func lines(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try Gzip.decompress(bytes).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}
