extension ColumnVector {
    /// The rows at the given indices, in that order; an index may occur more than once.
    ///
    /// - Parameter rows: Row numbers, each below ``count``.
    /// - Returns: As many rows as there are indices.
    public func gathered(at rows: [Int]) -> ColumnVector {
        gather(at: rows)
    }

    /// The rows at the given indices, in that order; an index may occur more than once.
    ///
    /// - Parameter rows: Row numbers, each at least 0 and below ``count``.
    /// - Returns: As many rows as there are indices.
    public func gathered(at rows: [Int32]) -> ColumnVector {
        gather(at: rows)
    }

    /// Some consecutive rows.
    public func slice(_ rows: Range<Int>) -> ColumnVector {
        let values: Values =
            switch values {
            case .boolean(let slots): .boolean(Array(slots[rows]))
            case .int32(let slots): .int32(Array(slots[rows]))
            case .int64(let slots): .int64(Array(slots[rows]))
            case .float(let slots): .float(Array(slots[rows]))
            case .double(let slots): .double(Array(slots[rows]))
            case .bytes(let slots): .bytes(slots.slice(rows))
            }
        return ColumnVector(values, validity: validity.map { Array($0[rows]) })
    }

    /// Appends rows of another column of the same type.
    public mutating func append(_ other: ColumnVector) {
        append(other, rows: 0..<other.count)
    }

    /// These rows and then the other's, which must be of the same type.
    public func appending(_ other: ColumnVector) -> ColumnVector {
        var result = self
        result.append(other)
        return result
    }

    mutating func append(_ other: ColumnVector, rows: Range<Int>) {
        if validity != nil || other.validity != nil {
            var merged = validity ?? [Bool](repeating: true, count: count)
            validity = nil
            if let others = other.validity {
                merged.append(contentsOf: others[rows])
            } else {
                merged.append(contentsOf: repeatElement(true, count: rows.count))
            }
            validity = merged
        }
        // Each buffer is taken out of the enumeration before it grows: it would be copied otherwise.
        switch (values, other.values) {
        case (.boolean(var slots), .boolean(let others)):
            values = .boolean([])
            slots.append(contentsOf: others[rows])
            values = .boolean(slots)
        case (.int32(var slots), .int32(let others)):
            values = .int32([])
            slots.append(contentsOf: others[rows])
            values = .int32(slots)
        case (.int64(var slots), .int64(let others)):
            values = .int64([])
            slots.append(contentsOf: others[rows])
            values = .int64(slots)
        case (.float(var slots), .float(let others)):
            values = .float([])
            slots.append(contentsOf: others[rows])
            values = .float(slots)
        case (.double(var slots), .double(let others)):
            values = .double([])
            slots.append(contentsOf: others[rows])
            values = .double(slots)
        case (.bytes(var slots), .bytes(let others)):
            values = .bytes(ByteColumn())
            slots.append(others, rows: rows)
            values = .bytes(slots)
        default:
            preconditionFailure("columns of different types cannot be joined")
        }
    }

    /// Makes room for the rows of some columns of the same type.
    mutating func reserveCapacity(for others: [ColumnVector]) {
        let rowCount = others.reduce(0) { $0 + $1.count }
        // As in append: taken out of the enumeration, so that the buffer is not shared while it grows.
        switch values {
        case .boolean(var slots):
            values = .boolean([])
            slots.reserveCapacity(rowCount)
            values = .boolean(slots)
        case .int32(var slots):
            values = .int32([])
            slots.reserveCapacity(rowCount)
            values = .int32(slots)
        case .int64(var slots):
            values = .int64([])
            slots.reserveCapacity(rowCount)
            values = .int64(slots)
        case .float(var slots):
            values = .float([])
            slots.reserveCapacity(rowCount)
            values = .float(slots)
        case .double(var slots):
            values = .double([])
            slots.reserveCapacity(rowCount)
            values = .double(slots)
        case .bytes(var slots):
            values = .bytes(ByteColumn())
            slots.offsets.reserveCapacity(rowCount + 1)
            slots.bytes.reserveCapacity(
                others.reduce(0) { sum, other in
                    if case .bytes(let slots) = other.values { sum + slots.bytes.count } else { sum }
                })
            values = .bytes(slots)
        }
    }

    private func gather<Index: FixedWidthInteger>(at rows: [Index]) -> ColumnVector {
        let values: Values =
            switch values {
            case .boolean(let slots): .boolean(slots.gathered(at: rows))
            case .int32(let slots): .int32(slots.gathered(at: rows))
            case .int64(let slots): .int64(slots.gathered(at: rows))
            case .float(let slots): .float(slots.gathered(at: rows))
            case .double(let slots): .double(slots.gathered(at: rows))
            case .bytes(let slots): .bytes(slots.gathered(at: rows))
            }
        return ColumnVector(values, validity: validity?.gathered(at: rows))
    }
}

extension Array where Element: BitwiseCopyable {
    fileprivate func gathered<Index: FixedWidthInteger>(at rows: [Index]) -> [Element] {
        [Element](unsafeUninitializedCapacity: rows.count) { buffer, count in
            self.withUnsafeBufferPointer { slots in
                for row in rows {
                    let row = Int(row)
                    precondition(row >= 0 && row < slots.count, "a row number is out of range")
                    buffer[count] = slots[row]
                    count += 1
                }
            }
        }
    }
}

extension ByteColumn {
    fileprivate func slice(_ rows: Range<Int>) -> ByteColumn {
        var result = ByteColumn()
        result.append(self, rows: rows)
        return result
    }

    fileprivate mutating func append(_ other: ByteColumn, rows: Range<Int>) {
        let start = other.offsets[rows.lowerBound]
        let end = other.offsets[rows.upperBound]
        let base = UInt32(bytes.count)
        precondition(bytes.count + Int(end - start) <= Int(UInt32.max), "a byte column holds at most 4 GiB")
        bytes.append(contentsOf: other.bytes[Int(start)..<Int(end)])
        offsets.reserveCapacity(offsets.count + rows.count)
        for row in rows {
            offsets.append(base + (other.offsets[row + 1] - start))
        }
    }

    fileprivate func gathered<Index: FixedWidthInteger>(at rows: [Index]) -> ByteColumn {
        var sizeBytes = 0
        var result = ByteColumn()
        result.offsets = [UInt32](unsafeUninitializedCapacity: rows.count + 1) { buffer, count in
            buffer[0] = 0
            offsets.withUnsafeBufferPointer { offsets in
                for row in rows {
                    let row = Int(row)
                    precondition(row >= 0 && row < offsets.count - 1, "a row number is out of range")
                    sizeBytes += Int(offsets[row + 1] - offsets[row])
                    count += 1
                    buffer[count] = UInt32(truncatingIfNeeded: sizeBytes)
                }
            }
            count += 1
        }
        precondition(sizeBytes <= Int(UInt32.max), "a byte column holds at most 4 GiB")
        precondition(Int(offsets[count]) <= bytes.count, "offsets lie within the bytes")
        result.bytes = [UInt8](unsafeUninitializedCapacity: sizeBytes) { buffer, filled in
            bytes.withUnsafeBytes { bytes in
                guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
                for row in rows {
                    let start = Int(offsets[Int(row)])
                    let sizeBytes = Int(offsets[Int(row) + 1]) - start
                    UnsafeMutableRawPointer(target + filled).copyMemory(
                        from: source + start, byteCount: sizeBytes)
                    filled += sizeBytes
                }
            }
        }
        return result
    }
}
