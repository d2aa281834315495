public import AWS
public import HTTP

/// The outside world, as the functions need it.
public struct Platform: Sendable {
    /// The way to the network.
    public var transport: any Transport
    /// S3, for an invocation that ends at some moment.
    public var store: @Sendable (_ deadline: Timestamp?) -> any ObjectStore
    /// Secrets Manager.
    public var secrets: any SecretStore
    /// The clock.
    public var time: any TimeSource
    /// Randomness.
    public var random: any RandomSource

    package init(
        transport: any Transport, store: @escaping @Sendable (_ deadline: Timestamp?) -> any ObjectStore,
        secrets: any SecretStore, time: any TimeSource, random: any RandomSource
    ) {
        self.transport = transport
        self.store = store
        self.secrets = secrets
        self.time = time
        self.random = random
    }
}
