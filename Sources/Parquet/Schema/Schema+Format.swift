extension Schema.FieldType {
    var physicalType: PhysicalType {
        switch self {
        case .boolean: .boolean
        case .int8, .int16, .int32, .uint8, .uint16, .uint32, .date: .int32
        case .int64, .uint64, .timestamp: .int64
        case .time(.milliseconds, _): .int32
        case .time: .int64
        case .float: .float
        case .double: .double
        case .string, .json, .enumeration, .bytes, .bson: .byteArray
        case .fixedBytes, .uuid, .float16: .fixedLengthByteArray
        case .int96Timestamp: .int96
        case .decimal(_, _, .int32): .int32
        case .decimal(_, _, .int64): .int64
        case .decimal(_, _, .bytes): .byteArray
        case .decimal(_, _, .fixedBytes): .fixedLengthByteArray
        }
    }

    /// Bytes a value of a FIXED_LEN_BYTE_ARRAY; nil for other physical types.
    var fixedLength: Int? {
        switch self {
        case .fixedBytes(let length), .decimal(_, _, .fixedBytes(let length)): length
        case .uuid: 16
        case .float16: 2
        default: nil
        }
    }

    /// Whether the values are UTF-8.
    var isText: Bool {
        switch self {
        case .string, .json, .enumeration: true
        default: false
        }
    }

    /// Both annotations, for younger and older readers.
    ///
    /// Older ones know no local times, no nanoseconds, no UUID and no FLOAT16; what the physical type says needs no annotation.
    fileprivate var annotations: (LogicalType?, ConvertedType?) {
        switch self {
        case .string: (.string, .utf8)
        case .json: (.json, .json)
        case .enumeration: (.enumeration, .enumeration)
        case .bson: (.bson, .bson)
        case .uuid: (.uuid, nil)
        case .float16: (.float16, nil)
        case .date: (.date, .date)
        case .int8: (.integer(bitWidth: 8, isSigned: true), .int8)
        case .int16: (.integer(bitWidth: 16, isSigned: true), .int16)
        case .uint8: (.integer(bitWidth: 8, isSigned: false), .unsignedInt8)
        case .uint16: (.integer(bitWidth: 16, isSigned: false), .unsignedInt16)
        case .uint32: (.integer(bitWidth: 32, isSigned: false), .unsignedInt32)
        case .uint64: (.integer(bitWidth: 64, isSigned: false), .unsignedInt64)
        case .time(.milliseconds, true): (.time(isAdjustedToUTC: true, .milliseconds), .timeMilliseconds)
        case .time(.microseconds, true): (.time(isAdjustedToUTC: true, .microseconds), .timeMicroseconds)
        case .time(let unit, let isUTC): (.time(isAdjustedToUTC: isUTC, unit), nil)
        case .timestamp(.milliseconds, true):
            (.timestamp(isAdjustedToUTC: true, .milliseconds), .timestampMilliseconds)
        case .timestamp(.microseconds, true):
            (.timestamp(isAdjustedToUTC: true, .microseconds), .timestampMicroseconds)
        case .timestamp(let unit, let isUTC): (.timestamp(isAdjustedToUTC: isUTC, unit), nil)
        case .decimal(let precision, let scale, _):
            (.decimal(scale: Int32(scale), precision: Int32(precision)), .decimal)
        case .boolean, .int32, .int64, .float, .double, .bytes, .fixedBytes, .int96Timestamp: (nil, nil)
        }
    }

    /// A leaf's type.
    ///
    /// An annotation that is unknown, or does not go with the physical type, leaves what the physical type says; the younger
    /// annotation counts where both are. Throws where values could not be told from the bytes.
    init(_ element: SchemaElement) throws(ParquetError) {
        guard let type = element.type else {
            throw ParquetError.unsupported("the column is a group").located(column: element.name)
        }
        let length = Int(element.typeLength ?? 0)
        switch type {
        case .boolean: self = .boolean
        case .int32: self = .int32
        case .int64: self = .int64
        case .int96: self = .int96Timestamp
        case .float: self = .float
        case .double: self = .double
        case .byteArray: self = .bytes
        case .fixedLengthByteArray:
            guard length > 0 else {
                throw ParquetError.corrupt("values of \(length) bytes").located(column: element.name)
            }
            self = .fixedBytes(length: length)
        default:
            throw ParquetError.unsupported("the column's physical type is \(type)").located(
                column: element.name)
        }
        switch (element.logicalType ?? LogicalType(older: element), type) {
        case (.string, .byteArray): self = .string
        case (.json, .byteArray): self = .json
        case (.enumeration, .byteArray): self = .enumeration
        case (.bson, .byteArray): self = .bson
        case (.uuid, .fixedLengthByteArray) where length == 16: self = .uuid
        case (.float16, .fixedLengthByteArray) where length == 2: self = .float16
        case (.date, .int32): self = .date
        case (.integer(8, isSigned: true), .int32): self = .int8
        case (.integer(16, isSigned: true), .int32): self = .int16
        case (.integer(8, isSigned: false), .int32): self = .uint8
        case (.integer(16, isSigned: false), .int32): self = .uint16
        case (.integer(32, isSigned: false), .int32): self = .uint32
        case (.integer(64, isSigned: false), .int64): self = .uint64
        case (.time(let isUTC, .milliseconds), .int32): self = .time(.milliseconds, isUTC: isUTC)
        case (.time(let isUTC, let unit), .int64) where unit != .milliseconds:
            self = .time(unit, isUTC: isUTC)
        case (.timestamp(let isUTC, let unit), .int64): self = .timestamp(unit, isUTC: isUTC)
        case (.decimal(let scale, let precision), _):
            guard let decimal = Self(precision: Int(precision), scale: Int(scale), type, length: length)
            else {
                throw ParquetError.corrupt("a DECIMAL of \(precision) digits, scale \(scale), as \(type)")
                    .located(column: element.name)
            }
            self = decimal
        default: break
        }
    }

    /// A decimal as the file stores it; nil where it cannot be.
    private init?(precision: Int, scale: Int, _ type: PhysicalType, length: Int) {
        let storage: Schema.DecimalStorage
        switch type {
        case .int32: storage = .int32
        case .int64: storage = .int64
        case .byteArray: storage = .bytes
        case .fixedLengthByteArray: storage = .fixedBytes(length: length)
        default: return nil
        }
        guard precision > 0, precision <= storage.precisionMaximum, (0...precision).contains(scale) else {
            return nil
        }
        self = .decimal(precision: precision, scale: scale, storage: storage)
    }
}

extension LogicalType {
    /// What an older annotation means in the younger words; nil where there is none, or none with a meaning here.
    fileprivate init?(older element: SchemaElement) {
        switch element.convertedType {
        case .utf8?: self = .string
        case .json?: self = .json
        case .enumeration?: self = .enumeration
        case .bson?: self = .bson
        case .date?: self = .date
        case .int8?: self = .integer(bitWidth: 8, isSigned: true)
        case .int16?: self = .integer(bitWidth: 16, isSigned: true)
        case .unsignedInt8?: self = .integer(bitWidth: 8, isSigned: false)
        case .unsignedInt16?: self = .integer(bitWidth: 16, isSigned: false)
        case .unsignedInt32?: self = .integer(bitWidth: 32, isSigned: false)
        case .unsignedInt64?: self = .integer(bitWidth: 64, isSigned: false)
        case .timeMilliseconds?: self = .time(isAdjustedToUTC: true, .milliseconds)
        case .timeMicroseconds?: self = .time(isAdjustedToUTC: true, .microseconds)
        case .timestampMilliseconds?: self = .timestamp(isAdjustedToUTC: true, .milliseconds)
        case .timestampMicroseconds?: self = .timestamp(isAdjustedToUTC: true, .microseconds)
        case .decimal?: self = .decimal(scale: element.scale ?? 0, precision: element.precision ?? 0)
        default: return nil
        }
    }
}

extension Schema {
    /// The schema tree: a root and its leaves.
    var elements: [SchemaElement] {
        [SchemaElement(name: "schema", childCount: Int32(fields.count))]
            + fields.map { field in
                let (logicalType, convertedType) = field.type.annotations
                var element = SchemaElement(
                    name: field.name, type: field.type.physicalType,
                    typeLength: field.type.fixedLength.map { Int32($0) },
                    repetition: field.isNullable ? .optional : .required, convertedType: convertedType,
                    logicalType: logicalType)
                if case .decimal(let precision, let scale, _) = field.type {
                    element.precision = Int32(precision)
                    element.scale = Int32(scale)
                }
                return element
            }
    }
}
