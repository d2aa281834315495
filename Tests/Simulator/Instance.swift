import AWS
import HTTP
import Lake
import LambdaRuntime
import Logging
import Wistia

/// A process of one function: what it keeps from one invocation to the next are the function's own variables.
final class Instance: @unchecked Sendable {
    let layer: String
    /// Which invocation it serves, or served last.
    private(set) var current: Invocation
    /// When it asked the API, within the last minute.
    private var apiRequests: [Timestamp] = []
    private var function: (any LayerFunction)?

    init(for invocation: Invocation) {
        layer = invocation.layer
        current = invocation
    }

    /// Serves an event; the first one starts the function.
    func handle(_ event: [UInt8], in invocation: Invocation, of simulation: Simulation) async throws
        -> [UInt8]
    {
        current = invocation
        defer { invocation.noteReturn() }
        let function = try function ?? start(in: simulation)
        self.function = function
        return try await function.handle(event, deadline: invocation.deadline)
    }

    private func start(in simulation: Simulation) throws -> any LayerFunction {
        let transport = InstanceTransport(simulation: simulation, instance: self)
        let time = InstanceTime(simulation: simulation, instance: self)
        let world = simulation.world
        let rate = simulation.requestsPerMinute * (simulation.broken == .twiceTheRate ? 2 : 1)
        let environment = [
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "obviously fake", "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver",
            "GOLD_BUCKET": "gold", "WISTIA_SECRET_ID": "token", "WISTIA_BASE_URL": "https://api.wistia.com",
            "PII_KEY_SECRET_ID": "key", "WISTIA_REQUESTS_PER_MINUTE": "\(rate)",
        ]
        let store = try S3Client(environment: environment, transport: transport, time: time, random: world)
        let platform = Platform(
            transport: transport, store: { store.with(deadline: $0) },
            secrets: PretendSecrets(token: { simulation.account.token(at: world.now()) }), time: time,
            random: world)
        let configuration = Configuration(environment: environment)
        let logger = Logger(label: layer) { _ in SwiftLogNoOpLogHandler() }
        return switch layer {
        case "bronze":
            try BronzeFunction(
                sources: [Wistia.bronze], configuration: configuration, platform: platform, logger: logger)
        case "silver":
            try SilverFunction(
                sources: [Wistia.silver], configuration: configuration, platform: platform, logger: logger)
        default:
            try GoldFunction(
                sources: [Wistia.gold], configuration: configuration, platform: platform, logger: logger)
        }
    }

    /// Notes a request to the API.
    ///
    /// - Parameters:
    ///   - now: When it is sent.
    ///   - rate: Requests that may go in a minute.
    /// - Returns: What is wrong with it; nil when some window of time up to now does not hold too many.
    func noteAPIRequest(at now: Timestamp, requestsPerMinute rate: Int) -> String? {
        let minuteAgo = now.adding(seconds: -60)
        apiRequests.removeAll { $0 <= minuteAgo }
        apiRequests.append(now)
        for (index, first) in apiRequests.enumerated() {
            let seconds = now.seconds(since: first)
            let count = apiRequests.count - index
            // A full bucket, and one turn that was taken before there was a page to ask for.
            guard Double(count) > Double(rate) / 60 * seconds + 5 + 1 else { continue }
            return "\(count) requests in \(seconds) s"
        }
        return nil
    }
}

/// A layer's function, as its process sees it.
private protocol LayerFunction {
    func handle(_ event: [UInt8], deadline: Timestamp?) async throws -> [UInt8]
}

extension BronzeFunction: LayerFunction {}
extension SilverFunction: LayerFunction {}
extension GoldFunction: LayerFunction {}

/// The network as one process sees it.
struct InstanceTransport: Transport {
    var simulation: Simulation
    var instance: Instance

    func send(_ request: Request) async throws -> Response {
        try await simulation.send(request, from: instance)
    }
}

/// The clock as one process sees it: when it is dead, nobody wakes.
struct InstanceTime: TimeSource {
    var simulation: Simulation
    var instance: Instance

    func now() -> Timestamp { simulation.world.now() }

    func sleep(seconds: Double) async throws {
        let invocation = instance.current
        try invocation.step()
        try await simulation.world.sleep(seconds: seconds)
        if invocation.isDead { throw Killed() }
    }
}
