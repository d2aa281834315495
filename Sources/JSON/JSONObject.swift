/// The members of an object in the document's order, names that occur twice included.
public struct JSONObject: Sequence {
    @usableFromInline let value: JSONValue

    @inlinable
    init(_ value: JSONValue) { self.value = value }

    /// How many members there are; constant time below 16,777,215.
    @inlinable public var count: Int {
        let stored = Int(value.payload &>> 32)
        return stored < 0xFF_FFFF ? stored : reduce(0) { count, _ in count + 1 }
    }

    /// Starts at the first member.
    @inlinable public func makeIterator() -> Iterator {
        Iterator(
            JSONValue(tape: value.tape, strings: value.strings, index: value.index &+ 1), end: value.next &- 1
        )
    }

    /// Walks over the members.
    public struct Iterator: IteratorProtocol {
        @usableFromInline var position: JSONValue
        @usableFromInline let end: Int

        @inlinable
        init(_ position: JSONValue, end: Int) {
            self.position = position
            self.end = end
        }

        /// The next member: its name's UTF-8 with escapes resolved, and its value; nil after the last.
        @inlinable
        public mutating func next() -> (name: UnsafeBufferPointer<UInt8>, value: JSONValue)? {
            guard position.index < end else { return nil }
            let name = position.bytes(ofStringAt: position.index)
            let value = JSONValue(tape: position.tape, strings: position.strings, index: position.index &+ 1)
            position = JSONValue(tape: position.tape, strings: position.strings, index: value.next)
            return (name, value)
        }
    }
}

@available(*, unavailable)
extension JSONObject: Sendable {}
