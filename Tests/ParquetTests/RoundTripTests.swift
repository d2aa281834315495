import Parquet
import Testing

struct RoundTripTests {
    @Test(arguments: SampleShape.allCases, [false, true])
    func `reads back what it wrote`(shape: SampleShape, isNullable: Bool) throws {
        let (schema, batch) = Samples.batch(
            Samples.allTypes + [("bson", .bson)], shape: shape, isNullable: isNullable,
            rowCount: min(shape.rowCount, 2001))
        for compression in [Compression.uncompressed, .zstd(level: 1), .snappy, .gzip(level: 1)] {
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

    @Test(arguments: ValueEncoding.allCases, [false, true])
    func `reads back every encoding`(encoding: ValueEncoding, isNullable: Bool) throws {
        let types = Samples.allTypes.filter { encoding.isDefined(for: $0.type) }
        for shape in SampleShape.allCases {
            let (schema, batch) = Samples.batch(
                types, shape: shape, isNullable: isNullable, rowCount: min(shape.rowCount, 2001))
            let options = WriterOptions.make {
                for (name, _) in types { $0.columns[name] = ColumnOptions(encoding: encoding) }
                $0.pageRowCountMaximum = 333
                $0.rowGroupRowCountMaximum = 1200
            }
            let back = try ParquetReader(
                ParquetFile.encode(schema: schema, batch: batch, options: options)
            ).read()
            for (index, field) in schema.fields.enumerated() {
                #expect(back.columns[index] == batch.columns[index], "\(shape) \(field.name)")
            }
        }
    }
}
