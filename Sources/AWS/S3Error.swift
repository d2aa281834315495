/// Why an S3 call failed, after its retries.
public struct S3Error: Error, Sendable, Equatable, CustomStringConvertible {
    /// S3's error code (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), an open set.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The code as S3 writes it.
        public var rawValue: String

        /// Makes a code.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// There is no such object.
        public static let noSuchKey = Code(rawValue: "NoSuchKey")
        /// There is no such version of the object.
        public static let noSuchVersion = Code(rawValue: "NoSuchVersion")
        /// There is no such bucket.
        public static let noSuchBucket = Code(rawValue: "NoSuchBucket")
        /// A condition of the write did not hold.
        public static let preconditionFailed = Code(rawValue: "PreconditionFailed")
        /// Another conditional write was under way.
        public static let conditionalRequestConflict = Code(rawValue: "ConditionalRequestConflict")
        /// The role may not do this.
        public static let accessDenied = Code(rawValue: "AccessDenied")
        /// The call cannot be sent as it was asked for, such as one with an empty key.
        public static let invalidArgument = Code(rawValue: "InvalidArgument")
        /// The answer's body was not what its headers promised, or could not be read.
        public static let invalidResponse = Code(rawValue: "InvalidResponse")
        /// No answer came.
        public static let transport = Code(rawValue: "Transport")
    }

    /// What happened.
    public var code: Code
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The S3 operation, such as `GetObject`.
    public var operation: String
    /// What it was about: `s3://bucket/key`.
    public var resource: String
    /// How many times it was tried.
    ///
    /// Above 1, an attempt whose answer was lost may have had its effect: a 412 to a conditional write may be the echo of
    /// one's own.
    public var attempts: Int
    /// S3's request id; nil when no answer came.
    public var requestID: String?
    /// S3's words or the transport's, and what to do where that is known.
    public var message: String

    /// Makes an error.
    public init(
        code: Code, status: Int? = nil, operation: String, resource: String, attempts: Int = 1,
        requestID: String? = nil, message: String
    ) {
        self.code = code
        self.status = status
        self.operation = operation
        self.resource = resource
        self.attempts = attempts
        self.requestID = requestID
        self.message = message
    }

    /// One line: operation, subject, attempts, cause.
    public var description: String {
        let tries = attempts > 1 ? " after \(attempts) attempts" : ""
        let answer = status.map { " (HTTP \($0))" } ?? ""
        let request = requestID.map { ", request \($0)" } ?? ""
        return "\(operation) \(resource) failed\(tries): \(code.rawValue)\(answer): \(message)\(request)"
    }

    /// Whether a conditional write was refused because the object is not as expected (412, 409, or 404 with If-Match).
    public var isWriteConflict: Bool {
        operation == "PutObject"
            && (code == .preconditionFailed || code == .conditionalRequestConflict || code == .noSuchKey)
    }
}
