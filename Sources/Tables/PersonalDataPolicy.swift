import Digest

/// What becomes of personal fields, that is names, e-mail addresses, companies and job titles, on their way out of bronze.
///
/// It holds a key, so it shows its mode only, however it is printed.
public enum PersonalDataPolicy: Sendable, Equatable {
    /// HMAC-SHA256 under a key, as 64 lower-case hexadecimal digits: equal values stay equal, and nobody without the key
    /// can test a guess.
    case hash(key: [UInt8])
    /// Null.
    case drop
    /// As the API gives it.
    case keep

    /// The least size of a key: RFC 2104 §3 discourages keys shorter than the hash's output.
    public static let minimumKeyBytes = 32

    /// Reads a setting.
    ///
    /// - Parameters:
    ///   - mode: The value of `PII_MODE`: `hash`, `drop` or `keep`; nil and the empty string mean `hash`.
    ///   - key: The key that `hash` needs, of at least ``minimumKeyBytes`` bytes; the other modes ignore it.
    /// - Throws: ``PersonalDataPolicyError`` when the mode is another word, or when `hash` has no key or too short a one.
    public init(mode: String?, key: [UInt8]?) throws(PersonalDataPolicyError) {
        switch mode ?? "" {
        case "hash", "":
            guard let key else { throw .missingKey }
            guard key.count >= Self.minimumKeyBytes else { throw .shortKey(sizeBytes: key.count) }
            self = .hash(key: key)
        case "drop": self = .drop
        case "keep": self = .keep
        case let other: throw .unknownMode(other)
        }
    }

    /// The value of `PII_MODE` that means this policy.
    public var mode: String {
        switch self {
        case .hash: "hash"
        case .drop: "drop"
        case .keep: "keep"
        }
    }

    /// What tells files made under one policy from those of another, without telling the key.
    ///
    /// For hashes it is the mode and the first 16 digits of a fixed text's HMAC under the key.
    package var mark: String {
        guard case .hash(let key) = self else { return mode }
        let code = HMACSHA256.authenticationCode(for: Array("medallion".utf8), key: key)
        return "\(mode):\(code.hexEncoded.prefix(16))"
    }
}

extension PersonalDataPolicy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The mode.
    public var description: String { mode }
    /// The mode.
    public var debugDescription: String { mode }
    /// Nothing: `dump` would show the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a policy for personal fields cannot be read.
public enum PersonalDataPolicyError: Error, Equatable, CustomStringConvertible {
    /// `PII_MODE` is none of the three words.
    case unknownMode(String)
    /// `hash` has no key.
    case missingKey
    /// The key of `hash` is too short.
    case shortKey(sizeBytes: Int)

    /// One line; what to do is in it.
    public var description: String {
        switch self {
        case .unknownMode(let mode):
            "read PII_MODE failed: \"\(mode)\" is no mode; set it to hash, drop or keep"
        case .missingKey:
            "read PII_MODE failed: hash needs a key and the secret has none; add one, or set PII_MODE to drop"
        case .shortKey(let sizeBytes):
            "read PII_MODE failed: hash needs a key of \(PersonalDataPolicy.minimumKeyBytes) bytes or more and the secret's"
                + " has \(sizeBytes); make it longer, or set PII_MODE to drop"
        }
    }
}

/// Applies a policy to one value after the other.
struct PersonalData {
    private enum Action {
        case hash(HMACSHA256)
        case drop
        case keep
    }

    private let action: Action
    private var normalized: [UInt8] = []
    private var digits = [UInt8](repeating: 0, count: 2 * HMACSHA256.sizeBytes)

    init(_ policy: PersonalDataPolicy) {
        switch policy {
        case .hash(let key): action = .hash(HMACSHA256(key: key))
        case .drop: action = .drop
        case .keep: action = .keep
        }
    }

    /// Appends what the policy makes of a value that is not empty.
    mutating func append(
        _ value: UnsafeBufferPointer<UInt8>, isEmail: Bool, to column: inout ColumnBuilder
    ) {
        switch action {
        case .drop: column.appendNull()
        case .keep: column.append(value)
        case .hash(let code):
            var message = UnsafeRawBufferPointer(value)
            if isEmail { message = UnsafeRawBufferPointer(rebasing: message[trimmed(value)]) }
            guard !message.isEmpty else { return column.appendNull() }
            if isEmail {
                normalized.removeAll(keepingCapacity: true)
                normalized.append(contentsOf: message.lazy.map(lowercased))
            }
            digits.withUnsafeMutableBytes { output in
                if isEmail {
                    normalized.withUnsafeBytes { code.authenticateHexEncoded($0, into: output) }
                } else {
                    code.authenticateHexEncoded(message, into: output)
                }
            }
            digits.withUnsafeBufferPointer { column.append($0) }
        }
    }

    private func trimmed(_ value: UnsafeBufferPointer<UInt8>) -> Range<Int> {
        guard let first = value.firstIndex(where: { !isSpace($0) }),
            let last = value.lastIndex(where: { !isSpace($0) })
        else { return 0..<0 }
        return first..<last + 1
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || 0x09...0x0D ~= byte }

    private func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
