/// The elements of an array, in order.
public struct JSONArray: Sequence {
    @usableFromInline let value: JSONValue

    @inlinable
    init(_ value: JSONValue) { self.value = value }

    /// How many elements there are; constant time below 16,777,215.
    @inlinable public var count: Int {
        let stored = Int(value.payload &>> 32)
        return stored < 0xFF_FFFF ? stored : reduce(0) { count, _ in count + 1 }
    }

    /// Starts at the first element.
    @inlinable public func makeIterator() -> Iterator {
        Iterator(
            JSONValue(tape: value.tape, strings: value.strings, index: value.index &+ 1), end: value.next &- 1
        )
    }

    /// Walks over the elements.
    public struct Iterator: IteratorProtocol {
        @usableFromInline var position: JSONValue
        @usableFromInline let end: Int

        @inlinable
        init(_ position: JSONValue, end: Int) {
            self.position = position
            self.end = end
        }

        /// The next element; nil after the last.
        @inlinable public mutating func next() -> JSONValue? {
            guard position.index < end else { return nil }
            let element = position
            position = JSONValue(tape: element.tape, strings: element.strings, index: element.next)
            return element
        }
    }
}

@available(*, unavailable)
extension JSONArray: Sendable {}
