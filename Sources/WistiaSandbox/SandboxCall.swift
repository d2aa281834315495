extension Sandbox {
    /// One request, as far as the sandbox looks at it.
    public struct Call: Sendable {
        /// The method, such as `GET`.
        public var method: String
        /// The path without the query, such as `/v1/stats/visitors.json`.
        public var path: String
        /// The query's parameters in order, decoded.
        public var query: [(name: String, value: String)]
        /// The Authorization header; nil when absent.
        public var authorization: String?
        /// The body.
        public var body: [UInt8]
        /// Whether the caller sits on this machine; others cannot use `/sandbox/`.
        public var isLocal: Bool

        /// Makes a call; a GET from this machine by default.
        public init(
            method: String = "GET", path: String, query: [(name: String, value: String)] = [],
            authorization: String? = nil, body: [UInt8] = [], isLocal: Bool = true
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.authorization = authorization
            self.body = body
            self.isLocal = isLocal
        }

        /// The first parameter of a name as a whole number; nil when it is absent or none.
        func number(_ name: String) -> Int? { query.first { $0.name == name }.flatMap { Int($0.value) } }
    }
}
