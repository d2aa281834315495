import JSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The members that an API object may have: those that a table reads, then those that it knows and leaves in bronze.
struct ObjectShape {
    /// Where the object stands, with a dot at its end; empty for a row itself.
    let path: String
    /// The names that are read, whose positions are the slots of ``Fields``, and then the names that are known.
    let names: [StaticString]
    let readCount: Int

    init(path: String = "", reads: [StaticString], knows: [StaticString] = []) {
        self.path = path
        names = reads + knows
        readCount = reads.count
    }

    /// Sorts an object's members into slots in one pass; where a name occurs twice the last one counts.
    func scan<Member, let count: Int>(_ object: JSONObject, unknownFields: inout UnknownFields) -> Fields<
        Member, count
    > {
        precondition(count == readCount, "an object has a slot for each name that is read")
        var fields = Fields<Member, count>(shape: self)
        // APIs write members in one order, so the next name is nearly always the one after the last.
        var expected = 0
        for (name, value) in object {
            guard let slot = position(of: name, startingAt: expected) else {
                unknownFields.count(path: path, name: name)
                continue
            }
            if slot < count { fields.values[slot] = value }
            expected = slot + 1
        }
        return fields
    }

    private func position(of name: UnsafeBufferPointer<UInt8>, startingAt expected: Int) -> Int? {
        for slot in expected..<names.count where names[slot].equals(name) { return slot }
        for slot in 0..<min(expected, names.count) where names[slot].equals(name) { return slot }
        return nil
    }
}

extension StaticString {
    fileprivate func equals(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count == utf8CodeUnitCount else { return false }
        guard let start = bytes.baseAddress else { return true }
        return memcmp(start, utf8Start, bytes.count) == 0
    }
}

/// How often each field that no shape knows occurred.
struct UnknownFields {
    /// Free-form objects could otherwise fill the memory with names.
    static let maximumNames = 1_000
    static let maximumNameBytes = 200
    /// Counts what does not fit.
    static let others = "(others)"

    private(set) var counts: [String: Int] = [:]

    mutating func count(path: String, name: UnsafeBufferPointer<UInt8>) {
        add(1, to: path + String(decoding: name.prefix(Self.maximumNameBytes), as: UTF8.self))
    }

    mutating func append(contentsOf other: UnknownFields) {
        for (name, count) in other.counts.sorted(by: { $0.key < $1.key }) { add(count, to: name) }
    }

    private mutating func add(_ count: Int, to name: String) {
        let isRoom = counts[name] != nil || counts.count < Self.maximumNames
        counts[isRoom ? name : Self.others, default: 0] += count
    }
}
