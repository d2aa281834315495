import Foundation

/// Small JSON objects with sorted names, so that equal values are equal bytes.
enum ObjectJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// Decodes an object of ours.
    ///
    /// - Throws: ``LakeError`` that names the object: ``LakeError/unknownFormat(resource:found:known:)`` when another
    ///   release wrote it in a format that this one does not know, else that it is not what we write.
    static func decode<Value: FormattedObject>(_ type: Value.Type, from bytes: [UInt8], of resource: String)
        throws -> Value
    {
        let decoder = JSONDecoder()
        // The version comes first: fields of another format may have other types, or the same and another meaning.
        if let found = try? decoder.decode(FormatVersion.self, from: Data(bytes)).version,
            !(1...Value.formatVersion).contains(found)
        {
            throw LakeError.unknownFormat(resource: resource, found: found, known: Value.formatVersion)
        }
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw LakeError.unreadableObject(
                resource: resource, expected: "\(type)", cause: cause(of: error))
        }
    }

    /// The decoder's words in one short line.
    private static func cause(of error: any Error) -> String {
        func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return "it has no \(name(context.codingPath + [key]))"
        case .valueNotFound(_, let context), .typeMismatch(_, let context):
            return "\(name(context.codingPath)) is null or of another type"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "\(name(context.codingPath)) cannot be read"
        default: return "the JSON is cut or damaged"
        }
    }

    private struct FormatVersion: Decodable {
        var version: Int
    }
}

/// An object of ours that says in `version` which format it has.
///
/// The number goes up when a field changes its meaning or its type, or is added and may not be passed over.
protocol FormattedObject: Codable {
    /// The format that this code writes; it reads all from 1 to this one.
    static var formatVersion: Int { get }
}

extension BronzeCommit: FormattedObject { static let formatVersion = 2 }
extension SilverCommit: FormattedObject { static let formatVersion = 2 }
extension GoldCommit: FormattedObject { static let formatVersion = 2 }
extension BronzeState: FormattedObject { static let formatVersion = 2 }
extension Continuation: FormattedObject { static let formatVersion = 1 }
