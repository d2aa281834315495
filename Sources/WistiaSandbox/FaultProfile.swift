/// How often each fault strikes.
///
/// Written as `429=2,503=0.5,slow=1`: percentages of the requests, by ``Fault``'s raw value. `retry-after` and
/// `slow-seconds` set the seconds that Retry-After names (default 1) and that a slow answer takes (default 5).
public struct FaultProfile: Sendable, Equatable {
    /// The percentage of each fault; those absent never strike.
    public var percentages: [Fault: Double] = [:]
    /// The seconds that Retry-After names.
    public var retryAfterSeconds = 1
    /// The seconds by which a slow answer is late.
    public var slowSeconds = 5.0

    /// No faults.
    public init() {}

    /// Reads a profile.
    ///
    /// - Parameter text: Comma-separated `fault=percent` pairs; the empty string means none.
    /// - Throws: ``SandboxError`` naming the part that cannot be read.
    public init(parsing text: String) throws {
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let number = Double(pair[1]), number >= 0, number.isFinite else {
                throw SandboxError("faults \"\(part)\" unreadable: expected fault=percent, such as 429=2")
            }
            switch pair[0] {
            case "retry-after": retryAfterSeconds = Int(min(number, 86_400))
            case "slow-seconds": slowSeconds = number
            default:
                guard let fault = Fault(rawValue: String(pair[0])) else {
                    let known = Fault.allCases.map(\.rawValue).joined(separator: ", ")
                    throw SandboxError(
                        "faults \"\(part)\" unknown: expected one of \(known), retry-after, slow-seconds")
                }
                percentages[fault] = number
            }
        }
        let total = percentages.values.reduce(0, +)
        if total > 100 {
            throw SandboxError(
                "faults \"\(text)\" impossible: the percentages add up to \(total), more than 100")
        }
    }

    /// The fault that strikes, if any.
    func draw(_ noise: inout Noise) -> Fault? {
        guard !percentages.isEmpty else { return nil }
        var left = noise.unit() * 100
        for fault in Fault.allCases {
            left -= percentages[fault] ?? 0
            if left < 0 {
                return fault
            }
        }
        return nil
    }
}
