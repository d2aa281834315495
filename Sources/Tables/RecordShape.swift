import JSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The members that a record may have, as a tree: those that columns read and those that are known and stay in bronze.
///
/// The tree lies in flat arrays of plain numbers: it is walked for every member of every record.
struct RecordShape: Sendable {
    /// What a member is to the table.
    private enum Use: Sendable {
        /// Its value goes into the slot of a position.
        case slot
        /// It is the object of a position, of which members are read.
        case object
        /// It is known and not read.
        case ignored
    }

    private struct Member: Sendable {
        var nameStart: Int
        var nameCount: Int
        var use: Use
        /// The slot or the object.
        var position: Int
    }

    /// Each object's members, the record itself first.
    private var members: [[Member]]
    /// All members' names, one after the other.
    private var names: [UInt8] = []
    /// Each object's path with a dot at its end; empty for the record itself.
    private var objectPaths: [String]
    /// The path of each slot, dotted.
    let paths: [String]

    /// Compiles a shape.
    ///
    /// - Parameters:
    ///   - paths: Dotted paths that are read; each becomes the slot of its position.
    ///   - ignored: Dotted paths that are known and not read.
    init(paths: [String], ignored: [String]) {
        self.paths = paths
        members = [[]]
        objectPaths = [""]
        for (slot, path) in paths.enumerated() { add(path, .slot, slot) }
        for path in ignored { add(path, .ignored, 0) }
    }

    private mutating func add(_ path: String, _ use: Use, _ position: Int) {
        var object = 0
        var words = path.split(separator: ".")[...]
        while let word = words.popFirst() {
            let name = Array(word.utf8)
            let place = members[object].firstIndex {
                names[$0.nameStart..<$0.nameStart + $0.nameCount].elementsEqual(name)
            }
            if let place {
                precondition(
                    !words.isEmpty && members[object][place].use == .object,
                    "\(path) is declared twice, or lies in a member that is")
                object = members[object][place].position
                continue
            }
            let isLast = words.isEmpty
            let child = members.count
            members[object].append(
                Member(
                    nameStart: names.count, nameCount: name.count, use: isLast ? use : .object,
                    position: isLast ? position : child))
            names += name
            guard !isLast else { return }
            members.append([])
            objectPaths.append(objectPaths[object] + word + ".")
            object = child
        }
    }

    /// Sorts a record's members into slots in one pass; where a name occurs twice the last one counts.
    ///
    /// - Parameters:
    ///   - record: The record.
    ///   - slots: One for each path; all nil.
    ///   - unknownFields: Counts the members that no path names.
    /// - Returns: What else it has.
    /// - Throws: ``FieldError`` when a member that should be an object is something else but null.
    func scan(
        _ record: JSONObject, into slots: UnsafeMutableBufferPointer<JSONValue?>,
        unknownFields: inout UnknownFields
    ) throws(FieldError) -> ScanResult {
        var result = ScanResult()
        try scan(record, as: 0, into: slots, unknownFields: &unknownFields, &result)
        return result
    }

    /// What a record has besides the members that are read.
    struct ScanResult {
        /// Whether the record itself has members that no path names.
        var hasUnknown = false
        /// Whether a member of a name came twice.
        var hasRepeated = false
    }

    /// The record's own members that no path names, as one JSON object.
    func unknownMembers(of record: JSONObject) -> [UInt8] {
        var members: [(name: [UInt8], value: JSONValue)] = []
        self.members[0].withUnsafeBufferPointer { known in
            names.withUnsafeBufferPointer { names in
                for (name, value) in record
                where RecordShape.position(of: name, in: known, names, startingAt: 0) == nil {
                    members.append((Array(name), value))
                }
            }
        }
        return JSONText.object(members)
    }

    private func scan(
        _ record: JSONObject, as object: Int, into slots: UnsafeMutableBufferPointer<JSONValue?>,
        unknownFields: inout UnknownFields, _ result: inout ScanResult
    ) throws(FieldError) {
        try members[object].withUnsafeBufferPointer { members throws(FieldError) in
            try names.withUnsafeBufferPointer { names throws(FieldError) in
                // APIs write members in one order, so the next name is nearly always the one after the last.
                var expected = 0
                for (name, value) in record {
                    guard let place = RecordShape.position(of: name, in: members, names, startingAt: expected)
                    else {
                        unknownFields.count(path: objectPaths[object], name: name)
                        if object == 0 { result.hasUnknown = true }
                        continue
                    }
                    expected = place + 1
                    let member = members[place]
                    switch member.use {
                    case .slot:
                        if slots[member.position] != nil { result.hasRepeated = true }
                        slots[member.position] = value
                    case .ignored: break
                    case .object:
                        clear(member.position, slots)
                        if let child = value.object {
                            try scan(
                                child, as: member.position, into: slots, unknownFields: &unknownFields,
                                &result)
                        } else if !value.isNull {
                            throw FieldError(
                                String(objectPaths[member.position].dropLast()), "must be an object or null",
                                found: value)
                        }
                    }
                }
            }
        }
    }

    /// Takes back what an earlier member of the name brought.
    private func clear(_ object: Int, _ slots: UnsafeMutableBufferPointer<JSONValue?>) {
        for member in members[object] {
            switch member.use {
            case .slot: slots[member.position] = nil
            case .object: clear(member.position, slots)
            case .ignored: break
            }
        }
    }

    @inline(__always)
    private static func position(
        of name: UnsafeBufferPointer<UInt8>, in members: UnsafeBufferPointer<Member>,
        _ names: UnsafeBufferPointer<UInt8>, startingAt expected: Int
    ) -> Int? {
        for place in expected..<max(expected, members.count) where isEqual(members[place], names, name) {
            return place
        }
        for place in 0..<min(expected, members.count) where isEqual(members[place], names, name) {
            return place
        }
        return nil
    }

    @inline(__always)
    private static func isEqual(
        _ member: Member, _ names: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard member.nameCount == other.count, let start = names.baseAddress,
            let otherStart = other.baseAddress
        else {
            return member.nameCount == 0 && other.isEmpty
        }
        return memcmp(start + member.nameStart, otherStart, other.count) == 0
    }
}
