extension Schema {
    /// Refuses what no file is to have.
    func validateForWriting() throws(ParquetError) {
        func require(_ isMet: Bool, _ cause: String, _ remedy: String) throws(ParquetError) {
            guard isMet else { throw .invalidInput(.write, cause, remedy: remedy) }
        }
        try require(!fields.isEmpty, "the schema has no columns", "declare one at least")
        var names: Set<String> = []
        for field in fields {
            try require(!field.name.isEmpty, "a column has no name", "name every column")
            try require(
                names.insert(field.name).inserted, "two columns are named \"\(field.name)\"",
                "give each column a name of its own")
            do throws(ParquetError) {
                try field.type.validateForWriting()
            } catch {
                throw error.located(column: field.name)
            }
        }
    }

    /// Refuses rows that a file of this schema cannot hold.
    func validate(_ batch: ColumnBatch) throws(ParquetError) {
        guard batch.columns.count == fields.count else {
            throw .invalidInput(
                .write, "a batch has \(batch.columns.count) columns where the schema has \(fields.count)",
                remedy: "give one column per field")
        }
        for (field, column) in zip(fields, batch.columns) {
            do throws(ParquetError) {
                try field.validate(column, rowCount: batch.rowCount)
            } catch {
                throw error.located(column: field.name)
            }
        }
    }
}

extension Schema.FieldType {
    fileprivate func validateForWriting() throws(ParquetError) {
        switch self {
        case .fixedBytes(let length) where !(1...Int(Int32.max)).contains(length):
            throw .invalidInput(
                .write, "values of \(length) fixed bytes", remedy: "use a length from 1 to \(Int32.max)")
        case .int96Timestamp:
            throw .invalidInput(
                .write, "INT96 is deprecated", remedy: "declare a timestamp in microseconds")
        case .decimal(_, _, .bytes):
            throw .invalidInput(
                .write, "a decimal of any number of bytes",
                remedy: "leave out the storage, so that the smallest is chosen")
        case .decimal(let precision, let scale, let storage):
            guard (1...38).contains(precision), (0...precision).contains(scale),
                precision <= storage.precisionMaximum
            else {
                throw .invalidInput(
                    .write, "a decimal of \(precision) digits, scale \(scale), as \(physicalType)",
                    remedy: "use 1 to 38 digits, no larger scale, and leave out the storage")
            }
            if case .fixedBytes(let length) = storage, length > 64 {
                throw .invalidInput(
                    .write, "a decimal of \(length) bytes",
                    remedy: "leave out the storage, so that the smallest is chosen")
            }
        default: break
        }
    }

    /// The numbers that a slot may hold, where its width allows others.
    fileprivate var wholeNumbers: ClosedRange<Int64>? {
        switch self {
        case .int8: Int64(Int8.min)...Int64(Int8.max)
        case .int16: Int64(Int16.min)...Int64(Int16.max)
        case .uint8: 0...Int64(UInt8.max)
        case .uint16: 0...Int64(UInt16.max)
        case .time(.milliseconds, _): 0...86_399_999
        case .time(.microseconds, _): 0...86_399_999_999
        case .time(.nanoseconds, _): 0...86_399_999_999_999
        case .decimal(let precision, _, .int32), .decimal(let precision, _, .int64):
            (1 - Self.powerOfTen(precision))...(Self.powerOfTen(precision) - 1)
        default: nil
        }
    }

    private static func powerOfTen(_ exponent: Int) -> Int64 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}

extension Schema.Field {
    fileprivate func validate(_ column: ColumnVector, rowCount: Int) throws(ParquetError) {
        let physicalType: PhysicalType = type.fixedLength == nil ? type.physicalType : .byteArray
        guard column.values.physicalType == physicalType else {
            throw .invalidInput(
                .write,
                "the values are \(column.values.physicalType) where the schema says \(type.physicalType)",
                remedy: "give values of the declared type")
        }
        if let validity = column.validity {
            guard validity.count == rowCount else {
                throw .invalidInput(
                    .write, "validity has \(validity.count) elements for \(rowCount) rows",
                    remedy: "give one element a row")
            }
            if !isNullable, let row = validity.firstIndex(of: false) {
                throw .invalidInput(
                    .write, "row \(row) is null in a column that is not nullable",
                    remedy: "declare the column nullable or fill the row")
            }
        }
        if case .bytes(let slots) = column.values {
            guard column.count == rowCount else {
                throw .invalidInput(
                    .write, "\(column.count) values for \(rowCount) rows", remedy: "give one value a row")
            }
            try validate(slots, validity: column.validity)
        } else if column.count != rowCount {
            throw .invalidInput(
                .write, "\(column.count) values for \(rowCount) rows", remedy: "give one value a row")
        }
        guard let allowed = type.wholeNumbers else { return }
        switch column.values {
        case .int32(let slots): try validate(slots, allowed)
        case .int64(let slots): try validate(slots, allowed)
        default: break
        }
    }

    private func validate(
        _ slots: [some FixedWidthInteger], _ allowed: ClosedRange<Int64>
    ) throws(ParquetError) {
        guard let row = slots.firstIndex(where: { !allowed.contains(Int64($0)) }) else { return }
        throw .invalidInput(
            .write, "row \(row) is not within \(allowed.lowerBound)...\(allowed.upperBound)",
            remedy: "declare a wider type or repair the value")
    }

    private static func firstNullWithBytes(_ slots: ByteColumn, _ validity: [Bool]) -> Int? {
        slots.offsets.withUnsafeBufferPointer { offsets in
            validity.withUnsafeBufferPointer { validity in
                validity.indices.first { !validity[$0] && offsets[$0] != offsets[$0 + 1] }
            }
        }
    }

    /// Offsets must be in order and within the bytes: the encoder's unchecked loops rely on it.
    private func validate(_ slots: ByteColumn, validity: [Bool]?) throws(ParquetError) {
        guard slots.offsets.first == 0, Int(slots.offsets[slots.count]) == slots.bytes.count else {
            throw .invalidInput(
                .write, "offsets do not span the bytes",
                remedy: "start them at 0 and end them at the byte count")
        }
        var descentCount = 0
        slots.offsets.withUnsafeBufferPointer { offsets in
            for row in 1..<offsets.count { descentCount &+= offsets[row - 1] > offsets[row] ? 1 : 0 }
        }
        guard descentCount == 0 else {
            throw .invalidInput(.write, "offsets descend", remedy: "keep them in ascending order")
        }
        if let validity {
            if let row = Self.firstNullWithBytes(slots, validity) {
                throw .invalidInput(
                    .write, "row \(row) is null but holds bytes", remedy: "leave null rows empty")
            }
        }
        if let length = type.fixedLength {
            for row in 0..<slots.count where validity?[row] ?? true && slots.range(row).count != length {
                throw .invalidInput(
                    .write, "row \(row) has \(slots.range(row).count) bytes where the schema says \(length)",
                    remedy: "give every row as many")
            }
        }
        guard type.isText else { return }
        // All bytes are well-formed and each value starts at a character: then each value is well-formed.
        let invalid = slots.bytes.withUnsafeBytes { bytes -> Int? in
            if UTF8Validation.isASCII(bytes) { return nil }
            if let position = UTF8Validation.firstInvalid(bytes) { return position }
            for offset in slots.offsets where Int(offset) < bytes.count {
                if bytes[Int(offset)] & 0xc0 == 0x80 { return Int(offset) }
            }
            return nil
        }
        guard let invalid else { return }
        let row = slots.offsets.lastIndex { Int($0) <= invalid } ?? 0
        throw .invalidInput(
            .write, "row \(row) is not UTF-8", remedy: "declare the column as bytes or repair the text")
    }
}

extension ColumnVector.Values {
    fileprivate var physicalType: PhysicalType {
        switch self {
        case .boolean: .boolean
        case .int32: .int32
        case .int64: .int64
        case .float: .float
        case .double: .double
        case .bytes: .byteArray
        }
    }
}
