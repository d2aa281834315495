/// Which source a landed file belongs to.
struct LandingRoutes: Sendable {
    /// A landing, and the source whose files land there.
    struct Route: Sendable {
        var source: String
        var landing: Landing
    }

    private let routes: [Route]

    /// Collects the landings of the sources that are on.
    ///
    /// - Parameters:
    ///   - sources: The sources by name.
    ///   - bronzeBucket: Bronze's own bucket.
    /// - Throws: ``LakeError`` of kind `Configuration` when a file could be of two sources, or a part could be taken for a file.
    init(of sources: [String: any BronzeSource], bronzeBucket: String) throws {
        var routes: [Route] = []
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            for landing in (source as? any LandingSource)?.landings ?? [] {
                guard landing.bucket != bronzeBucket else {
                    throw LakeError.configuration(
                        variable: Variable.bronzeBucket.name,
                        problem:
                            "\(bronzeBucket) is also where files of \(name) land, so that parts could be taken for files; give them a bucket of their own"
                    )
                }
                if let other = routes.first(where: {
                    $0.landing.bucket == landing.bucket && $0.landing.prefix == landing.prefix
                }) {
                    throw LakeError.configuration(
                        variable: Variable.sources.name,
                        problem:
                            "files of \(other.source) and of \(name) land under s3://\(landing.bucket)/\(landing.prefix); give each a prefix of its own"
                    )
                }
                routes.append(Route(source: name, landing: landing))
            }
        }
        self.routes = routes
    }

    /// The landings of a source.
    func landings(of source: String) -> [Landing] {
        routes.filter { $0.source == source }.map(\.landing)
    }

    /// Where a file belongs: of several prefixes that fit the longest one; nil when none does.
    func route(bucket: String, key: String) -> Route? {
        routes.filter { $0.landing.bucket == bucket && key.hasPrefix($0.landing.prefix) }
            .max { $0.landing.prefix.utf8.count < $1.landing.prefix.utf8.count }
    }

    /// The prefixes in words, for errors; nil when nothing lands.
    var description: String? {
        routes.isEmpty
            ? nil : routes.map { "s3://\($0.landing.bucket)/\($0.landing.prefix)" }.joined(separator: ", ")
    }
}
