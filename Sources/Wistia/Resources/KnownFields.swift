internal import JSON

/// The fields of a resource that we know; whatever else turns up is counted, so that a change of the API is noticed.
struct KnownFields: Sendable {
    private struct Field {
        var name: StaticString
        var members: [Field]?
    }

    private var fields: [Field] = []

    /// Takes dotted names, parents before their members, such as `project` and `project.id`.
    ///
    /// What lies below a name without listed members is not looked at.
    init(_ names: [[StaticString]]) {
        for path in names {
            Self.add(path[...], to: &fields)
        }
    }

    private static func add(_ path: ArraySlice<StaticString>, to fields: inout [Field]) {
        guard let name = path.first else { return }
        if let place = fields.firstIndex(where: { $0.name.description == name.description }) {
            var members = fields[place].members ?? []
            add(path.dropFirst(), to: &members)
            fields[place].members = members
        } else {
            precondition(path.count == 1, "parents come before their members")
            fields.append(Field(name: name, members: nil))
        }
    }

    /// Adds the unknown fields of an object to the counts, by dotted name; other values have none.
    func countUnknown(in value: JSONValue, into counts: inout [String: Int]) {
        Self.countUnknown(in: value, known: fields, prefix: "", into: &counts)
    }

    private static func countUnknown(
        in value: JSONValue, known: [Field], prefix: String, into counts: inout [String: Int]
    ) {
        guard let object = value.object else { return }
        for member in object {
            let field = known.first { field in
                member.name.count == field.name.utf8CodeUnitCount
                    && member.name.elementsEqual(
                        UnsafeBufferPointer(start: field.name.utf8Start, count: field.name.utf8CodeUnitCount))
            }
            if let field {
                if let members = field.members {
                    countUnknown(
                        in: member.value, known: members, prefix: prefix + "\(field.name).", into: &counts)
                }
            } else {
                // Names come from the server; a flood of them must not become a flood of memory.
                let name = String(decoding: member.name.prefix(100), as: UTF8.self)
                if counts.count < 1_000 || counts[prefix + name] != nil {
                    counts[prefix + name, default: 0] += 1
                }
            }
        }
    }
}
