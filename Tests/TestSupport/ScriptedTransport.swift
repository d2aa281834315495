public import HTTP
import Synchronization

/// A transport that answers from a script and remembers what it was asked.
public final class ScriptedTransport: Transport {
    private let answer: @Sendable (Request, Int) async throws -> Response
    private let recorded = Mutex<[Request]>([])

    /// Answers each request by a closure, which also gets the request's number, from 0.
    public init(answer: @escaping @Sendable (_ request: Request, _ index: Int) async throws -> Response) {
        self.answer = answer
    }

    /// Answers with these in turn; one request more is a ``TransportError``.
    public convenience init(_ responses: [Response]) {
        self.init { request, index in
            guard index < responses.count else {
                throw TransportError(
                    kind: .connectionFailed, request: request, detail: "the script has no more answers")
            }
            return responses[index]
        }
    }

    /// The requests so far, in order.
    public var requests: [Request] {
        recorded.withLock { $0 }
    }

    /// Records the request and answers it.
    public func send(_ request: Request) async throws -> Response {
        let index = recorded.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        try Task.checkCancellation()
        return try await answer(request, index)
    }
}
