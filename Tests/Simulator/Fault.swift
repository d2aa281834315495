import HTTP

/// How a request goes wrong.
enum Fault: Sendable {
    case slowDown, serverError, conflict, tooMany, tooManyForSeconds, tooManyUntil, resetBefore, resetAfter,
        cut, slow

    static func draw(isStorage: Bool, in world: World) -> Fault {
        world.pick(
            isStorage
                ? [.slowDown, .serverError, .conflict, .resetBefore, .resetAfter, .resetAfter, .slow]
                : [
                    .slowDown, .serverError, .tooMany, .tooManyForSeconds, .tooManyUntil, .resetBefore,
                    .resetAfter,
                    .cut, .slow,
                ])
    }

    /// The answer that stands in for the right one; nil when the request takes effect.
    func refusal(now: Timestamp, in world: World) -> Response? {
        switch self {
        case .slowDown: PretendStorage.failure(503, "SlowDown")
        case .serverError: PretendStorage.failure(500, "InternalError")
        case .conflict: PretendStorage.failure(409, "ConditionalRequestConflict")
        case .tooMany: Response(status: 429, body: Array("Too many requests".utf8))
        case .tooManyForSeconds:
            Response(status: 429, headers: ["Retry-After": "\(world.number(in: 0...20))"])
        case .tooManyUntil:
            Response(
                status: 503,
                headers: [
                    "Date": now.httpDate,
                    "Retry-After": now.adding(seconds: world.number(in: -5..<15)).httpDate,
                ])
        case .resetBefore, .resetAfter, .cut, .slow: nil
        }
    }
}
