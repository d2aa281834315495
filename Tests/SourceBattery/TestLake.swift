import AWS
import HTTP
import Lake
import Logging
import TestSupport

/// A layer, and its bucket's name.
enum Layer: String, Sendable, CaseIterable {
    case bronze, silver, gold

    /// The layer that its commits start.
    var next: Layer? {
        switch self {
        case .bronze: .silver
        case .silver: .gold
        case .gold: nil
        }
    }
}

/// What became of an event.
struct Invocation: Sendable {
    var layer: Layer
    var result: Result<[UInt8], any Error>
    var calls: [StoreCall]
    var writes: [StoreCall]
    var isKilled: Bool

    /// The commits that it wrote, oldest first, each once.
    var commits: [String] {
        var seen: Set<String> = []
        return writes.filter { $0.bucket == layer.rawValue && $0.key.hasPrefix("commits/") }.map(\.key)
            .filter { seen.insert($0).inserted }
    }
}

/// A whole lake in memory with one source: three functions, a store and a clock.
struct TestLake: Sendable {
    let source: SourceUnderTest
    let world: any World
    let store: MemoryObjectStore
    var personalDataMode = "hash"
    /// A silver of another release; nil for the source's own.
    var silver: SilverSource?
    let time = VirtualTimeSource()
    let random = SeededRandomSource()
    let log = CapturedLog()

    init(_ source: SourceUnderTest, store: MemoryObjectStore = MemoryObjectStore()) throws {
        self.source = source
        self.store = store
        world = try source.makeWorld()
    }

    // MARK: Functions

    /// Sends an event to a function that has just started.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - layer: Which function.
    ///   - kill: Where it dies; nil where it does not.
    ///   - before: Runs before each call of the store.
    /// - Returns: What became of it.
    func send(
        _ event: [UInt8], to layer: Layer, kill: Kill? = nil, before: ObservedStore.Hook? = nil
    ) async -> Invocation {
        let observed = ObservedStore(source.wrapStore(store), kill: kill, before: before)
        let result: Result<[UInt8], any Error>
        do {
            result = .success(try await handler(of: layer, observed)(event))
        } catch {
            log.logger.error("\(error)")
            result = .failure(error)
        }
        return Invocation(
            layer: layer, result: result, calls: observed.calls, writes: observed.writes,
            isKilled: observed.isKilled)
    }

    private func handler(of layer: Layer, _ store: ObservedStore) throws -> ([UInt8]) async throws -> [UInt8]
    {
        var environment = [
            "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
            "PII_MODE": personalDataMode, "PII_KEY_SECRET_ID": TestLake.keyID,
        ]
        environment.merge(world.environment) { $1 }
        var secrets = world.secrets
        secrets[TestLake.keyID] = TestLake.key
        let configuration = Configuration(environment: environment)
        let platform = Platform(
            transport: world.transport, store: { _ in store }, secrets: Secrets(secrets: secrets), time: time,
            random: random)
        switch layer {
        case .bronze:
            let function = try BronzeFunction(
                sources: [source.bronze], configuration: configuration, platform: platform, logger: log.logger
            )
            return { try await function.handle($0, deadline: nil) }
        case .silver:
            let function = try SilverFunction(
                sources: [silver ?? source.silver], configuration: configuration, platform: platform,
                logger: log.logger)
            return { try await function.handle($0, deadline: nil) }
        case .gold:
            let function = try GoldFunction(
                sources: [source.gold], configuration: configuration, platform: platform, logger: log.logger)
            return { try await function.handle($0, deadline: nil) }
        }
    }

    /// The secrets that no log may show.
    static let key = "an obviously fake key of 32 bytes or more"
    private static let keyID = "battery-key"

    private struct Secrets: SecretStore {
        var secrets: [String: String]

        func secret(id: String) async throws -> Secret {
            guard let text = secrets[id] else { throw BatteryError("there is no secret \(id)") }
            return Secret(text)
        }
    }

    // MARK: Passes

    /// The events that start a pass, at its time.
    func events(of pass: Pass) async throws -> [[UInt8]] {
        time.advance(seconds: max(0, pass.time.seconds(since: time.now())))
        return try await world.turn(to: pass, store: store)
    }

    /// Plays a pass in bronze, with its continuations; gives its commits.
    ///
    /// - Throws: What bronze throws.
    @discardableResult func playBronze(_ pass: Pass) async throws -> [String] {
        var commits: [String] = []
        for event in try await events(of: pass) { commits += try await bronze(event) }
        return commits
    }

    /// Sends an event to bronze, and what follows from it; gives the commits.
    @discardableResult func bronze(_ event: [UInt8]) async throws -> [String] {
        var commits: [String] = []
        var waiting = [event]
        while !waiting.isEmpty {
            let invocation = await send(waiting.removeFirst(), to: .bronze)
            _ = try invocation.result.get()
            commits += invocation.commits
            waiting += invocation.writes.filter { $0.key.hasPrefix("continuations/") }
                .map { TestLake.notification(of: [$0.key], in: .bronze) }
        }
        return commits
    }

    /// Tells the next layer of a layer's commits, and the one after of what it writes.
    ///
    /// - Returns: What became of each event.
    /// - Throws: What a function throws.
    @discardableResult func deliver(_ commits: [String], from layer: Layer) async throws -> [Invocation] {
        guard let next = layer.next else { return [] }
        var invocations: [Invocation] = []
        for commit in commits {
            let invocation = await send(TestLake.notification(of: [commit], in: layer), to: next)
            _ = try invocation.result.get()
            invocations.append(invocation)
            invocations += try await deliver(invocation.commits, from: next)
        }
        return invocations
    }

    /// Plays a pass through all layers.
    ///
    /// - Throws: What a function throws.
    @discardableResult func play(_ pass: Pass) async throws -> [Invocation] {
        try await deliver(try await playBronze(pass), from: .bronze)
    }

    // MARK: Events

    /// S3's notification of objects.
    static func notification(of keys: [String], in layer: Layer) -> [UInt8] {
        let records = keys.map { key in
            #"""
            {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
             "eventTime":"2026-01-08T02:05:00.000Z","eventName":"ObjectCreated:Put",
             "s3":{"bucket":{"name":"\#(layer.rawValue)"},"object":{"key":"\#(key)"}}}
            """#
        }
        return Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8)
    }

    /// A reprocess of everything.
    func reprocess(isQuarantined: Bool = false) -> [UInt8] {
        let flag = isQuarantined ? #","quarantined":true"# : ""
        return Array(
            #"""
            {"id":"r","time":"2026-03-01T00:00:00Z",
             "reprocess":{"source":"\#(source.name)","from":"2026-01-01","to":"2026-03-01"\#(flag)}}
            """#.utf8)
    }

    /// A reconcile.
    var reconcile: [UInt8] {
        Array(#"{"id":"r","time":"2026-03-01T00:00:00Z","reconcile":{"source":"\#(source.name)"}}"#.utf8)
    }

    // MARK: Objects

    /// A layer's objects by key.
    func objects(_ layer: Layer) -> [String: [UInt8]] { store.objects(bucket: layer.rawValue) }

    /// A layer's commits, oldest first.
    func commits(_ layer: Layer) -> [String] {
        objects(layer).keys.filter { $0.hasPrefix("commits/") }.sorted()
    }

    /// The objects of a layer's table by key.
    func objects(of table: String, in layer: Layer) -> [String: [UInt8]] {
        objects(layer).filter { $0.key.hasPrefix("\(source.name)/\(table)/") }
    }

    /// The same world's bronze and no more, in a lake of its own.
    func withBronzeAlone() throws -> TestLake {
        var lake = try TestLake(source, store: store.copy(of: Layer.bronze.rawValue))
        lake.take(over: self)
        return lake
    }

    /// The same objects in a lake of its own, whose world is a new one.
    func copy() throws -> TestLake {
        var lake = try TestLake(source, store: store.copy())
        lake.take(over: self)
        return lake
    }

    private mutating func take(over other: TestLake) {
        personalDataMode = other.personalDataMode
        silver = other.silver
        time.advance(seconds: max(0, other.time.now().seconds(since: time.now())))
    }

    /// How the objects of some layers differ from those of another lake, byte by byte.
    func differences(from other: TestLake, in layers: [Layer] = [.silver, .gold], _ occasion: String)
        -> [Violation]
    {
        layers.flatMap { layer -> [Violation] in
            let (ours, theirs) = (objects(layer), other.objects(layer))
            return Set(ours.keys).union(theirs.keys).sorted().compactMap { key -> Violation? in
                guard ours[key] != theirs[key] else { return nil }
                let how =
                    ours[key] == nil
                    ? "is missing" : theirs[key] == nil ? "should not be there" : "has other bytes"
                return Violation("\(occasion): s3://\(layer.rawValue)/\(key) \(how)")
            }
        }
    }
}
