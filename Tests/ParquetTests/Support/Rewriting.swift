@testable import Parquet

/// Writes again what was read, for other engines to compare.
enum Rewriting {
    /// The flat columns of a file as a file of ours; nil when it has none.
    ///
    /// What is read and never written becomes its nearest relative: INT96 a timestamp, decimals of any length fixed bytes.
    static func file(_ reader: ParquetReader, options: WriterOptions = WriterOptions()) throws -> [UInt8]? {
        let fields = reader.schema.fields
        guard !fields.isEmpty else { return nil }
        var batch = try reader.read(columns: fields.map(\.name))
        var schema = reader.schema
        for (index, field) in fields.enumerated() {
            switch field.type {
            case .int96Timestamp: schema.fields[index].type = .timestampMicroseconds
            case .decimal(let precision, let scale, .bytes):
                schema.fields[index].type = .decimal(
                    precision: precision, scale: scale, storage: .fixedBytes(length: 16))
                guard case .bytes(let slots) = batch.columns[index].values else { continue }
                var widened = ByteColumn()
                for row in 0..<slots.count {
                    let value = slots.bytes[slots.range(row)]
                    guard let first = value.first else {
                        widened.appendEmpty()
                        continue
                    }
                    let sign: UInt8 = first >= 0x80 ? 0xff : 0
                    widened.append([UInt8](repeating: sign, count: 16 - value.count) + value)
                }
                batch.columns[index].values = .bytes(widened)
            default: break
            }
        }
        return try ParquetFile.encode(schema: schema, batch: batch, options: options)
    }
}
