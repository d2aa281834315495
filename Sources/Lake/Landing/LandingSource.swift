/// A source whose records land in a bucket as files; it says where, and ``Lake`` does the rest.
///
/// A schedule's event means a search for files that no notification told of.
public protocol LandingSource: BronzeSource {
    /// Where its files land.
    var landings: [Landing] { get }
}

extension LandingSource {
    /// Such a source is searched by schedule.
    public static var isScheduled: Bool { true }

    /// Refuses a run without a file.
    ///
    /// - Throws: ``LakeError`` of kind `UnexpectedEvent`.
    public func read(_ run: BronzeRun) async throws -> Reading? {
        throw LakeError.unexpectedEvent(
            layer: "bronze", found: "a manual run of \(Self.name), whose files land in a bucket",
            expected: "a manual run with the key of a landed file, or a reconcile event")
    }
}
