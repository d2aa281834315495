import JSON

/// Why a row cannot be typed.
struct FieldError: Error, Equatable {
    /// Dotted where nested.
    var field: String
    /// What was expected.
    var reason: String
    /// What was found; never its value.
    var jsonType: String

    init(_ field: String, _ reason: String, found value: JSONValue?) {
        self.field = field
        self.reason = reason
        jsonType = value?.kind.rawValue ?? "absent"
    }
}

/// The members of one object, and how to type them.
///
/// `Member` lists the names that the shape reads, in its order: a raw value is a position, a slot.
/// The optional variants give nil for `null` and for a member that is absent; for strings also for `""`.
struct Fields<Member: RawRepresentable, let count: Int> where Member.RawValue == Int {
    let shape: ObjectShape
    var values: InlineArray<count, JSONValue?>

    init(shape: ObjectShape) {
        self.shape = shape
        values = InlineArray(repeating: nil)
    }

    /// A member that has a value other than null.
    private func present(_ member: Member) -> JSONValue? {
        guard let value = values[member.rawValue], !value.isNull else { return nil }
        return value
    }

    private func failure(_ member: Member, _ reason: String) -> FieldError {
        FieldError(
            shape.path + shape.names[member.rawValue].description, reason, found: values[member.rawValue])
    }

    func string(_ member: Member) throws(FieldError) -> UnsafeBufferPointer<UInt8> {
        guard let bytes = values[member.rawValue]?.stringBytes, !bytes.isEmpty else {
            throw failure(member, "must be a string that is not empty")
        }
        return bytes
    }

    func optionalString(_ member: Member) throws(FieldError) -> UnsafeBufferPointer<UInt8>? {
        guard let value = present(member) else { return nil }
        guard let bytes = value.stringBytes else { throw failure(member, "must be a string or null") }
        return bytes.isEmpty ? nil : bytes
    }

    func int64(_ member: Member) throws(FieldError) -> Int64 {
        guard let number = values[member.rawValue]?.int64 else {
            throw failure(member, "must be a whole number of 64 bits")
        }
        return number
    }

    func double(_ member: Member) throws(FieldError) -> Double {
        guard let number = values[member.rawValue]?.double else { throw failure(member, "must be a number") }
        return number
    }

    func optionalDouble(_ member: Member) throws(FieldError) -> Double? {
        guard let value = present(member) else { return nil }
        guard let number = value.double else { throw failure(member, "must be a number or null") }
        return number
    }

    /// Nil for `null`; unlike with ``optionalDouble(_:)`` the member must be there.
    func doubleOrNull(_ member: Member) throws(FieldError) -> Double? {
        guard values[member.rawValue] != nil else { throw failure(member, "must be a number or null") }
        return try optionalDouble(member)
    }

    func optionalBool(_ member: Member) throws(FieldError) -> Bool? {
        guard let value = present(member) else { return nil }
        guard let truth = value.bool else { throw failure(member, "must be true, false or null") }
        return truth
    }

    func timestamp(_ member: Member) throws(FieldError) -> Int64 {
        guard let bytes = values[member.rawValue]?.stringBytes, let moment = ISO8601.microseconds(bytes)
        else {
            throw failure(member, "must be an ISO 8601 timestamp with a zone")
        }
        return moment
    }

    func array(_ member: Member) throws(FieldError) -> JSONArray {
        guard let elements = values[member.rawValue]?.array else { throw failure(member, "must be an array") }
        return elements
    }

    func optionalObject(_ member: Member) throws(FieldError) -> JSONObject? {
        guard let value = present(member) else { return nil }
        guard let members = value.object else { throw failure(member, "must be an object or null") }
        return members
    }
}
