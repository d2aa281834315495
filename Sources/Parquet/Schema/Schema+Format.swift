extension Schema.FieldType {
    var physicalType: PhysicalType {
        switch self {
        case .boolean: .boolean
        case .int32, .date: .int32
        case .int64, .timestampMicroseconds: .int64
        case .float: .float
        case .double: .double
        case .string, .bytes: .byteArray
        }
    }

    /// Both annotations, for younger and older readers.
    fileprivate var annotations: (LogicalType?, ConvertedType?) {
        switch self {
        case .string: (.string, .utf8)
        case .date: (.date, .date)
        case .timestampMicroseconds:
            (.timestamp(isAdjustedToUTC: true, .microseconds), .timestampMicroseconds)
        case .boolean, .int32, .int64, .float, .double, .bytes: (nil, nil)
        }
    }

    /// A leaf's type; throws for what the values cannot be read as without being misunderstood.
    init(_ element: SchemaElement) throws(ParquetError) {
        func unsupported(_ what: String) -> ParquetError {
            .unsupported(what).located(column: element.name)
        }
        guard let type = element.type else { throw unsupported("the column is a group") }
        switch (type, element.logicalType, element.convertedType) {
        case (_, .decimal, _), (_, _, .decimal?):
            throw unsupported("the column is a DECIMAL")
        case (_, .integer(_, isSigned: false), _):
            throw unsupported("the column is an unsigned integer")
        case (_, nil, let converted?)
        where (ConvertedType.unsignedInt8.rawValue...ConvertedType.unsignedInt64.rawValue)
            .contains(converted.rawValue):
            throw unsupported("the column is an unsigned integer")
        case (_, .timestamp(_, .milliseconds), _), (_, nil, .timestampMilliseconds?):
            throw unsupported("the column is a timestamp in milliseconds")
        case (_, .timestamp(_, .nanoseconds), _):
            throw unsupported("the column is a timestamp in nanoseconds")
        case (.boolean, _, _): self = .boolean
        case (.int32, .date, _), (.int32, nil, .date?): self = .date
        case (.int32, _, _): self = .int32
        case (.int64, .timestamp, _), (.int64, nil, .timestampMicroseconds?): self = .timestampMicroseconds
        case (.int64, _, _): self = .int64
        case (.float, _, _): self = .float
        case (.double, _, _): self = .double
        case (.byteArray, .string, _), (.byteArray, .json, _), (.byteArray, .enumeration, _),
            (.byteArray, nil, .utf8?), (.byteArray, nil, .json?), (.byteArray, nil, .enumeration?):
            self = .string
        case (.byteArray, _, _): self = .bytes
        default: throw unsupported("the column's physical type is \(type)")
        }
    }
}

extension Schema {
    /// The schema tree: a root and its leaves.
    var elements: [SchemaElement] {
        [SchemaElement(name: "schema", childCount: Int32(fields.count))]
            + fields.map { field in
                let (logicalType, convertedType) = field.type.annotations
                return SchemaElement(
                    name: field.name, type: field.type.physicalType,
                    repetition: field.isNullable ? .optional : .required, convertedType: convertedType,
                    logicalType: logicalType)
            }
    }

    /// The columns of a flat schema tree.
    init(elements: [SchemaElement]) throws(ParquetError) {
        guard let root = elements.first, let childCount = root.childCount else {
            throw .corrupt("the schema has no root")
        }
        for element in elements.dropFirst() where element.type == nil || (element.childCount ?? 0) > 0 {
            throw .unsupported("the column is nested").located(column: element.name)
        }
        guard Int(childCount) == elements.count - 1 else {
            throw .corrupt("the schema's root has \(childCount) children but \(elements.count - 1) follow")
        }
        guard childCount > 0 else { throw .unsupported("the schema has no columns") }
        var fields: [Field] = []
        var names: Set<String> = []
        for element in elements.dropFirst() {
            guard names.insert(element.name).inserted else {
                throw .unsupported("two columns have the name").located(column: element.name)
            }
            switch element.repetition {
            case .required?: fields.append(Field(element.name, try FieldType(element), isNullable: false))
            case .optional?: fields.append(Field(element.name, try FieldType(element), isNullable: true))
            case .repeated?: throw .unsupported("the column is repeated").located(column: element.name)
            default: throw .corrupt("the column has no known repetition").located(column: element.name)
            }
        }
        self.init(fields)
    }
}
