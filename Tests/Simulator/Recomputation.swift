import AWS
import HTTP
import Lake
import Logging
import Wistia

/// One layer made anew from the one before, event by event in the order of the runs, with nothing in its way.
struct Recomputation {
    let storage: PretendStorage

    /// Makes it; nil when an event fails.
    ///
    /// - Parameters:
    ///   - storage: What there is of the layer before.
    ///   - layer: What to make.
    ///   - source: The layer before.
    ///   - commitKeys: Its commits, in the order in which they are answered; nil for that of their keys.
    ///   - look: Is shown what there is after each commit.
    init?(
        _ storage: PretendStorage, layer: String, from source: String, commitKeys: [String]? = nil,
        look: @escaping (_ commitKey: String) -> Void = { _ in }
    ) {
        self.storage = storage
        let world = World(seed: 0, start: Simulation.start.adding(seconds: 30 * 86_400))
        let isWhole = Flag()
        let transport = StorageTransport(storage: storage, world: world)
        let keys = commitKeys ?? storage.keys(source, prefix: "commits/")
        let look = Look(body: look)
        _ = world.run {
            do {
                for key in keys {
                    try await Recomputation.answer(key, layer: layer, from: source, transport, world)
                    look.body(key)
                }
                isWhole.raise()
            } catch {
                print("recomputation failed: \(error)")
            }
        }
        guard isWhole.isRaised else { return nil }
    }

    /// What is called on the world's thread only.
    private struct Look: @unchecked Sendable {
        var body: (_ commitKey: String) -> Void
    }

    private static func answer(
        _ key: String, layer: String, from source: String, _ transport: StorageTransport, _ world: World
    ) async throws {
        let environment = [
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "obviously fake", "BRONZE_BUCKET": "bronze", "SILVER_BUCKET": "silver",
            "GOLD_BUCKET": "gold", "PII_KEY_SECRET_ID": "key",
        ]
        let store = try S3Client(environment: environment, transport: transport, time: world, random: world)
        let platform = Platform(
            transport: transport, store: { store.with(deadline: $0) }, secrets: PretendSecrets(), time: world,
            random: world)
        let configuration = Configuration(environment: environment)
        let logger = Logger(label: layer) { _ in SwiftLogNoOpLogHandler() }
        let event = Simulation.notification(source, key)
        if layer == "silver" {
            let function = try SilverFunction(
                sources: [Wistia.silver], configuration: configuration, platform: platform, logger: logger)
            do {
                _ = try await function.handle(event, deadline: nil)
            } catch let error as LakeError where error.kind == "SchemaChanged" {
                // It is answered all the same; whether it had to be refused is looked at elsewhere.
            }
        } else {
            _ = try await GoldFunction(
                sources: [Wistia.gold], configuration: configuration, platform: platform, logger: logger
            ).handle(event, deadline: nil)
        }
    }
}

/// Storage without a network in between.
struct StorageTransport: Transport {
    var storage: PretendStorage
    var world: World

    func send(_ request: Request) async throws -> Response {
        storage.answer(request, now: world.now())
    }
}
