import Parquet
import Testing

struct RoundTripTests {
    @Test(arguments: SampleShape.allCases, [false, true])
    func `reads back what it wrote`(shape: SampleShape, isNullable: Bool) throws {
        let (schema, batch) = Samples.batch(
            shape: shape, isNullable: isNullable, rowCount: min(shape.rowCount, 21_001))
        for compression in [Compression.uncompressed, .zstd(level: 1)] {
            let file = try ParquetFile.encode(
                schema: schema, batch: batch, options: .make { $0.compression = compression })
            let reader = try ParquetReader(file)
            #expect(reader.schema == schema)
            #expect(reader.rowCount == batch.rowCount)
            let back = try reader.read()
            for (index, field) in schema.fields.enumerated() {
                #expect(back.columns[index] == batch.columns[index], "\(field.name)")
            }
        }
    }
}
