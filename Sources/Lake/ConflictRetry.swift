import AWS
import HTTP

/// Thrown when something that was read has changed before the work on it was done.
struct InputChanged: Error {}

/// Does work again from the start while another writer is faster.
///
/// The work must read its targets' ETags before any input: otherwise a slow run with old inputs could overwrite the result
/// of a newer one.
///
/// - Parameters:
///   - resource: What is being replaced, for the error.
///   - time: The clock.
///   - random: The jitter between attempts.
///   - work: Reads, computes and writes.
/// - Returns: What the work returns.
/// - Throws: ``LakeError/contention(resource:attempts:)`` when no attempt won; whatever else the work throws.
func retryingOnConflict<Result>(
    _ resource: String, time: any TimeSource, random: any RandomSource, work: () async throws -> Result
) async throws -> Result {
    // Of N writers one wins each round, so ten rounds serve ten writers.
    let policy = RetryPolicy(attemptsMaximum: 10, delayBaseSeconds: 0.05, delayMaximumSeconds: 5)
    func isConflict(_ error: any Error) -> Bool {
        error is InputChanged || (error as? S3Error)?.isWriteConflict == true
    }
    do {
        return try await withRetries(
            policy: policy, time: time, random: random,
            decide: { isConflict($0) ? .retry : .stop },
            operation: { _ in try await work() })
    } catch  where isConflict(error) {
        throw LakeError.contention(resource: resource, attempts: policy.attemptsMaximum)
    }
}
