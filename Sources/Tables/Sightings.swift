/// Rows that a source showed and that could not be typed, by key: they were not deleted.
public struct Sightings: Sendable, Equatable {
    /// How many one builder notes at most; a reading with more of them does not tell what was deleted.
    static let countMaximum = 1_000

    /// When each key was last shown, microseconds since the epoch, UTC.
    public private(set) var seenAt: [String: Int64] = [:]
    /// Whether every row that could not be typed is among them.
    public private(set) var areAll = true

    package init() {}

    /// Notes that a row was shown.
    ///
    /// - Parameters:
    ///   - key: The row's key; nil when that could not be read either.
    ///   - time: Microseconds since the epoch, UTC.
    public mutating func note(_ key: String?, at time: Int64) {
        guard let key, seenAt[key] != nil || seenAt.count < Sightings.countMaximum else {
            areAll = false
            return
        }
        seenAt[key] = max(seenAt[key] ?? .min, time)
    }

    package mutating func formUnion(_ other: Sightings) {
        seenAt.merge(other.seenAt, uniquingKeysWith: max)
        areAll = areAll && other.areAll
    }

    /// Forgets those from before a time: they no longer keep anybody.
    public mutating func remove(before time: Int64) {
        seenAt = seenAt.filter { $0.value >= time }
    }
}

extension Sightings {
    /// `<microseconds>@<key in hex>` of each, by key, with spaces between; equal sets give equal texts.
    public var text: String {
        seenAt.sorted { $0.key < $1.key }.map { key, time in
            "\(time)@" + key.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }.joined(separator: " ")
    }

    /// Reads ``text``; nil when it is something else.
    public init?(text: String) {
        for word in text.split(separator: " ") {
            let sides = word.split(separator: "@", omittingEmptySubsequences: false)
            guard sides.count == 2, let time = Int64(sides[0]), sides[1].count.isMultiple(of: 2) else {
                return nil
            }
            let digits = Array(sides[1].utf8)
            var bytes: [UInt8] = []
            for position in stride(from: 0, to: digits.count, by: 2) {
                guard
                    let byte = UInt8(
                        String(decoding: digits[position..<position + 2], as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(byte)
            }
            seenAt[String(decoding: bytes, as: UTF8.self)] = time
        }
        guard self.text == text else { return nil }
    }
}
