public import HTTP

/// The Lambda Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
public struct RuntimeClient: Sendable {
    /// What became of a response or of an error's report; after each the next invocation may come.
    public enum Delivery: Sendable, Equatable {
        /// The platform has it.
        case accepted
        /// It was larger than ``RuntimeClient/responseSizeMaximumBytes``; the caller has been told so instead.
        case tooLarge
        /// The platform did not want it (400 `InvalidRequestID`, 403 `InvalidStateTransition`): to its knowledge this
        /// invocation is over or another one is under way. Its words.
        case refused(String)
    }

    /// The greatest response, in bytes; the platform answers more with 413.
    public static let responseSizeMaximumBytes = 6_291_556

    private let transport: any Transport
    private let baseURL: String

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - endpoint: Host and port, the value of `AWS_LAMBDA_RUNTIME_API`.
    ///   - transport: The way there; it must not lead through a proxy.
    public init(endpoint: String, transport: any Transport) {
        baseURL = "http://\(endpoint)/2018-06-01/runtime"
        self.transport = transport
    }

    /// Waits for the next event, for as long as it takes: the environment may be frozen meanwhile.
    ///
    /// - Returns: The invocation.
    /// - Throws: ``RuntimeAPIError``, after which the process should end; `CancellationError`.
    public func next() async throws -> Invocation {
        let operation = "get the next invocation"
        let response = try await send(
            Request(url: "\(baseURL)/invocation/next", timeoutSeconds: nil), operation: operation)
        guard response.status == 200 else {
            throw error(operation, response)
        }
        guard let requestID = response.headers["Lambda-Runtime-Aws-Request-Id"],
            isURLSegment(requestID),
            let deadline = response.headers["Lambda-Runtime-Deadline-Ms"].flatMap({ Int64($0) }),
            (0...253_402_300_799_999).contains(deadline)
        else {
            throw RuntimeAPIError(
                kind: .refused, operation: operation, status: 200,
                message: "the answer names no request id, or no deadline")
        }
        return Invocation(
            requestID: requestID, deadline: Timestamp(millisecondsSinceEpoch: deadline),
            functionARN: response.headers["Lambda-Runtime-Invoked-Function-Arn"],
            traceID: response.headers["Lambda-Runtime-Trace-Id"], body: response.body)
    }

    /// Hands in the result of an invocation.
    ///
    /// - Parameters:
    ///   - invocation: Which one.
    ///   - body: JSON.
    /// - Returns: Whether the platform took it.
    /// - Throws: ``RuntimeAPIError``, after which the process should end; `CancellationError`.
    public func succeed(_ invocation: Invocation, body: [UInt8]) async throws -> Delivery {
        // Not left to the platform, whose refusal says neither the size nor what to do.
        guard body.count <= RuntimeClient.responseSizeMaximumBytes else {
            let delivery = try await fail(invocation, error: ResponseTooLargeError(sizeBytes: body.count))
            return delivery == .accepted ? .tooLarge : delivery
        }
        let response = try await send(
            Request(
                method: "POST", url: "\(baseURL)/invocation/\(invocation.requestID)/response",
                headers: ["Content-Type": "application/json"], body: body),
            operation: "post the response")
        return response.status == 413 ? .tooLarge : try delivery("post the response", response)
    }

    /// Reports that an invocation failed.
    ///
    /// - Parameters:
    ///   - invocation: Which one.
    ///   - error: Why; a ``ReportableError`` chooses its type.
    /// - Returns: Whether the platform took it.
    /// - Throws: ``RuntimeAPIError``, after which the process should end; `CancellationError`.
    public func fail(_ invocation: Invocation, error: any Error) async throws -> Delivery {
        let operation = "report the invocation's error"
        return try delivery(
            operation,
            try await report(error, to: "/invocation/\(invocation.requestID)/error", operation: operation))
    }

    /// Reports that the function could not start; allowed only before the first ``next()``.
    ///
    /// - Parameter error: Why; a ``ReportableError`` chooses its type.
    /// - Throws: ``RuntimeAPIError``; either way the process should end with a failure.
    public func reportInitializationFailure(_ error: any Error) async throws {
        let operation = "report the initialization's error"
        let response = try await report(error, to: "/init/error", operation: operation)
        guard response.status == 202 else {
            throw self.error(operation, response)
        }
    }

    private func report(_ error: any Error, to path: String, operation: String) async throws -> Response {
        let report = ErrorReport(error)
        return try await send(
            Request(
                method: "POST", url: baseURL + path,
                headers: [
                    "Content-Type": "application/json",
                    "Lambda-Runtime-Function-Error-Type": report.platformType,
                ], body: report.body),
            operation: operation)
    }

    private func delivery(_ operation: String, _ response: Response) throws -> Delivery {
        switch response.status {
        case 202: return .accepted
        case 400, 403: return .refused(error(operation, response).message)
        default: throw error(operation, response)
        }
    }

    private func send(_ request: Request, operation: String) async throws -> Response {
        do {
            return try await transport.send(request)
        } catch let error as TransportError {
            throw RuntimeAPIError(
                // While an answer is under way the environment is not shut down, so then it is a failure.
                kind: error.kind == .connectionFailed && request.method == "GET" ? .gone : .refused,
                operation: operation, status: nil,
                message: error.description)
        }
    }

    private func error(_ operation: String, _ response: Response) -> RuntimeAPIError {
        let text = String(decoding: response.body.prefix(500), as: UTF8.self)
            .map { $0.isNewline ? " " : $0 }
        return RuntimeAPIError(
            kind: response.status == 410 ? .gone : .refused, operation: operation, status: response.status,
            message: String(text))
    }

    private func isURLSegment(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

/// Why the Runtime API cannot be used any longer.
public struct RuntimeAPIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// How the process should end.
    public enum Kind: Sendable, Equatable {
        /// The API is not there any more: the environment is being shut down, which is no failure.
        case gone
        /// The API refused what we asked, or said that it cannot go on.
        case refused
    }

    /// How the process should end.
    public var kind: Kind
    /// What was tried.
    public var operation: String
    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// The API's words or the transport's.
    public var message: String

    /// One line: what was tried, the status, the cause.
    public var description: String {
        "\(operation) failed\(status.map { " (HTTP \($0))" } ?? ""): \(message); the process must end"
    }
}

/// A response that the platform would not take.
struct ResponseTooLargeError: ReportableError, CustomStringConvertible {
    var sizeBytes: Int

    var errorType: String { "Function.ResponseSizeTooLarge" }

    var description: String {
        "post the response failed: it has \(sizeBytes) bytes, more than the platform's \(RuntimeClient.responseSizeMaximumBytes); return a summary and keep the rest in S3"
    }
}
