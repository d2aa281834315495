extension Schema {
    /// What a column's values are, and by that how ``ColumnVector/Values`` holds them.
    ///
    /// Each case names the slots that it takes. "Not for Athena" marks what Athena, or another of the engines that share a lake,
    /// refuses or misreads. https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
    public enum FieldType: Sendable, Equatable, Hashable {
        /// BOOLEAN, in `.boolean`.
        case boolean
        /// INT32 annotated as INTEGER(8, signed), in `.int32`.
        case int8
        /// INT32 annotated as INTEGER(16, signed), in `.int32`.
        case int16
        /// INT32, in `.int32`.
        case int32
        /// INT64, in `.int64`.
        case int64
        /// INT32 annotated as INTEGER(8, unsigned), in `.int32`; not for Athena.
        case uint8
        /// INT32 annotated as INTEGER(16, unsigned), in `.int32`; not for Athena.
        case uint16
        /// INT32 annotated as INTEGER(32, unsigned), in `.int32` as `Int32(bitPattern:)`; not for Athena.
        case uint32
        /// INT64 annotated as INTEGER(64, unsigned), in `.int64` as `Int64(bitPattern:)`; not for Athena.
        case uint64
        /// Two fixed bytes annotated as FLOAT16, in `.bytes`: IEEE 754 half precision, lowest byte first; not for Athena.
        case float16
        /// FLOAT, in `.float`.
        case float
        /// DOUBLE, in `.double`.
        case double
        /// BYTE_ARRAY annotated as STRING: UTF-8, in `.bytes`.
        case string
        /// BYTE_ARRAY annotated as JSON: UTF-8, in `.bytes`; most engines want ``string`` instead.
        case json
        /// BYTE_ARRAY annotated as ENUM: UTF-8, in `.bytes`; most engines want ``string`` instead.
        case enumeration
        /// BYTE_ARRAY without annotation, in `.bytes`.
        case bytes
        /// BYTE_ARRAY annotated as BSON, in `.bytes`; DuckDB refuses a file that has such a column.
        case bson
        /// FIXED_LEN_BYTE_ARRAY without annotation, in `.bytes`: `length` bytes a value, 1 at least; null rows are empty.
        case fixedBytes(length: Int)
        /// 16 fixed bytes annotated as UUID, in `.bytes`: the bytes in the order in which they are printed.
        case uuid
        /// INT32 annotated as DATE, in `.int32`: days since 1970-01-01.
        case date
        /// A time of the day, counted in `unit` since midnight: milliseconds in `.int32`, finer ones in `.int64`.
        ///
        /// `isUTC` says that it is one of UTC, not of an unnamed place. Not for Athena.
        case time(TimeUnit, isUTC: Bool)
        /// INT64 annotated as TIMESTAMP, in `.int64`: counted in `unit` since 1970-01-01T00:00:00.
        ///
        /// `isUTC` says that it is an instant; without it, it is what a clock on an unnamed wall shows. Nanoseconds are not for
        /// Athena.
        case timestamp(TimeUnit, isUTC: Bool)
        /// INT96, the timestamps of old files, which are read and never written.
        ///
        /// They are in `.int64` as microseconds since 1970-01-01T00:00:00Z, rounded down.
        case int96Timestamp
        /// An exact decimal number of `precision` digits, `scale` of them after the point.
        ///
        /// The unscaled integer is stored as ``DecimalStorage`` says. ``decimal(precision:scale:)`` chooses the storage that
        /// every engine reads.
        case decimal(precision: Int, scale: Int, storage: DecimalStorage)

        /// INT64 annotated as TIMESTAMP(MICROS, UTC), in `.int64`: the timestamp that every engine reads.
        public static let timestampMicroseconds = FieldType.timestamp(.microseconds, isUTC: true)

        /// A decimal number in the smallest storage that holds its digits.
        ///
        /// - Parameters:
        ///   - precision: Digits, 1 to 38; up to 9 are stored as INT32, up to 18 as INT64, more as fixed bytes.
        ///   - scale: Digits after the point, 0 to `precision`.
        /// - Returns: The type.
        public static func decimal(precision: Int, scale: Int) -> FieldType {
            switch precision {
            case ...9: .decimal(precision: precision, scale: scale, storage: .int32)
            case ...18: .decimal(precision: precision, scale: scale, storage: .int64)
            default:
                .decimal(
                    precision: precision, scale: scale,
                    storage: .fixedBytes(length: DecimalStorage.length(precision: precision)))
            }
        }
    }

    /// What a time counts.
    public enum TimeUnit: Sendable, Equatable, Hashable {
        /// 1/1,000 s.
        case milliseconds
        /// 1/1,000,000 s.
        case microseconds
        /// 1/1,000,000,000 s.
        case nanoseconds
    }

    /// How a decimal's unscaled integer is stored.
    public enum DecimalStorage: Sendable, Equatable, Hashable {
        /// INT32, in `.int32`: 9 digits at most.
        case int32
        /// INT64, in `.int64`: 18 digits at most.
        case int64
        /// FIXED_LEN_BYTE_ARRAY, in `.bytes`: two's complement, highest byte first, `length` bytes a value.
        case fixedBytes(length: Int)
        /// BYTE_ARRAY, in `.bytes`: two's complement, highest byte first, any number of bytes from 1; read and never written.
        case bytes

        /// The fewest bytes whose two's complement holds every number of so many decimal digits.
        static func length(precision: Int) -> Int {
            // log2(10) × 2¹⁶, rounded up: exact for every precision that Parquet's engines share (38) and far beyond.
            let bits = (precision * 217_706 + 65_535) / 65_536 + 1
            return (bits + 7) / 8
        }

        /// The most digits for which every number fits.
        var precisionMaximum: Int {
            switch self {
            case .int32: 9
            case .int64: 18
            // log10(2) × 2¹⁶, rounded down.
            case .fixedBytes(let length): (length * 8 - 1) * 19_728 / 65_536
            case .bytes: .max
            }
        }
    }
}
