/// How often each field that no shape knows occurred.
package struct UnknownFields: Sendable {
    /// Free-form objects could otherwise fill the memory with names.
    static let maximumNames = 1_000
    static let maximumNameBytes = 200
    /// Counts what does not fit.
    static let others = "(others)"

    package private(set) var counts: [String: Int] = [:]

    package init(_ counts: [String: Int] = [:]) {
        self.counts = counts
    }

    package mutating func count(path: String, name: UnsafeBufferPointer<UInt8>) {
        add(1, to: path + String(decoding: name.prefix(Self.maximumNameBytes), as: UTF8.self))
    }

    mutating func append(contentsOf other: UnknownFields) {
        for (name, count) in other.counts.sorted(by: { $0.key < $1.key }) { add(count, to: name) }
    }

    private mutating func add(_ count: Int, to name: String) {
        let isRoom = counts[name] != nil || counts.count < Self.maximumNames
        counts[isRoom ? name : Self.others, default: 0] += count
    }
}
