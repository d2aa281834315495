extension Sandbox {
    /// What to answer, and how.
    public struct Reply: Sendable, Equatable {
        /// The status code.
        public var status: Int
        /// Name-value pairs besides Content-Length.
        public var headers: [(name: String, value: String)]
        /// The body.
        public var body: [UInt8]
        /// Bytes of the body after which the connection breaks; nil sends all of it.
        public var cutAfterBytes: Int?

        /// Compares everything that a client can see.
        public static func == (left: Reply, right: Reply) -> Bool {
            left.status == right.status && left.body == right.body
                && left.cutAfterBytes == right.cutAfterBytes
                && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
        }

        /// The first value under a name, compared without case; nil when absent.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }
}
