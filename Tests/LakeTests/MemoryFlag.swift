import Synchronization

/// A flag that can be raised once.
final class MemoryFlag: Sendable {
    private let isRaised = Atomic(false)

    /// Raises the flag; false when it was raised before.
    func raise() -> Bool { !isRaised.exchange(true, ordering: .sequentiallyConsistent) }

    /// Whether it has been raised.
    var isUp: Bool { isRaised.load(ordering: .sequentiallyConsistent) }
}

/// Counts from 1.
final class Counter: Sendable {
    private let count = Atomic(0)

    /// The next number.
    func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
}
