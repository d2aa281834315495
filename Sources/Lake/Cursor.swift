import Foundation

/// What a source remembers from one run to the next, in a form of its own.
public struct Cursor: Codable, Equatable, Sendable {
    private var tree: JSONTree

    /// What a source remembers that goes on from nothing.
    static let empty = Cursor(.object([:]))

    init(_ tree: JSONTree) { self.tree = tree }

    /// Keeps a value, which should encode as an object.
    ///
    /// - Throws: What the value's encoding throws.
    public init(_ value: some Encodable) throws {
        tree = try JSONDecoder().decode(JSONTree.self, from: JSONEncoder().encode(value))
    }

    /// Reads the value back.
    ///
    /// - Throws: What decoding throws when another release kept something else.
    public func value<Value: Decodable>(as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: JSONEncoder().encode(tree))
    }

    /// Reads the value.
    public init(from decoder: any Decoder) throws { tree = try JSONTree(from: decoder) }
    /// Writes the value.
    public func encode(to encoder: any Encoder) throws { try tree.encode(to: encoder) }
}
