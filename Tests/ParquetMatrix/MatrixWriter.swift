import Foundation
import Parquet

/// Writes the files, and what they must hold: the pools, the patterns, and a line of JSON per file.
struct MatrixWriter {
    private let folder: URL
    private let pools = SamplePool.all()
    private var positions: [RowPattern: [Int32]] = [:]
    private var manifest = Data()

    init(folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    mutating func write(largeRowCount: Int) throws {
        for pool in pools { try save(pool) }
        try writeFullMatrix()
        if largeRowCount > 0 { try writePairwise(rowCount: largeRowCount) }
        try manifest.write(to: folder.appending(path: "manifest.jsonl"))
    }

    /// Every type × encoding × codec × nullability × shape, in small pages and row groups.
    private mutating func writeFullMatrix() throws {
        for encoding in ValueEncoding.allCases {
            for codec in MatrixCell.codecs {
                for shape in RowPattern.Shape.allCases where shape != .runs {
                    let rowCount = shape == .empty ? 0 : shape == .oneRow ? 1 : 1000
                    for ending in ["", "-bson", "-split"] {
                        let cells = pools.indices.filter { self.ending(pools[$0].type, encoding) == ending }
                            .flatMap { pool in
                                [false, true].compactMap { isNullable in
                                    cell(pool, encoding, codec.name, shape, isNullable, rowCount)
                                }
                            }
                        guard !cells.isEmpty else { continue }
                        try write(
                            cells,
                            "full-\(encoding)-\(codec.name)-\(shape.rawValue)\(ending)",
                            rowCount: rowCount, pageRowCount: 100, pageSizeBytes: 1_048_576,
                            rowGroupRowCount: 430)
                    }
                }
            }
        }
    }

    /// Any two of type, encoding, codec, nullability, shape, page size and row group size together, at many rows.
    private mutating func writePairwise(rowCount: Int) throws {
        let pageSizes = [16_384, 1_048_576]
        let rowGroupRowCounts = [rowCount / 8 + 1, rowCount + 1]
        let shapes = RowPattern.Shape.allCases.filter { $0 != .empty && $0 != .oneRow }
        var cells: [(cell: MatrixCell, page: Int, rowGroup: Int)] = []
        var numbers: [[Int]] = []
        for pool in pools.indices {
            for (encodingNumber, encoding) in ValueEncoding.allCases.enumerated() {
                for (codecNumber, codec) in MatrixCell.codecs.enumerated() {
                    for (shapeNumber, shape) in shapes.enumerated() {
                        for isNullable in [false, true] {
                            guard let cell = cell(pool, encoding, codec.name, shape, isNullable, rowCount)
                            else { continue }
                            for page in 0..<2 {
                                for rowGroup in 0..<2 {
                                    cells.append((cell, page, rowGroup))
                                    numbers.append([
                                        pool, encodingNumber, codecNumber, shapeNumber, isNullable ? 1 : 0,
                                        page, rowGroup,
                                    ])
                                }
                            }
                        }
                    }
                }
            }
        }
        let chosen = PairwiseCover.choose(numbers).map { cells[$0] }
        for page in 0..<2 {
            for rowGroup in 0..<2 {
                for ending in ["", "-bson", "-split"] {
                    let members = chosen.filter { $0.page == page && $0.rowGroup == rowGroup }.map(\.cell)
                        .filter { self.ending(pools[$0.pool].type, $0.encoding) == ending }
                    for (number, start) in stride(from: 0, to: members.count, by: 8).enumerated() {
                        try write(
                            Array(members[start..<min(start + 8, members.count)]),
                            "large-\(pageSizes[page])-\(rowGroupRowCounts[rowGroup])-\(number)\(ending)",
                            rowCount: rowCount, pageRowCount: 20_000, pageSizeBytes: pageSizes[page],
                            rowGroupRowCount: rowGroupRowCounts[rowGroup])
                    }
                }
            }
        }
    }

    /// What a file's name ends with: columns for which an engine refuses the whole file are in files of their own.
    private func ending(_ type: Schema.FieldType, _ encoding: ValueEncoding) -> String {
        switch type {
        case .bson: "-bson"
        case .fixedBytes, .uuid, .float16, .decimal(_, _, .fixedBytes):
            encoding == .byteStreamSplit ? "-split" : ""
        default: ""
        }
    }

    /// Nil where there is no such column.
    private func cell(
        _ pool: Int, _ encoding: ValueEncoding, _ codec: String, _ shape: RowPattern.Shape,
        _ isNullable: Bool,
        _ rowCount: Int
    ) -> MatrixCell? {
        guard encoding.isDefined(for: pools[pool].type), isNullable || shape != .allNull else { return nil }
        return MatrixCell(
            pool: pool, encoding: encoding, codec: codec,
            pattern: RowPattern(shape: shape, isNullable: isNullable, rowCount: rowCount))
    }

    private mutating func write(
        _ cells: [MatrixCell], _ name: String, rowCount: Int, pageRowCount: Int, pageSizeBytes: Int,
        rowGroupRowCount: Int
    ) throws {
        var options = WriterOptions()
        options.pageRowCountMaximum = pageRowCount
        options.pageSizeBytes = pageSizeBytes
        options.rowGroupRowCountMaximum = rowGroupRowCount
        options.rowGroupSizeBytesMaximum = Int(UInt32.max)
        options.sortingColumns = ["row"]
        // The number of the row, by which the checks select.
        var fields = [Schema.Field("row", .int64)]
        var columns = [ColumnVector(.int64(Array(0..<Int64(rowCount))))]
        for cell in cells {
            let field = Schema.Field(
                cell.name(pools), pools[cell.pool].type, isNullable: cell.pattern.isNullable)
            fields.append(field)
            columns.append(pools[cell.pool].column(try positions(of: cell.pattern)))
            options.columns[field.name] = ColumnOptions(
                encoding: cell.encoding, compression: cell.compression)
        }
        let bytes = try ParquetFile.encode(
            schema: Schema(fields), batch: ColumnBatch(rowCount: rowCount, columns: columns), options: options
        )
        try Data(bytes).write(to: folder.appending(path: "\(name).parquet"))
        let description = MatrixFile(
            name: name, rowCount: rowCount, pageRowCountMaximum: pageRowCount, pageSizeBytes: pageSizeBytes,
            rowGroupRowCountMaximum: rowGroupRowCount,
            columns: cells.map { cell in
                .init(
                    name: cell.name(pools), pool: pools[cell.pool].name, isNullable: cell.pattern.isNullable,
                    encoding: "\(cell.encoding)", codec: cell.codec, pattern: cell.pattern.name)
            })
        manifest.append(try JSONEncoder().encode(description))
        manifest.append(10)
    }

    private mutating func positions(of pattern: RowPattern) throws -> [Int32] {
        if let known = positions[pattern] { return known }
        let made = pattern.positions()
        positions[pattern] = made
        try save(made, "\(pattern.name).positions")
        return made
    }

    private func save(_ pool: SamplePool) throws {
        switch pool.values {
        case .boolean(let slots): try save(slots.map { UInt8($0 ? 1 : 0) }, "\(pool.name).values")
        case .int32(let slots): try save(slots, "\(pool.name).values")
        case .int64(let slots): try save(slots, "\(pool.name).values")
        case .float(let slots): try save(slots, "\(pool.name).values")
        case .double(let slots): try save(slots, "\(pool.name).values")
        case .bytes(let slots):
            try save(slots.bytes, "\(pool.name).values")
            try save(slots.offsets, "\(pool.name).offsets")
        }
    }

    /// Numbers as the machine has them, which is little-endian wherever this runs.
    private func save<Number: BitwiseCopyable>(_ numbers: [Number], _ name: String) throws {
        try numbers.withUnsafeBytes { try Data($0).write(to: folder.appending(path: name)) }
    }
}
