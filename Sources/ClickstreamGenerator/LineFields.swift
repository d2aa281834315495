/// The fields of a line by name, for lines that are spelled differently from most; slower than ``JSONLine``.
struct LineFields {
    /// A name and a value, both as JSON without quotes around the name.
    struct Field {
        var name: String
        var value: [UInt8]
    }

    /// White space between the parts of an object.
    struct Spacing {
        var beforeColon: StaticString = ""
        var afterColon: StaticString = " "
        var afterComma: StaticString = " "
        var inside: StaticString = ""
        var after: StaticString = ""

        /// None at all.
        static let compact = Spacing(afterColon: "", afterComma: "")
        /// In every place where JSON allows it.
        static let wide = Spacing(
            beforeColon: " ", afterColon: "  ", afterComma: "\t", inside: " ", after: " \r")
    }

    var fields: [Field]

    /// The fields of an event as ``JSONLine`` spells them.
    init(_ event: Event) {
        var line = JSONLine()
        func value(_ write: (inout TextBuffer) -> Void) -> [UInt8] {
            var text = TextBuffer()
            write(&text)
            return text.bytes
        }
        func quoted(_ text: StaticString) -> [UInt8] { Array("\"\(text)\"".utf8) }
        let null = Array("null".utf8)
        fields = [
            Field(
                name: "timestamp", value: value { line.append(time: event.microsecondsSinceEpoch, to: &$0) }),
            Field(name: "user_id", value: Array("\"u_\(event.user)\"".utf8)),
            Field(name: "session_id", value: Array("\"s_\(event.session)\"".utf8)),
            Field(name: "event_type", value: quoted(event.type.text)),
            Field(
                name: "product_id",
                value: event.type.hasProduct ? Array("\"p_\(event.product)\"".utf8) : null),
            Field(name: "quantity", value: event.type.hasPrice ? Array("\(event.quantity)".utf8) : null),
            Field(
                name: "price",
                value: event.type.hasPrice
                    ? value { JSONLine.append(cents: event.priceCents, to: &$0) } : null),
            Field(name: "category", value: event.type.hasProduct ? quoted(event.category.text) : null),
            Field(name: "search_query", value: event.type.hasProduct ? null : quoted(event.query.text)),
        ]
    }

    /// A field's value; nil when there is no such field.
    subscript(name: String) -> [UInt8]? {
        fields.first { $0.name == name }?.value
    }

    /// Gives a field another value; without such a field nothing happens.
    mutating func set(_ name: String, _ value: [UInt8]) {
        for index in fields.indices where fields[index].name == name { fields[index].value = value }
    }

    /// Gives a field another value, which is JSON; without such a field nothing happens.
    mutating func set(_ name: String, _ value: String) {
        set(name, Array(value.utf8))
    }

    /// Leaves a field out.
    mutating func remove(_ name: String) {
        fields.removeAll { $0.name == name }
    }

    func append(to text: inout TextBuffer, spacing: Spacing = Spacing()) {
        text.append("{")
        text.append(spacing.inside)
        for (place, field) in fields.enumerated() {
            if place > 0 {
                text.append(",")
                text.append(spacing.afterComma)
            }
            text.append("\"")
            text.append(Array(field.name.utf8))
            text.append("\"")
            text.append(spacing.beforeColon)
            text.append(":")
            text.append(spacing.afterColon)
            text.append(field.value)
        }
        text.append(spacing.inside)
        text.append("}")
        text.append(spacing.after)
    }
}
