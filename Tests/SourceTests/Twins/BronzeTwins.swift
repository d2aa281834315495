import HTTP
import Lake
import Logging
import SourceBattery
import Synchronization

extension Twin {
    static let ofBronze = [
        Twin("a bronze that goes on a page too far", .kills, "readings has other rows") {
            $0.bronze = HastyToy.self
        },
        Twin("a bronze that counts a row which it has not kept", .ledger, "readings does not add up") {
            $0.bronze = BoastfulToy.self
        },
        Twin("a bronze that leaves out a part", .ledger, "leaves out raw/toy/") {
            $0.bronze = CarelessToy.self
        },
        Twin("a bronze that logs what it reads", .privacy, "logs and errors tell reader") {
            $0.bronze = ChattyToy.self
        },
        Twin(
            "a bronze that looks for every day before", .budget, "bronze's lists of s3://bronze/raw"
        ) {
            $0.bronze = TirelessToy.self
        },
        Twin(
            "a bronze with a variable that the template lacks", .template,
            "does not give TOY_FEED_URL to bronze"
        ) {
            $0.bronze = VariableToy.self
        },
        Twin(
            "a bronze with a secret that the template lacks", .template,
            "does not give TOY_SECRET_ID to bronze"
        ) {
            $0.bronze = VariableToy.self
        },
        Twin("a source that the template cannot switch on", .template, "cannot switch toy on") {
            $0.bronze = VariableToy.self
        },
    ]
}

/// A bronze that is the toy's but for one thing.
private protocol ToyTwin: BronzeSource {
    var toy: ToyBronze { get }
}

extension ToyTwin {
    static var name: String { Toy.name }
    static var variables: [Variable] { [] }
    static var isScheduled: Bool { true }
    func read(_ run: BronzeRun) async throws -> Reading? { try await toy.read(run) }
}

/// Where there are parts it goes on a page behind them.
private struct HastyToy: ToyTwin {
    /// Skips a page of readings once it is told to.
    private final class SkippingTransport: Transport {
        let transport: any Transport
        let isSkipping = Mutex(false)

        init(_ transport: any Transport) { self.transport = transport }

        func send(_ request: Request) async throws -> Response {
            var request = request
            if request.url.contains("/readings"), isSkipping.withLock({ $0 }) {
                isSkipping.withLock { $0 = false }
                request.url = request.url.replacing(/after=(\d+)/) { "after=\((Int($0.1) ?? 0) + 25)" }
            }
            return try await transport.send(request)
        }
    }

    let toy: ToyBronze
    private let transport: SkippingTransport

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        transport = SkippingTransport(platform.transport)
        var platform = platform
        platform.transport = transport
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        let parts = try await run.parts.parts(of: [.readings]) { _, _, _ in 0 }
        transport.isSkipping.withLock { $0 = !parts.isEmpty }
        return try await toy.read(run)
    }
}

private struct BoastfulToy: ToyTwin {
    let toy: ToyBronze

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        var reading = try await toy.read(run)
        reading?.ledger["readings"]?.rowsAnswered += 1
        return reading
    }
}

private struct CarelessToy: ToyTwin {
    let toy: ToyBronze

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        guard var reading = try await toy.read(run) else { return nil }
        let left = reading.parts.removeFirst()
        reading.ledger[left.stream.rawValue]?.rowsInParts -= left.rows
        reading.ledger[left.stream.rawValue]?.rowsAnswered -= left.rows
        return reading
    }
}

private struct ChattyToy: ToyTwin {
    private struct LoggingTransport: Transport {
        let transport: any Transport
        let logger: Logger

        func send(_ request: Request) async throws -> Response {
            let response = try await transport.send(request)
            logger.debug("the feed said \(String(decoding: response.body, as: UTF8.self))")
            return response
        }
    }

    let toy: ToyBronze

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        var platform = platform
        platform.transport = LoggingTransport(transport: platform.transport, logger: logger)
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }
}

private struct TirelessToy: ToyTwin {
    let toy: ToyBronze

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }

    func read(_ run: BronzeRun) async throws -> Reading? {
        for _ in Pass(1).date.daysSinceEpoch..<run.request.run.extractionDate.daysSinceEpoch {
            _ = try await run.parts.parts(of: [.sensors]) { _, _, _ in 0 }
        }
        return try await toy.read(run)
    }
}

private struct VariableToy: ToyTwin {
    static let variables = [
        Variable("TOY_FEED_URL", default: "http://toy.example.com"), Variable("TOY_SECRET_ID"),
    ]

    let toy: ToyBronze

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        toy = try ToyBronze(configuration: configuration, platform: platform, logger: logger)
    }
}
