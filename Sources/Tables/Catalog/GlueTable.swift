import Parquet

/// A table as the Glue catalog describes it to Athena.
///
/// Partitions are projected: Athena computes where they lie, and nobody has to register them. Other engines do not know this.
/// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
package struct GlueTable: Sendable, Equatable {
    package struct Column: Sendable, Equatable {
        package var name: String
        /// The type, as Hive writes it.
        package var type: String
        /// The meaning with the unit; at most as long as Glue allows.
        package var comment: String

        /// Describes a column; a comment that is too long ends in an ellipsis.
        init(_ name: String, _ type: String, comment text: String) {
            var comment = text
            while comment.utf8.count > GlueTable.commentBytesMaximum {
                comment = comment.split(separator: " ").dropLast().joined(separator: " ") + "…"
            }
            self.name = name
            self.type = type
            self.comment = comment
        }
    }

    /// How the values of a partition column are computed.
    package enum Projection: Sendable, Equatable {
        /// Each day from a first one, which the deployment names, to as many days after today.
        case date(daysAhead: Int)
        /// Whole numbers, of so many digits.
        case integer(range: ClosedRange<Int>, interval: Int, digits: Int)
    }

    /// A column that the path has.
    package struct PartitionKey: Sendable, Equatable {
        package var column: Column
        /// Its values.
        package var projection: Projection
    }

    /// The name, unique in a database of several sources.
    package var name: String
    /// What a row stands for, and the key.
    package var description: String
    /// The columns that the files have, without those that the path has.
    package var columns: [Column]
    /// The columns that the path has, in its order.
    package var partitionKeys: [PartitionKey]

    /// Glue refuses longer comments. https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
    static let commentBytesMaximum = 255

    /// Describes a table.
    ///
    /// - Parameters:
    ///   - table: The declaration.
    ///   - source: The source's name.
    package init(_ table: Table, of source: String) {
        name = "\(source)_\(table.name)"
        description = "One row per \(table.grain). Key: \(table.key.joined(separator: ", "))."
        partitionKeys = table.partitionKeys
        let inPath = Set(partitionKeys.map(\.column.name))
        columns = table.columns.filter { !inPath.contains($0.name) }.map(Column.init)
    }
}

extension GlueTable.Column {
    init(_ column: Column) {
        let unit = column.unit.map { " Unit: \($0)." } ?? ""
        self.init(column.name, column.type.glueName, comment: column.meaning + unit)
    }
}

extension Table {
    fileprivate var partitionKeys: [GlueTable.PartitionKey] {
        switch partitioning {
        case .whole: return []
        case .extractionDate:
            let column = GlueTable.Column(columns[index(of: "extraction_date")])
            return [GlueTable.PartitionKey(column: column, projection: .date(daysAhead: 0))]
        case .eventTime(let column, let minutes):
            let date = GlueTable.Column("event_date", "date", comment: "The UTC date of \(column).")
            let day = GlueTable.PartitionKey(column: date, projection: .date(daysAhead: 1))
            if minutes == 1_440 { return [day] }
            if minutes == 60 {
                let hour = GlueTable.Column("event_hour", "string", comment: "The hour of the day (UTC, hh).")
                return [
                    day,
                    GlueTable.PartitionKey(
                        column: hour, projection: .integer(range: 0...23, interval: 1, digits: 2)),
                ]
            }
            let slot = GlueTable.Column(
                "event_slot", "string",
                comment: "Hour and minute (UTC, hhmm) at which the slot of \(minutes) minutes begins.")
            // Not every multiple of the interval is a time of day; under what is none lies nothing.
            let interval = greatestCommonDivisor(minutes, 100)
            return [
                day,
                GlueTable.PartitionKey(
                    column: slot, projection: .integer(range: 0...2359, interval: interval, digits: 4)),
            ]
        }
    }
}

private func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
    right == 0 ? left : greatestCommonDivisor(right, left % right)
}

extension Schema.FieldType {
    /// The type's name in Glue and Athena.
    fileprivate var glueName: String {
        switch self {
        case .boolean: "boolean"
        case .int8: "tinyint"
        case .int16: "smallint"
        case .int32: "int"
        case .int64: "bigint"
        case .float: "float"
        case .double: "double"
        case .string, .json, .enumeration: "string"
        case .bytes: "binary"
        case .date: "date"
        case .timestamp(.milliseconds, isUTC: _), .timestamp(.microseconds, isUTC: _): "timestamp"
        case .decimal(let precision, let scale, storage: _): "decimal(\(precision),\(scale))"
        default: preconditionFailure("Athena reads no \(self); declare the column as another type")
        }
    }
}
