/// The columns of a file as its footer lists them: each a leaf that is read, or the reason why it is not.
struct FileSchema: Sendable {
    /// A column that is read.
    struct Leaf: Sendable {
        var field: Schema.Field
        /// Its chunk in every row group.
        var chunkIndex: Int
        /// Whether bounds of this type have an order: those of intervals and of unknown meanings have none.
        var isOrdered: Bool
    }

    /// The columns that are read, in order.
    private(set) var leaves: [Leaf] = []
    /// The others, in order, with what reading them would throw.
    private(set) var unsupported: [(name: String, error: ParquetError)] = []
    /// Chunks of every row group, those of nested columns included.
    private(set) var chunkCount = 0

    /// Walks the tree, which stands depth first, without recursion: its depth is the file's choice.
    init(_ elements: [SchemaElement]) throws(ParquetError) {
        guard let root = elements.first, let childCount = root.childCount, childCount >= 0 else {
            throw .corrupt("the schema has no root")
        }
        guard childCount > 0 else { throw .unsupported("the schema has no columns") }
        var names: [String: Int] = [:]
        var position = 1
        for _ in 0..<childCount {
            guard position < elements.count else { break }
            let element = elements[position]
            let firstChunk = chunkCount
            let depth = try Self.skipSubtree(elements, &position, chunkCount: &chunkCount)
            names[element.name, default: 0] += 1
            do throws(ParquetError) {
                guard depth == 0, element.repetition != .repeated else {
                    throw .unsupportedNesting
                }
                leaves.append(try Leaf(element, chunkIndex: firstChunk))
            } catch {
                unsupported.append((element.name, error.located(column: element.name)))
            }
        }
        guard position == elements.count, names.values.reduce(0, +) == childCount else {
            throw .corrupt("the schema's root has \(childCount) children but \(elements.count - 1) follow")
        }
        // A name that two columns have names neither.
        let repeated = Set(names.filter { $0.value > 1 }.keys)
        guard !repeated.isEmpty else { return }
        for leaf in leaves where repeated.contains(leaf.field.name) {
            unsupported.append(
                (
                    leaf.field.name,
                    .unsupported("two columns have the name").located(column: leaf.field.name)
                ))
        }
        leaves.removeAll { repeated.contains($0.field.name) }
    }

    /// Steps over an element and all below it; returns how many groups it is, 0 for a leaf.
    private static func skipSubtree(
        _ elements: [SchemaElement], _ position: inout Int, chunkCount: inout Int
    ) throws(ParquetError) -> Int {
        var pending = 1
        var groupCount = 0
        while pending > 0 {
            guard position < elements.count else {
                throw .corrupt("the schema ends \(pending) elements early")
            }
            let element = elements[position]
            let childCount = Int(element.childCount ?? 0)
            guard childCount >= 0 else {
                throw ParquetError.corrupt("\(childCount) children").located(column: element.name)
            }
            pending += childCount - 1
            position += 1
            if element.type == nil || childCount > 0 {
                groupCount += 1
            } else {
                chunkCount += 1
            }
        }
        return groupCount
    }
}

extension FileSchema.Leaf {
    fileprivate init(_ element: SchemaElement, chunkIndex: Int) throws(ParquetError) {
        let isNullable: Bool
        switch element.repetition {
        case .required?: isNullable = false
        case .optional?: isNullable = true
        default: throw .corrupt("the column has no known repetition")
        }
        let type = try Schema.FieldType(element)
        var isOrdered = type != .int96Timestamp
        // https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
        if element.convertedType == .interval { isOrdered = false }
        if case .other? = element.logicalType { isOrdered = false }
        self.init(
            field: Schema.Field(element.name, type, isNullable: isNullable), chunkIndex: chunkIndex,
            isOrdered: isOrdered)
    }
}

extension ParquetError {
    fileprivate static var unsupportedNesting: ParquetError {
        ParquetError(
            kind: .unsupported, operation: .read, cause: "nested columns are not supported yet",
            remedy: "name the columns to read and leave this one out")
    }
}

extension Schema {
    /// The columns of a file of which every one is read.
    init(elements: [SchemaElement]) throws(ParquetError) {
        let columns = try FileSchema(elements)
        if let first = columns.unsupported.first { throw first.error }
        self.init(columns.leaves.map(\.field))
    }
}
