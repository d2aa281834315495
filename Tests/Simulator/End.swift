/// How an invocation ended: the first word counts.
final class End: @unchecked Sendable {
    private(set) var isReached = false
    private var failure: String?
    private var continuation: CheckedContinuation<String?, Never>?

    func reach(_ failure: String?) {
        guard !isReached else { return }
        isReached = true
        self.failure = failure
        continuation?.resume(returning: failure)
    }

    var value: String? {
        get async {
            if isReached { return failure }
            return await withCheckedContinuation { continuation = $0 }
        }
    }
}
