public import JSON
import Parquet

/// Everybody who ever played something and was not deleted, as last seen.
public enum FactVisitors {
    /// The table.
    public static let table = Table(
        name: "fact_visitors", layer: .silver, partitioning: .current, grain: "visitor", key: ["visitor_key"],
        columns: [
            Column("visitor_key", .string, "The visitor's browser, as an opaque text."),
            Column(
                "created_at", .timestampMicroseconds,
                "When the visitor was first recorded, often a little later than the first activity."),
            Column("last_active_at", .timestampMicroseconds, "When the visitor was last active."),
            Column("last_event_key", .string, "The visitor's last play session, as an opaque text."),
            Column(
                "load_count", .int64, unit: "loads",
                "How often the visitor loaded a player, ever, over all media."),
            Column(
                "play_count", .int64, unit: "plays", "How often the visitor played, ever, over all media."),
            Column(
                "identifying_event_key", .string, nullable: true,
                "The play session that told who the visitor is; null for nobody known."),
            Column(
                "name", .string, nullable: true,
                "The visitor's name, under the policy for personal fields; null when unknown or dropped."),
            Column(
                "email", .string, nullable: true,
                "The visitor's e-mail address, under the policy for personal fields; null when unknown or dropped."
            ),
            Column(
                "org_name", .string, nullable: true,
                "The visitor's company, under the policy for personal fields; null when unknown or dropped."),
            Column(
                "org_title", .string, nullable: true,
                "The visitor's job title, under the policy for personal fields; null when unknown or dropped."
            ),
            Column("browser", .string, nullable: true, "The browser's name; null when unknown."),
            Column("browser_version", .string, nullable: true, "The browser's version; null when unknown."),
            Column("platform", .string, nullable: true, "The operating system; null when unknown."),
            Column("mobile", .boolean, nullable: true, "Whether it is a mobile device; null when unknown."),
            Column(
                "ingested_at", .timestampMicroseconds,
                "When the last answer with the visitor had arrived; visitors not seen since the second newest full crawl began are removed."
            ),
        ])

    /// What is read, in the order of the shape.
    private enum Member: Int {
        case visitorKey, createdAt, lastActiveAt, lastEventKey, loadCount, playCount, identifyingEventKey,
            identity, userAgent
    }

    /// What is read, in the order of the shape.
    private enum IdentityMember: Int {
        case name, email, organization
    }

    /// What is read, in the order of the shape.
    private enum OrganizationMember: Int {
        case name, title
    }

    /// What is read, in the order of the shape.
    private enum UserAgentMember: Int {
        case browser, browserVersion, platform, mobile
    }

    /// Gathers visitors from the pages of one commit.
    public struct Builder: Sendable {
        private static let shape = ObjectShape(reads: [
            "visitor_key", "created_at", "last_active_at", "last_event_key", "load_count", "play_count",
            "identifying_event_key", "visitor_identity", "user_agent_details",
        ])
        private static let identityShape = ObjectShape(
            path: "visitor_identity.", reads: ["name", "email", "org"])
        private static let organizationShape = ObjectShape(
            path: "visitor_identity.org.", reads: ["name", "title"])
        private static let userAgentShape = ObjectShape(
            path: "user_agent_details.", reads: ["browser", "browser_version", "platform", "mobile"])

        private var intake = Intake()
        private var personalData: PersonalData
        private var rows = Rows()

        /// Starts with no rows.
        ///
        /// - Parameter personalData: What becomes of personal fields.
        public init(personalData: PersonalDataPolicy) {
            self.personalData = PersonalData(personalData)
        }

        /// Adds the answer to a request for visitors.
        ///
        /// - Parameters:
        ///   - body: A page of the list, or one visitor.
        ///   - exchange: Where it came from.
        public mutating func append(_ body: JSONValue, from exchange: Exchange) {
            intake.begin(exchange)
            intake.forEachRow(of: body) { (object, unknown) throws(FieldError) in
                let fields: Fields<Member, 9> = Self.shape.scan(object, unknownFields: &unknown)
                var identity = Fields<IdentityMember, 3>(shape: Self.identityShape)
                if let object = try fields.optionalObject(.identity) {
                    identity = Self.identityShape.scan(object, unknownFields: &unknown)
                }
                var organization = Fields<OrganizationMember, 2>(shape: Self.organizationShape)
                if let object = try identity.optionalObject(.organization) {
                    organization = Self.organizationShape.scan(object, unknownFields: &unknown)
                }
                var userAgent = Fields<UserAgentMember, 4>(shape: Self.userAgentShape)
                if let object = try fields.optionalObject(.userAgent) {
                    userAgent = Self.userAgentShape.scan(object, unknownFields: &unknown)
                }
                try rows.append(
                    fields, identity, organization, userAgent, ingestedAt: exchange.fetchedAt, &personalData)
            }
        }

        /// Adds what another builder gathered, so that the parts of a commit can be read side by side.
        ///
        /// The rows come out the same however the parts were shared out; refused rows come out in the order of the builders.
        ///
        /// - Parameter other: A builder under the same policy for personal fields.
        public mutating func append(contentsOf other: consuming Builder) {
            intake.append(contentsOf: other.intake)
            rows.append(contentsOf: other.rows)
        }

        /// The rows: per visitor the greatest by (last_active_at, fetched_at, run_id, page, index), sorted by visitor_key.
        ///
        /// Activity comes first here: of pages in flight at once, the one that arrives last may show the older state.
        public consuming func finish() -> SilverRows {
            var builder = self
            let rowNumbers = builder.intake.newestRows(
                keys: builder.rows.visitorKey,
                precedence: builder.rows.lastActiveAt)
            return builder.intake.result(
                ColumnBatch(builder.rows.takeColumns(), rows: rowNumbers.kept),
                duplicateCount: rowNumbers.dropped.count)
        }
    }

    /// Columns that rows are appended to.
    private struct Rows {
        var visitorKey = ByteColumn()
        var createdAt: [Int64] = []
        var lastActiveAt: [Int64] = []
        var lastEventKey = ByteColumn()
        var loadCount: [Int64] = []
        var playCount: [Int64] = []
        var identifyingEventKey = NullableBytes()
        var name = NullableBytes()
        var email = NullableBytes()
        var organizationName = NullableBytes()
        var organizationTitle = NullableBytes()
        var browser = NullableBytes()
        var browserVersion = NullableBytes()
        var platform = NullableBytes()
        var mobile = Nullable<Bool>(null: false)
        var ingestedAt: [Int64] = []

        mutating func append(
            _ fields: Fields<Member, 9>, _ identity: Fields<IdentityMember, 3>,
            _ organization: Fields<OrganizationMember, 2>, _ userAgent: Fields<UserAgentMember, 4>,
            ingestedAt: Int64, _ personalData: inout PersonalData
        ) throws(FieldError) {
            let visitorKey = try fields.string(.visitorKey)
            let createdAt = try fields.timestamp(.createdAt)
            let lastActiveAt = try fields.timestamp(.lastActiveAt)
            let lastEventKey = try fields.string(.lastEventKey)
            let loadCount = try fields.int64(.loadCount)
            let playCount = try fields.int64(.playCount)
            let identifyingEventKey = try fields.optionalString(.identifyingEventKey)
            let name = try identity.optionalString(.name)
            let email = try identity.optionalString(.email)
            let organizationName = try organization.optionalString(.name)
            let organizationTitle = try organization.optionalString(.title)
            let browser = try userAgent.optionalString(.browser)
            let browserVersion = try userAgent.optionalString(.browserVersion)
            let platform = try userAgent.optionalString(.platform)
            let mobile = try userAgent.optionalBool(.mobile)
            self.visitorKey.append(visitorKey)
            self.createdAt.append(createdAt)
            self.lastActiveAt.append(lastActiveAt)
            self.lastEventKey.append(lastEventKey)
            self.loadCount.append(loadCount)
            self.playCount.append(playCount)
            self.identifyingEventKey.append(identifyingEventKey)
            personalData.append(name, to: &self.name)
            personalData.append(email, isEmail: true, to: &self.email)
            personalData.append(organizationName, to: &self.organizationName)
            personalData.append(organizationTitle, to: &self.organizationTitle)
            self.browser.append(browser)
            self.browserVersion.append(browserVersion)
            self.platform.append(platform)
            self.mobile.append(mobile)
            self.ingestedAt.append(ingestedAt)
        }

        mutating func append(contentsOf other: Rows) {
            visitorKey.append(contentsOf: other.visitorKey)
            createdAt.append(contentsOf: other.createdAt)
            lastActiveAt.append(contentsOf: other.lastActiveAt)
            lastEventKey.append(contentsOf: other.lastEventKey)
            loadCount.append(contentsOf: other.loadCount)
            playCount.append(contentsOf: other.playCount)
            identifyingEventKey.append(contentsOf: other.identifyingEventKey)
            name.append(contentsOf: other.name)
            email.append(contentsOf: other.email)
            organizationName.append(contentsOf: other.organizationName)
            organizationTitle.append(contentsOf: other.organizationTitle)
            browser.append(contentsOf: other.browser)
            browserVersion.append(contentsOf: other.browserVersion)
            platform.append(contentsOf: other.platform)
            mobile.append(contentsOf: other.mobile)
            ingestedAt.append(contentsOf: other.ingestedAt)
        }

        /// Moves the columns out, so that each can be freed as soon as its rows are copied.
        mutating func takeColumns() -> [ColumnVector] {
            var taken = Rows()
            swap(&taken, &self)
            return [
                ColumnVector(.bytes(taken.visitorKey)), ColumnVector(.int64(taken.createdAt)),
                ColumnVector(.int64(taken.lastActiveAt)), ColumnVector(.bytes(taken.lastEventKey)),
                ColumnVector(.int64(taken.loadCount)), ColumnVector(.int64(taken.playCount)),
                taken.identifyingEventKey.vector, taken.name.vector, taken.email.vector,
                taken.organizationName.vector, taken.organizationTitle.vector, taken.browser.vector,
                taken.browserVersion.vector, taken.platform.vector,
                ColumnVector(.boolean(taken.mobile.values), validity: taken.mobile.validityIfAny),
                ColumnVector(.int64(taken.ingestedAt)),
            ]
        }
    }
}
