extension Schema {
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
    }

    /// Offsets must be in order and within the bytes: the encoder's unchecked loops rely on it.
    private func validate(_ slots: ByteColumn, validity: [Bool]?) throws(ParquetError) {
        guard slots.offsets.first == 0, Int(slots.offsets[slots.count]) == slots.bytes.count else {
            throw .invalidInput(
                .write, "offsets do not span the bytes",
                remedy: "start them at 0 and end them at the byte count")
        }
        var isOrdered = true
        slots.offsets.withUnsafeBufferPointer { offsets in
            for row in 1..<offsets.count where offsets[row - 1] > offsets[row] { isOrdered = false }
        }
        guard isOrdered else {
            throw .invalidInput(.write, "offsets descend", remedy: "keep them in ascending order")
        }
        if let validity {
            for row in validity.indices where !validity[row] && slots.offsets[row] != slots.offsets[row + 1] {
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
