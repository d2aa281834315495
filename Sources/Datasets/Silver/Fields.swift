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

/// The members of one object by slot, and how to type them.
///
/// The optional variants give nil for `null` and for a member that is absent; for strings also for `""`.
struct Fields<let count: Int> {
    let shape: ObjectShape
    var values: InlineArray<count, JSONValue?>

    init(shape: ObjectShape) {
        self.shape = shape
        values = InlineArray(repeating: nil)
    }

    /// A member that has a value other than null.
    private func present(_ slot: Int) -> JSONValue? {
        guard let value = values[slot], !value.isNull else { return nil }
        return value
    }

    private func failure(_ slot: Int, _ reason: String) -> FieldError {
        FieldError(shape.path + shape.names[slot].description, reason, found: values[slot])
    }

    func string(_ slot: Int) throws(FieldError) -> UnsafeBufferPointer<UInt8> {
        guard let bytes = values[slot]?.stringBytes, !bytes.isEmpty else {
            throw failure(slot, "must be a string that is not empty")
        }
        return bytes
    }

    func optionalString(_ slot: Int) throws(FieldError) -> UnsafeBufferPointer<UInt8>? {
        guard let value = present(slot) else { return nil }
        guard let bytes = value.stringBytes else { throw failure(slot, "must be a string or null") }
        return bytes.isEmpty ? nil : bytes
    }

    func int64(_ slot: Int) throws(FieldError) -> Int64 {
        guard let number = values[slot]?.int64 else {
            throw failure(slot, "must be a whole number of 64 bits")
        }
        return number
    }

    func double(_ slot: Int) throws(FieldError) -> Double {
        guard let number = values[slot]?.double else { throw failure(slot, "must be a number") }
        return number
    }

    func optionalDouble(_ slot: Int) throws(FieldError) -> Double? {
        guard let value = present(slot) else { return nil }
        guard let number = value.double else { throw failure(slot, "must be a number or null") }
        return number
    }

    /// Nil for `null`; unlike with ``optionalDouble(_:)`` the member must be there.
    func doubleOrNull(_ slot: Int) throws(FieldError) -> Double? {
        guard values[slot] != nil else { throw failure(slot, "must be a number or null") }
        return try optionalDouble(slot)
    }

    func optionalBool(_ slot: Int) throws(FieldError) -> Bool? {
        guard let value = present(slot) else { return nil }
        guard let truth = value.bool else { throw failure(slot, "must be true, false or null") }
        return truth
    }

    func timestamp(_ slot: Int) throws(FieldError) -> Int64 {
        guard let bytes = values[slot]?.stringBytes, let moment = ISO8601.microseconds(bytes) else {
            throw failure(slot, "must be an ISO 8601 timestamp with a zone")
        }
        return moment
    }

    func array(_ slot: Int) throws(FieldError) -> JSONArray {
        guard let elements = values[slot]?.array else { throw failure(slot, "must be an array") }
        return elements
    }

    func optionalObject(_ slot: Int) throws(FieldError) -> JSONObject? {
        guard let value = present(slot) else { return nil }
        guard let members = value.object else { throw failure(slot, "must be an object or null") }
        return members
    }
}
