/// Header fields in order; names compare without case (RFC 9110 §5.1).
public struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Equatable {
        /// The name as given.
        public var name: String
        /// The value without surrounding white space.
        public var value: String
    }

    /// The fields in the order in which they were added.
    public private(set) var fields: [Field]

    /// Makes headers from name-value pairs, in order.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value under a name; nil when absent.
    ///
    /// Setting replaces every field of that name; nil removes them.
    public subscript(name: String) -> String? {
        get {
            let wanted = name.lowercased()
            return fields.first { $0.name.lowercased() == wanted }?.value
        }
        set {
            let wanted = name.lowercased()
            fields.removeAll { $0.name.lowercased() == wanted }
            if let newValue {
                fields.append(Field(name: name, value: newValue))
            }
        }
    }
}
