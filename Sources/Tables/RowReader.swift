public import JSON
import Parquet

/// Types records by their table's declaration: one row a record.
public struct RowReader: RowBuilder {
    /// How one column gets its value: plain numbers only, since it is looked at for every value.
    private struct Source: Sendable {
        enum Kind: Sendable {
            case text, personalText, email, int64, int32, double, boolean, timestamp, anyTime, decimal
            case subject, answeredAt, extractionDate, unknownMembers
        }

        var kind: Kind
        /// The slot to look at; -1 where the record does not hold the value.
        var slot = -1
        /// How many further slots, in ``alternatives`` from a position, are looked at where that has no value.
        var alternativeStart = 0
        var alternativeCount = 0
        /// Whether a slot must be filled, if only with null.
        var isPresent = false
        var isNullable: Bool
        /// What a number is multiplied by to become a decimal's whole number, and what that must stay below.
        var scale = 1.0
        var bound = 0.0
    }

    private let table: Table
    private let context: TypingContext
    private let shape: RecordShape
    private let sources: [Source]
    private let alternatives: [Int]
    /// The rules that quarantine, by column.
    private let rules: [(column: Int, rule: Rule)]
    private var personalData: PersonalData
    private var intake = RowIntake()
    private var builders: [ColumnBuilder]

    /// Starts with no rows.
    ///
    /// - Parameters:
    ///   - table: The declaration; every column says where it comes from.
    ///   - ignoring: Dotted paths that are known and not read.
    ///   - context: What else is needed.
    public init(_ table: Table, ignoring: [String], _ context: TypingContext) {
        self.table = table
        self.context = context
        var paths: [String] = []
        var alternatives: [Int] = []
        func slot(_ path: String) -> Int {
            if let known = paths.firstIndex(of: path) { return known }
            paths.append(path)
            return paths.count - 1
        }
        sources = table.columns.map { column in
            var source = Source(kind: RowReader.kind(of: column, in: table), isNullable: column.isNullable)
            switch column.origin {
            case .member(let path)?: source.slot = slot(path)
            case .presentMember(let path)?: (source.slot, source.isPresent) = (slot(path), true)
            case .firstMember(let members)?:
                source.slot = slot(members[0])
                (source.alternativeStart, source.alternativeCount) = (alternatives.count, members.count - 1)
                alternatives += members.dropFirst().map { slot($0) }
            case .subject, .answeredAt, .extractionDate, .unknownMembers: break
            case nil: preconditionFailure("\(table.name).\(column.name) says nowhere where it comes from")
            }
            if case .decimal(let precision, let scale, _) = column.type {
                (source.scale, source.bound) = (
                    RowReader.power(of10: scale), RowReader.power(of10: precision)
                )
            }
            return source
        }
        self.alternatives = alternatives
        shape = RecordShape(paths: paths, ignored: ignoring)
        rules = table.columns.indices.flatMap { index in
            table.columns[index].rules.filter { $0.severity == .quarantine }.map { (index, $0) }
        }
        personalData = PersonalData(context.personalData)
        builders = table.columns.map { ColumnBuilder($0.type) }
    }

    private static func power(of10 exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    private static func kind(of column: Column, in table: Table) -> Source.Kind {
        switch (column.origin, column.type) {
        case (.subject, .string): .subject
        case (.answeredAt, .timestampMicroseconds): .answeredAt
        case (.extractionDate, .date): .extractionDate
        case (.unknownMembers, .json): .unknownMembers
        case (_, .string):
            switch column.personal {
            case nil: .text
            case .text: .personalText
            case .email: .email
            }
        case (_, .int64): .int64
        case (_, .int32): .int32
        case (_, .double): .double
        case (_, .boolean): .boolean
        case (_, .timestampMicroseconds): column.timeFormat == .any ? .anyTime : .timestamp
        case (_, .decimal(_, _, .int64)): .decimal
        default: preconditionFailure("\(table.name).\(column.name): \(column.type) is not read from records")
        }
    }

    /// Adds the records of one line.
    public mutating func append(_ records: JSONValue, from origin: Origin) {
        intake.begin(origin)
        withUnsafeTemporaryAllocation(of: JSONValue?.self, capacity: shape.paths.count) { slots in
            // What is no list is one record, whatever it is: a list instead of it is refused, not taken for rows.
            guard origin.isList, let rows = records.array else {
                return append(records, at: 0, from: origin, slots)
            }
            for (index, record) in rows.enumerated() { append(record, at: index, from: origin, slots) }
        }
    }

    private mutating func append(
        _ record: JSONValue, at index: Int, from origin: Origin,
        _ slots: UnsafeMutableBufferPointer<JSONValue?>
    ) {
        intake.found(1)
        slots.initialize(repeating: nil)
        var column = 0
        do throws(FieldError) {
            guard let object = record.object else {
                throw FieldError("body", "must be an object", found: record, code: .json)
            }
            let scanned = try shape.scan(object, into: slots, unknownFields: &intake.unknownFields)
            while column < sources.count {
                if sources[column].kind != .unknownMembers {
                    try appendValue(column, from: origin, slots)
                } else if scanned.hasUnknown {
                    builders[column].append(shape.unknownMembers(of: object))
                } else {
                    builders[column].appendNull()
                }
                column += 1
            }
            if scanned.hasRepeated { intake.remarks["a member came twice, the last counts", default: 0] += 1 }
            if !rules.isEmpty { try checkRules(slots) }
        } catch {
            for column in 0..<column { builders[column].removeLast() }
            intake.reject(index, error, key: key(slots))
        }
    }

    /// Notes a line that holds no record.
    public mutating func reject(_ error: FieldError, from origin: Origin) {
        intake.reject(error, from: origin)
    }

    /// The rows: one per key, sorted by key.
    public consuming func finish() -> TypedRows {
        let rowCount = builders.first?.count ?? 0
        var columns: [ColumnVector] = []
        columns.reserveCapacity(builders.count)
        // Moved out one by one, so that each can be freed as soon as its rows are copied.
        for index in builders.indices {
            var builder = ColumnBuilder(.boolean)
            swap(&builder, &builders[index])
            columns.append(builder.finish())
        }
        return intake.result(columns, rowCount: rowCount, of: table)
    }

    // MARK: One value

    private mutating func appendValue(
        _ index: Int, from origin: Origin, _ slots: UnsafeMutableBufferPointer<JSONValue?>
    ) throws(FieldError) {
        let source = sources[index]
        switch source.kind {
        case .subject:
            guard let subject = origin.subject, !subject.isEmpty else {
                guard case .subject(let name)? = table.columns[index].origin else { return }
                throw FieldError(name, "must be named by the exchange", found: nil)
            }
            return builders[index].append(subject.utf8)
        case .answeredAt: return builders[index].append(origin.answeredAt)
        case .extractionDate: return builders[index].append(context.extractionDate)
        default: break
        }
        let slot = slot(of: source, slots)
        let found = slots[slot]
        guard let value = found, !value.isNull else {
            guard source.isNullable, found != nil || !source.isPresent else {
                throw failure(
                    index, slot, found, found != nil && source.kind == .anyTime ? .timeInvalid : nil)
            }
            return builders[index].appendNull()
        }
        switch source.kind {
        case .text, .personalText, .email:
            guard let text = value.stringBytes else { throw failure(index, slot, value) }
            if text.isEmpty {
                guard source.isNullable else { throw failure(index, slot, value, .missing) }
                builders[index].appendNull()
            } else if source.kind == .text {
                builders[index].append(text)
            } else {
                personalData.append(text, isEmail: source.kind == .email, to: &builders[index])
            }
        case .int64:
            guard let number = value.int64 else { throw failure(index, slot, value) }
            builders[index].append(number)
        case .int32:
            guard let number = value.int64.flatMap({ Int32(exactly: $0) }) else {
                throw failure(index, slot, value)
            }
            builders[index].append(number)
        case .double:
            guard let number = value.double else { throw failure(index, slot, value) }
            builders[index].append(number)
        case .boolean:
            guard let truth = value.bool else { throw failure(index, slot, value) }
            builders[index].append(truth)
        case .decimal:
            guard let number = value.double else { throw failure(index, slot, value) }
            let scaled = number * source.scale
            let rounded = scaled.rounded()
            guard abs(rounded) < source.bound else { throw failure(index, slot, value, .outOfRange) }
            // 29.99 is a little less or more as a Double; what differs by more than that was rounded.
            if abs(scaled - rounded) > abs(scaled) * 1e-12 {
                intake.remarks["\(table.columns[index].name) rounded", default: 0] += 1
            }
            builders[index].append(Int64(rounded))
        case .anyTime:
            if let text = value.stringBytes {
                guard let time = ISO8601.anyMicroseconds(text) else {
                    throw failure(index, slot, value, .timeInvalid)
                }
                if !time.hasZone {
                    intake.remarks[
                        "\(table.columns[index].name) without a zone, taken for UTC", default: 0] += 1
                }
                builders[index].append(time.moment)
            } else if let moment = ISO8601.anyMicroseconds(value) {
                builders[index].append(moment)
            } else {
                throw failure(index, slot, value, .timeInvalid)
            }
        default:
            guard let text = value.stringBytes, let moment = ISO8601.microseconds(text) else {
                throw failure(index, slot, value)
            }
            builders[index].append(moment)
        }
    }

    /// Whether a member has no value: null, or the empty text.
    private func isNothing(_ value: JSONValue) -> Bool { value.isNull || value.stringBytes?.isEmpty == true }

    /// The slot that a column's value is in: the first that has one.
    private func slot(of source: Source, _ slots: UnsafeMutableBufferPointer<JSONValue?>) -> Int {
        guard source.alternativeCount > 0, slots[source.slot].map({ isNothing($0) }) ?? true else {
            return source.slot
        }
        var slot = source.slot
        for position in 0..<source.alternativeCount {
            let other = alternatives[source.alternativeStart + position]
            guard let value = slots[other] else { continue }
            slot = other
            if !isNothing(value) { break }
        }
        return slot
    }

    private func failure(_ index: Int, _ slot: Int, _ found: JSONValue?, _ code: FieldError.Code? = nil)
        -> FieldError
    {
        let column = table.columns[index]
        let expected =
            switch column.type {
            case .string: column.isNullable ? "a string" : "a string that is not empty"
            case .int64: "a whole number of 64 bits"
            case .int32: "a whole number of 32 bits"
            case .double: "a number"
            case .decimal(let precision, let scale, _):
                "a number of \(precision - scale) digits before the point"
            case .boolean: column.isNullable ? "true, false" : "true or false"
            case _ where column.timeFormat == .any: "an ISO 8601 timestamp, or a time since the epoch"
            default: "an ISO 8601 timestamp with a zone"
            }
        return FieldError(
            shape.paths[slot], "must be \(expected)\(column.isNullable ? " or null" : "")", found: found,
            code: code)
    }

    // MARK: The row as a whole

    private func checkRules(_ slots: UnsafeMutableBufferPointer<JSONValue?>) throws(FieldError) {
        for (index, rule) in rules {
            let other: Double? =
                switch rule.condition {
                case .notAfter(let name): builders[table.index(of: name)].lastNumber
                case .notAfterRun: Double(context.runAt)
                default: nil
                }
            let number = builders[index].lastNumber.map { $0 / sources[index].scale }
            guard !rule.isMet(number: number, text: builders[index].lastText, other: other) else {
                continue
            }
            guard sources[index].slot >= 0 else {
                throw FieldError(table.columns[index].name, "must be \(rule.expectation)", found: nil)
            }
            let slot = slot(of: sources[index], slots)
            throw FieldError(
                shape.paths[slot], "must be \(rule.expectation)", found: slots[slot],
                code: table.columns[index].type == .timestampMicroseconds ? .timeOutOfRange : .outOfRange)
        }
    }

    /// The row's key as text; nil when it has several columns or cannot be read.
    private func key(_ slots: UnsafeMutableBufferPointer<JSONValue?>) -> String? {
        guard table.deletion != nil, table.key.count == 1 else { return nil }
        let slot = sources[table.index(of: table.key[0])].slot
        return slot < 0 ? nil : slots[slot]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
