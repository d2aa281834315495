/// An error that says what type the platform should record for it.
public protocol ReportableError: Error {
    /// Such as `Function.ConfigurationMissing`.
    ///
    /// The platform records only what matches `(Runtime|Function)\.[A-Z][a-zA-Z]+`, so a digit is enough to lose it;
    /// anything else is reported as `Function.Unhandled`, and stands as it is in the error's body.
    var errorType: String { get }
}

/// What the Runtime API is told about an error.
///
/// An error of a type that is not ours is reported as `Function.` and the letters of its type's name, without those of
/// generic arguments. The stack is always empty: a Swift error does not know where it was thrown, and the bootstraps
/// are linked without unwinding tables. That is why messages name operation and subject.
struct ErrorReport: Equatable {
    /// The value of `Lambda-Runtime-Function-Error-Type`.
    var platformType: String
    /// The `errorType` that the caller sees.
    var type: String
    /// The `errorMessage` that the caller sees.
    var message: String

    /// More than enough for a line, and far below every limit of the platform.
    private static let messageSizeMaximumBytes = 16_384

    init(_ error: any Error) {
        let reportable = (error as? any ReportableError)?.errorType
        type = reportable ?? String(describing: Swift.type(of: error))
        let platformType =
            reportable ?? "Function.\(type.prefix { $0 != "<" }.filter { $0.isASCII && $0.isLetter })"
        self.platformType = ErrorReport.isPlatformType(platformType) ? platformType : "Function.Unhandled"
        let text = String(describing: error)
        message =
            text.utf8.count <= ErrorReport.messageSizeMaximumBytes
            ? text
            : String(decoding: text.utf8.prefix(ErrorReport.messageSizeMaximumBytes), as: UTF8.self) + "…"
    }

    // {"errorMessage":…,"errorType":…,"stackTrace":[]}
    var body: [UInt8] {
        var object = JSONObjectWriter()
        object.append("errorMessage", message)
        object.append("errorType", type)
        object.appendEmptyArray("stackTrace")
        return object.finish()
    }

    /// Whether the platform takes the type as it is: `(Runtime|Function)\.[A-Z][a-zA-Z]+`.
    static func isPlatformType(_ type: String) -> Bool {
        let parts = type.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, ["Runtime", "Function"].contains(String(decoding: parts[0], as: UTF8.self)),
            parts[1].count >= 2, let first = parts[1].first, isUpperCase(first)
        else {
            return false
        }
        return parts[1].allSatisfy { isUpperCase($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    private static func isUpperCase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
