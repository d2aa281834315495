import AWS
import HTTP
import Parquet
import Synchronization
import Tables
import TestSupport
import Testing
import WistiaSandbox

@testable import Lake
@testable import Wistia

/// What a user sees of each way in which the API, S3 or Secrets Manager can fail bronze, and what is left of it afterwards.
///
/// One after the other, since each case runs whole days: all at once they would starve the tests that wait for a server.
@Suite(.serialized)
struct BronzeBadInputTests {
    /// A way to fail, and what comes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the platform records; nil when the run ends right all the same.
        var report: Cloud.Report?
        /// Which requests it strikes.
        private var urlPart: String
        private var method: String?
        /// How many of them, the first ones.
        private var times: Int
        private var answer: @Sendable (Request) throws -> Response

        /// An answer instead of the service's.
        init(
            _ name: String, _ urlPart: String, times: Int = .max, method: String? = nil,
            _ response: Response, _ type: String? = nil, _ message: String = ""
        ) {
            testDescription = name
            report = type.map { Cloud.Report("Function.\($0)", message) }
            self.urlPart = urlPart
            self.method = method
            self.times = times
            answer = { _ in response }
        }

        /// A fault of the network.
        init(
            _ name: String, _ urlPart: String, times: Int = .max, _ kind: TransportError.Kind,
            _ detail: String, _ type: String? = nil, _ message: String = ""
        ) {
            self.init(name, urlPart, times: times, Response(status: 200), type, message)
            answer = { throw TransportError(kind: kind, request: $0, detail: detail) }
        }

        /// Lets a cloud fail in this way.
        func strike(_ cloud: Cloud) {
            let count = Counter()
            cloud.setTamper { request in
                guard request.url.contains(urlPart), request.method == method ?? request.method,
                    count.next() <= times
                else { return nil }
                return try answer(request)
            }
        }
    }

    private static func json(_ status: Int, _ text: String, headers: Headers = [:]) -> Response {
        Response(status: status, headers: headers, body: Array(text.utf8))
    }

    private func make() throws -> Cloud { Cloud(try MemoryLake(visitors: 250)) }

    /// Asserts that the day's tables hold the account, the whole account and each visitor once.
    private func expectWhole(_ cloud: Cloud, visitors: Int = 250, media: Int = 2) throws {
        let lake = cloud.lake
        let keys = try lake.rows(FactVisitors.table).strings(FactVisitors.table.index(of: "visitor_key"))
        #expect(keys.count == visitors)
        #expect(Set(keys).count == visitors)
        let date = "2026-01-08"
        #expect(try lake.rows(FactMedia.table, date: date).rowCount == media)
        #expect(try lake.rows(FactMediaPerformance.table, date: date).rowCount == media)
        #expect(lake.commits("bronze").count == 1)
        let commit = try lake.silverCommit(try #require(lake.commits("silver").first))
        for ledger in commit.ledger.values {
            #expect(ledger.read == ledger.accepted + ledger.duplicate)
            #expect(ledger.quarantined == 0)
        }
    }

    // MARK: The API

    private static let page3 = "/stats/visitors.json?page=3&"
    private static let place = #"the secret token as {"api_token": "…"}"#

    static let apiFailures: [Case] = [
        Case(
            "a page that is an object", page3, json(200, #"{"error":"try later"}"#), "UnexpectedAnswer",
            "read visitors page 3 failed: the answer is a JSON object, not an array; the same event goes on from there, "
                + "and if it stays so, the API has changed"),
        Case(
            "a token that is not known", page3,
            json(401, #"{"code":"unauthorized_credentials","error":"Invalid credentials."}"#),
            "WistiaUnauthorized",
            "GET /stats/visitors page 3 failed with HTTP 401: the API says "
                + #""unauthorized_credentials: Invalid credentials."; store a valid token in \#(place)"#),
        Case(
            "a token without its scope", page3,
            json(401, #"{"code":"unauthorized_scope","error":"Insufficient permissions."}"#),
            "WistiaForbidden",
            "GET /stats/visitors page 3 failed with HTTP 401: the API says "
                + #""unauthorized_scope: Insufficient permissions."; the token lacks the permission "Read detailed stats", "#
                + "make one that has it (only the account's owner can) and store it in \(place)"),
        Case(
            "a token that may not read media", "/medias.json?",
            json(403, "", headers: ["x-request-id": "W-1"]),
            "WistiaForbidden",
            "GET /medias page 1 failed with HTTP 403: the API gives no reason; "
                + #"the token lacks the permission "Read all folder and media data", "#
                + "make one that has it (only the account's owner can) and store it in \(place) (x-request-id W-1)"
        ),
        Case(
            "429 again and again, Retry-After in seconds", page3,
            json(429, "Rate limit exceeded", headers: ["Retry-After": "7"]), "WistiaThrottled",
            "GET /stats/visitors page 3 failed with HTTP 429 after 8 attempts: "
                + #"the API says "Rate limit exceeded"; lower the request rate or try again later"#),
        Case(
            "503 again and again, Retry-After as a date", page3,
            json(
                503, #"{"error":"Analytics service is temporarily unavailable"}"#,
                headers: [
                    "Retry-After": "Thu, 08 Jan 2026 02:00:09 GMT", "Date": "Thu, 08 Jan 2026 02:00:00 GMT",
                ]), "WistiaThrottled",
            "GET /stats/visitors page 3 failed with HTTP 503 after 8 attempts: the API says "
                + #""Analytics service is temporarily unavailable"; lower the request rate or try again later"#
        ),
        Case(
            "503 again and again, nothing said", page3, json(503, ""), "WistiaThrottled",
            "GET /stats/visitors page 3 failed with HTTP 503 after 8 attempts: the API gives no reason; "
                + "lower the request rate or try again later"),
        Case(
            "500 again and again", page3, json(500, #"{"error":"Internal server error"}"#),
            "WistiaServerFailed",
            "GET /stats/visitors page 3 failed with HTTP 500 after 4 attempts: "
                + #"the API says "Internal server error"; try again later"#),
        Case(
            "an API that stalls", page3, .timedOut, "no byte came for 90 s", "WistiaUnreachable",
            "GET /stats/visitors page 3 failed after 4 attempts: timed out: no byte came for 90 s; "
                + "the API stalls, try again later"),
        Case(
            "no connection", page3, .connectionFailed, "refused", "WistiaUnreachable",
            "GET /stats/visitors page 3 failed after 4 attempts: connection failed: refused; "
                + "check that the API can be reached from where the function runs, else try again later"),
        Case(
            "a name that does not resolve", page3, .unknownHost, "api.example.com", "WistiaUnreachable",
            "GET /stats/visitors page 3 failed after 4 attempts: unknown host: api.example.com; "
                + "check the base URL and that names resolve where the function runs"),
        Case(
            "a certificate that nobody trusts", page3, .untrustedServer, "self-signed",
            "WistiaUntrustedServer",
            "GET /stats/visitors page 3 failed: GET http://127.0.0.1/v1/stats/visitors.json "
                + "untrusted server: self-signed; check the base URL and the bundle of trusted authorities"),
        Case(
            "JSON that is cut in the middle", page3, json(200, #"[{"visitor_key":"17"#),
            "WistiaInvalidAnswer",
            "GET /stats/visitors page 3 failed with HTTP 200 after 4 attempts: parse JSON of 19 bytes failed: "
                + "a string is not closed, badly escaped or holds a control character; "
                + "check that the base URL is the API's, else try again later"),
        Case(
            "a web page with status 200", page3, json(200, "<html>Sign in</html>"), "WistiaInvalidAnswer",
            "GET /stats/visitors page 3 failed with HTTP 200 after 4 attempts: parse JSON of 20 bytes failed: "
                + "it is not well-formed JSON (RFC 8259), or cut off; "
                + "check that the base URL is the API's, else try again later"),
        Case(
            "an empty body", page3, json(200, ""), "WistiaInvalidAnswer",
            "GET /stats/visitors page 3 failed with HTTP 200 after 4 attempts: parse JSON of 0 bytes failed: "
                + "there is no value; check that the base URL is the API's, else try again later"),
        Case(
            "a list that is not there", page3, json(404, ""), "WistiaRejected",
            "GET /stats/visitors page 3 failed with HTTP 404: the API gives no reason; "
                + "check that the base URL is the API's"),
        Case(
            "a redirect", page3, json(301, "", headers: ["Location": "https://example.com/"]),
            "WistiaRejected",
            "GET /stats/visitors page 3 failed with HTTP 301: the API gives no reason; "
                + "check the base URL and the request"),
    ]

    @Test(arguments: apiFailures)
    func `an API that fails is told of in one line, and no answer is asked for twice`(row: Case) async throws
    {
        let cloud = try make()
        row.strike(cloud)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(report == row.report)
        #expect(cloud.lake.commits("bronze") == [])
        cloud.setTamper(nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
        // Three pages, the empty one, one that looked for the end, and the re-scan; a media list, read twice, and its empty page; two
        // media.
        #expect(cloud.lake.sandbox.requestCounts["/stats/visitors"] == 6)
        #expect(cloud.lake.sandbox.requestCounts["/medias"] == 3)
        #expect(cloud.lake.sandbox.requestCounts["/stats/medias/{id}"] == 2)
    }

    static let passingFailures: [Case] = [
        Case("429, Retry-After in seconds", page3, times: 3, json(429, "", headers: ["Retry-After": "7"])),
        Case(
            "429, Retry-After as a date", page3, times: 3,
            json(429, "", headers: ["Retry-After": "Thu, 08 Jan 2026 02:00:09 GMT"])),
        Case("429, nothing said", page3, times: 3, json(429, "Rate limit exceeded")),
        Case("503, Retry-After in seconds", page3, times: 3, json(503, "", headers: ["Retry-After": "7"])),
        Case(
            "503, an unreadable Retry-After", page3, times: 3, json(503, "", headers: ["Retry-After": "soon"])
        ),
        Case("503, nothing said", page3, times: 3, json(503, "{}")),
        Case("an answer that stalls", page3, times: 3, .timedOut, "no byte came for 90 s"),
        Case("JSON that is cut in the middle", page3, times: 3, json(200, #"[{"visitor_key":"17"#)),
        Case("a web page", page3, times: 3, json(200, "<html>")),
        Case("an empty body", page3, times: 3, json(200, "")),
        Case(
            "S3 asks to slow down", "amazonaws.com/raw", times: 3,
            Cloud.s3Error(503, "SlowDown", "Slow down.")),
        Case("S3 stalls", "amazonaws.com/raw", times: 3, .timedOut, "no byte came"),
        Case("S3 has a fault", "amazonaws.com/commits", times: 3, json(500, "<html>")),
        Case(
            "Secrets Manager throttles", "secretsmanager", times: 3,
            Cloud.secretsError("ThrottlingException", "Rate exceeded")),
    ]

    @Test(arguments: passingFailures)
    func `a failure that passes leaves no trace`(row: Case) async throws {
        let cloud = try make()
        row.strike(cloud)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    @Test(
        arguments: [
            (429, ["Retry-After": "7"], [7, 7, 7]),
            (503, ["Retry-After": "61"], [61, 61, 61]),
            (
                429,
                ["Retry-After": "Thu, 08 Jan 2026 02:00:09 GMT", "Date": "Thu, 08 Jan 2026 02:00:00 GMT"],
                [9, 9, 9]
            ),
            // By the server's clock the moment has passed, by ours it lies a day ahead.
            (
                503,
                ["Retry-After": "Fri, 09 Jan 2026 02:00:09 GMT", "Date": "Fri, 09 Jan 2026 02:00:10 GMT"], []
            ),
            (429, ["Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"], []),
            (429, ["Retry-After": "0"], []), (503, ["Retry-After": "soon"], []), (429, [:], []),
        ] as [(Int, Headers, [Double])])
    func `a throttled request waits as long as it was told, and else briefly`(
        status: Int, headers: Headers, waits: [Double]
    ) async throws {
        let cloud = try make()
        Case("", "/medias.json?", times: 3, Self.json(status, "", headers: headers)).strike(cloud)
        #expect(try await cloud.runDay(1) == nil)
        // Left to ourselves the three delays are below 1, 2 and 4 seconds.
        #expect(cloud.lake.time.sleeps.filter { $0 >= 4 } == waits)
        try expectWhole(cloud)
    }

    @Test(arguments: [
        "3600", "99999999999999999999", "Thu, 08 Jan 2026 03:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    ])
    func `a request that may come back after the deadline only is given up at once`(retryAfter: String)
        async throws
    {
        let cloud = try make()
        Case("", Self.page3, Self.json(429, "Rate limit exceeded", headers: ["Retry-After": retryAfter]))
            .strike(cloud)
        let deadline = cloud.lake.time.now().adding(seconds: 900)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1), deadline: deadline)
        #expect(
            report
                == .init(
                    "Function.WistiaThrottled",
                    "GET /stats/visitors page 3 failed with HTTP 429: "
                        + #"the API says "Rate limit exceeded"; lower the request rate or try again later"#))
        // But for the requests' turns.
        #expect(cloud.lake.time.sleeps.allSatisfy { $0 < 0.01 })
        cloud.setTamper(nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
        #expect(cloud.lake.sandbox.requestCounts["/stats/visitors"] == 6)
    }

    @Test(
        arguments: [("visitors", "/stats/visitors.json?"), ("media", "/medias.json?")],
        [(visitors: 250, media: 152), (visitors: 40, media: 2)])
    func `an API that answers every page alike is noticed`(
        list: (stream: String, url: String), account: (visitors: Int, media: Int)
    ) async throws {
        let (stream, url) = list
        let cloud = Cloud(
            try MemoryLake(visitors: account.visitors) { $0.syntheticMedia = account.media - 2 })
        cloud.setTamper { [lake = cloud.lake] request in
            guard request.url.contains(url) else { return nil }
            var request = request
            request.url = request.url.replacing(/\?page=\d+&/, with: "?page=1&")
            return try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
        }
        // The platform tries twice more; what an earlier attempt kept must not pass for the page behind it.
        for _ in 1...3 {
            let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
            #expect(report?.type == "Function.EndlessList")
            // Which page is noticed first depends on which answer comes first.
            let words = report?.message.split(separator: " page ", maxSplits: 1).map(String.init) ?? []
            #expect(words.first == "read \(stream)")
            #expect(
                words.last.map { String($0.drop(while: \.isNumber)) }
                    == " failed: the answer holds what the page before holds, so that the list would never end; "
                    + "check that the base URL is the API's, and if it is, the API has changed")
        }
        cloud.setTamper(nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud, visitors: account.visitors, media: account.media)
    }

    // MARK: The account

    @Test func `an account without visitors and media has empty tables`() async throws {
        let cloud = Cloud(try MemoryLake(visitors: 0))
        cloud.setTamper { $0.url.contains("/medias.json?") ? Self.json(200, "[]") : nil }
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud, visitors: 0, media: 0)
        #expect(try cloud.lake.bronzeCommit(cloud.lake.commits("bronze")[0]).crawl.watermark == nil)
        cloud.setTamper(nil)
        // The account is put to use.
        cloud.lake.sandbox.turn(toDay: 2)
        cloud.lake.time.advance(seconds: 86_400)
        #expect(try await cloud.runDay(2) == nil)
        #expect(try cloud.lake.rows(FactVisitors.table).rowCount == 24)
        #expect(try cloud.lake.rows(FactMediaPerformance.table, date: "2026-01-09").rowCount == 2)
    }

    @Test func `a media that is deleted between the list and its figures is recorded and has no figures`()
        async throws
    {
        let cloud = try make()
        cloud.setTamper { $0.url.contains("/stats/medias/gskhw4w4lm") ? Response(status: 404) : nil }
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud, media: 1)
        let commit = try cloud.lake.bronzeCommit(cloud.lake.commits("bronze")[0])
        #expect(
            commit.failed == [
                .init(subject: "gskhw4w4lm", stream: .mediaStats, status: 404),
                .init(subject: "gskhw4w4lm", stream: .mediaEngagement, status: 404),
            ])
        // The list did have it.
        #expect(try cloud.lake.rows(DimMedia.table, date: "2026-01-08").rowCount == 2)
    }

    @Test func `fields that nobody knows are counted and kept`() async throws {
        let cloud = try make()
        cloud.setTamper { [lake = cloud.lake] request in
            guard !request.url.contains("amazonaws.com") else { return nil }
            var response = try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
            let text = String(decoding: response.body, as: UTF8.self)
                .replacing(#"{"visitor_key":"#, with: #"{"mood":"good","visitor_key":"#)
                .replacing(#""platform":"#, with: #""engine":null,"platform":"#)
                .replacing(#"{"load_count":"#, with: #"{"likes":{"a":[1]},"load_count":"#)
            response.body = Array(text.utf8)
            return response
        }
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
        let key = cloud.lake.commits("bronze")[0]
        #expect(
            try cloud.lake.silverCommit(key).unknownFields == [
                // 250 visitors and the first hundred again.
                "fact_visitors": ["mood": 350, "user_agent_details.engine": 350], "fact_media": ["likes": 2],
            ])
        let part = try #require(
            try cloud.lake.bronzeCommit(key).parts.first { $0.stream == .mediaStats })
        let content = try Gzip.decompress(try #require(cloud.lake.store.objects(bucket: "bronze")[part.key]))
        #expect(String(decoding: content, as: UTF8.self).contains(#"{"likes":{"a":[1]},"load_count":"#))
    }

    @Test func `a token that is replaced in the middle of a run ends nothing`() async throws {
        let cloud = try make()
        let isReplaced = MemoryFlag()
        cloud.setTamper { request in
            if request.url.contains(Self.page3), isReplaced.raise() {
                cloud.setSecret("token", #"{"api_token":"sandbox-token"}"#)
            }
            guard !request.url.contains("amazonaws.com") else { return nil }
            // Until page 3 the old token is the right one, from then on the new one.
            var request = request
            let isOld = request.headers["Authorization"] == "Bearer old-fake-token"
            if isOld, !request.url.contains(Self.page3) {
                request.headers["Authorization"] = "Bearer sandbox-token"
            }
            return try await SandboxTransport(sandbox: cloud.lake.sandbox, time: cloud.lake.time).send(
                request)
        }
        cloud.setSecret("token", #"{"api_token":"old-fake-token"}"#)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    // MARK: S3

    private static let part =
        "raw/wistia/visitors/extraction_date=2026-01-08/20260108T020000Z-5eed0000-0001.jsonl.gz"
    private static let visitorsPart = "s3://bronze/\(part)"
    private static let denied = Cloud.s3Error(403, "AccessDenied", "Access Denied")
    private static let visitorsURL = "/raw/wistia/visitors/"

    private static func put(_ text: String) -> String {
        "PutObject \(visitorsPart) failed: \(text), request REQUEST1"
    }

    static let storeFailures: [Case] = [
        Case(
            "no right to write", visitorsURL, denied, "StorageAccessDenied",
            put(
                "AccessDenied (HTTP 403): Access Denied; the role needs s3:PutObject on arn:aws:s3:::bronze/\(part)"
            )),
        Case(
            "no right to write the commit", "amazonaws.com/commits/wistia/2026", method: "PUT", denied,
            "StorageAccessDenied",
            "PutObject s3://bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json failed: "
                + "AccessDenied (HTTP 403): Access Denied; the role needs s3:PutObject on "
                + "arn:aws:s3:::bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json, request REQUEST1"
        ),
        Case(
            "no right to write the state", "amazonaws.com/state", method: "PUT", denied,
            "StorageAccessDenied",
            "PutObject s3://bronze/state/wistia.json failed: AccessDenied (HTTP 403): Access Denied; "
                + "the role needs s3:PutObject on arn:aws:s3:::bronze/state/wistia.json, request REQUEST1"),
        Case(
            "no right to be told that an object is absent", "amazonaws.com/commits/wistia/2026",
            method: "GET", denied,
            "StorageAccessDenied",
            "GetObject s3://bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json failed: "
                + "AccessDenied (HTTP 403): Access Denied; the role needs s3:GetObject on "
                + "arn:aws:s3:::bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json, and s3:ListBucket on "
                + "arn:aws:s3:::bronze to be told that an object is absent, request REQUEST1"),
        Case(
            "no right to list", "list-type=2", denied, "StorageAccessDenied",
            "ListObjectsV2 s3://bronze/commits/wistia/ failed: AccessDenied (HTTP 403): Access Denied; "
                + "the role needs s3:ListBucket on arn:aws:s3:::bronze, request REQUEST1"),
        Case(
            "a bucket elsewhere, told by a header", "amazonaws.com/", method: "GET",
            Response(
                status: 301, headers: ["x-amz-bucket-region": "us-west-2", "x-amz-request-id": "REQUEST1"]),
            "StoragePermanentRedirect",
            "GetObject s3://bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json failed: "
                + "PermanentRedirect (HTTP 301): the answer does not say why; the bucket is in us-west-2 and AWS_REGION is "
                + "us-east-1; deploy the function to the bucket's region, or give it a bucket in us-east-1, request REQUEST1"
        ),
        Case(
            "a bucket elsewhere, told by an element", visitorsURL,
            Cloud.s3Error(
                400, "AuthorizationHeaderMalformed", "The region is wrong.",
                more: "<Region>eu-west-1</Region>"),
            "StorageAuthorizationHeaderMalformed",
            put(
                "AuthorizationHeaderMalformed (HTTP 400): The region is wrong.; the bucket is in eu-west-1 and AWS_REGION "
                    + "is us-east-1; deploy the function to the bucket's region, or give it a bucket in us-east-1"
            )),
        Case(
            "a bucket elsewhere, not told where", visitorsURL,
            Cloud.s3Error(301, "PermanentRedirect", "Use the endpoint."), "StoragePermanentRedirect",
            put(
                "PermanentRedirect (HTTP 301): Use the endpoint.; check that AWS_REGION, now us-east-1, is the bucket's region"
            )),
        Case(
            "no bucket", "bronze.s3",
            Cloud.s3Error(404, "NoSuchBucket", "The specified bucket does not exist"),
            "StorageNoSuchBucket",
            "GetObject s3://bronze/commits/wistia/2026-01-08/20260108T020000Z-5eed0000.json failed: "
                + "NoSuchBucket (HTTP 404): The specified bucket does not exist; check BRONZE_BUCKET and that the bucket was "
                + "created in this account, request REQUEST1"),
        Case(
            "a clock that S3 never accepts", visitorsURL,
            Cloud.s3Error(
                403, "RequestTimeTooSkewed", "The difference is too large.",
                headers: ["Date": "Thu, 08 Jan 2026 03:00:00 GMT"]), "StorageRequestTimeTooSkewed",
            put(
                "RequestTimeTooSkewed (HTTP 403): The difference is too large.; "
                    + "this machine's clock is 3600 s behind the server's; set it"
            ).replacing(" failed:", with: " failed after 2 attempts:")),
        Case(
            "a clock that S3 does not accept, without its own", visitorsURL,
            Cloud.s3Error(403, "RequestTimeTooSkewed", "The difference is too large."),
            "StorageRequestTimeTooSkewed",
            put("RequestTimeTooSkewed (HTTP 403): The difference is too large.; set this machine's clock")),
        Case(
            "S3 asks to slow down and goes on", visitorsURL,
            Cloud.s3Error(503, "SlowDown", "Please reduce your request rate."), "StorageSlowDown",
            put("SlowDown (HTTP 503): Please reduce your request rate.; try again later")
                .replacing(" failed:", with: " failed after 5 attempts:")),
        Case(
            "S3 stalls", visitorsURL, .timedOut, "no byte came for 60 s", "StorageTransport",
            "PutObject \(visitorsPart) failed after 5 attempts: Transport: PUT "
                + "https://bronze.s3.us-east-1.amazonaws.com/\(part.replacing("=", with: "%3D")) timed out: "
                + "no byte came for 60 s; check that S3 can be reached from where the function runs, else try again later"
        ),
        Case(
            "a key that was disabled", visitorsURL,
            Cloud.s3Error(
                400, "KMS.DisabledException", "arn:aws:kms:us-east-1:111122223333:key/k is disabled."),
            "StorageKMSDisabledException",
            put(
                "KMS.DisabledException (HTTP 400): arn:aws:kms:us-east-1:111122223333:key/k is disabled.; "
                    + "look at the KMS key of the bucket's encryption")),
        Case(
            "a full disk behind MinIO", visitorsURL,
            Cloud.s3Error(
                507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold."),
            "StorageXMinioStorageFull",
            put(
                "XMinioStorageFull (HTTP 507): Storage backend has reached its minimum free drive threshold.; "
                    + "the store has no space left; make room and try again")),
        Case(
            "a full disk behind another store", visitorsURL,
            Cloud.s3Error(500, "InsufficientStorage", "No space left on device"),
            "StorageInsufficientStorage",
            put(
                "InsufficientStorage (HTTP 500): No space left on device; "
                    + "the store has no space left; make room and try again"
            ).replacing(" failed:", with: " failed after 5 attempts:")),
        Case(
            "credentials that have ended", visitorsURL,
            Cloud.s3Error(400, "ExpiredToken", "The provided token has expired."), "StorageExpiredToken",
            put(
                "ExpiredToken (HTTP 400): The provided token has expired.; the session has ended; get new credentials"
            )),
    ]

    @Test(arguments: storeFailures)
    func `a bucket that fails is told of in one line, and the same event ends right`(row: Case) async throws {
        let cloud = try make()
        row.strike(cloud)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(report == row.report)
        cloud.setTamper(nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    @Test(arguments: [-86_400.0, -3_600, 3_600])
    func `a clock that is wrong is set right by AWS's own`(seconds: Double) async throws {
        let cloud = try make()
        cloud.setClockDifference(seconds: seconds)
        #expect(try await cloud.bronze(MemoryLake.schedule(day: 1)) == nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    // MARK: The secret

    static let secretFailures: [Case] = [
        Case(
            "no such secret", "secretsmanager",
            Cloud.secretsError(
                "ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            "SecretsManager",
            "GetSecretValue token failed: ResourceNotFoundException (HTTP 400): Secrets Manager can't find the specified "
                + "secret.; create the secret in region us-east-1, or correct its name (WISTIA_SECRET_ID names it), request REQUEST2"
        ),
        Case(
            "no right to read it", "secretsmanager",
            Cloud.secretsError("AccessDeniedException", "not authorized"), "SecretsManager",
            "GetSecretValue token failed: AccessDeniedException (HTTP 400): not authorized; the role needs "
                + "secretsmanager:GetSecretValue on the secret's ARN (WISTIA_SECRET_ID names it), request REQUEST2"
        ),
        Case(
            "no right to decrypt it", "secretsmanager",
            Cloud.secretsError("DecryptionFailure", "Access to KMS is not allowed"), "SecretsManager",
            "GetSecretValue token failed: DecryptionFailure (HTTP 400): Access to KMS is not allowed; the role needs "
                + "kms:Decrypt on the secret's key, which must be enabled (WISTIA_SECRET_ID names it), request REQUEST2"
        ),
        Case(
            "Secrets Manager stalls", "secretsmanager", .timedOut, "no byte came", "SecretsManager",
            "GetSecretValue token failed after 5 attempts: Transport: POST https://secretsmanager.us-east-1.amazonaws.com/ "
                + "timed out: no byte came; check that Secrets Manager can be reached from where the function runs, "
                + "else try again later (WISTIA_SECRET_ID names it)"),
    ]

    @Test(arguments: secretFailures)
    func `a secret that cannot be read is told of in one line`(row: Case) async throws {
        let cloud = try make()
        row.strike(cloud)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(report == row.report)
        cloud.setTamper(nil)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    @Test(
        arguments: [
            (#"{"api_token":""}"#, "has an empty api_token"),
            (#"{"token":"obviously-fake"}"#, "has no api_token"),
            (#"{"api_token":["obviously-fake"]}"#, "has a value under api_token that is no text"),
            (#"{"api_token":"obviously-fake"#, "is not JSON, or cut off"), ("", "is empty"),
            (" \n", "is empty"),
            ("an obviously-fake sentence", "holds something other than a token"),
            (#"{"api_token":"obviously\nfake"}"#, "holds something other than a token"),
            (#"["obviously-fake"]"#, "holds something other than a token"),
            (#""obviously-fake""#, "holds something other than a token"),
        ])
    func `a secret without a token says what to put there and shows nothing`(text: String, problem: String)
        async throws
    {
        let cloud = try make()
        cloud.setSecret("token", text)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(
            report
                == .init(
                    "Function.Configuration",
                    #"read configuration WISTIA_SECRET_ID failed: the secret token \#(problem); "#
                        + #"put {"api_token": "…"} into it (aws secretsmanager put-secret-value); "#
                        + "see Configuration in infra/README.md"))
        cloud.setSecret("token", #"{"api_token":"sandbox-token","owner":1}"#)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    @Test(
        arguments: [
            (
                #"{"pii_key":""}"#,
                "has an empty pii_key; put {\"pii_key\": \"…\"} into it (aws secretsmanager put-secret-value)"
            ),
            (
                "{",
                "is not JSON, or cut off; put {\"pii_key\": \"…\"} into it (aws secretsmanager put-secret-value)"
            ),
            (
                "too short",
                "has a pii_key of 9 bytes, and 32 or more are needed; put a longer one into it, or set PII_MODE to drop"
            ),
        ])
    func `a secret without a key for hashes says so and shows nothing`(text: String, problem: String)
        async throws
    {
        let cloud = try make()
        cloud.setSecret("key", text)
        let report = try await cloud.runDay(1)
        #expect(
            report
                == .init(
                    "Function.Configuration",
                    "read configuration PII_KEY_SECRET_ID failed: the secret key \(problem); "
                        + "see Configuration in infra/README.md"))
        #expect(cloud.lake.store.objects(bucket: "silver").isEmpty)
        cloud.setSecret("key", #"{"pii_key":"an obviously fake key of 32 bytes or more"}"#)
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
    }

    // MARK: The start

    @Test(
        arguments: [
            (
                "BRONZE_BUCKET", "", "Configuration",
                "read configuration BRONZE_BUCKET failed: it is not set; see Configuration in infra/README.md"
            ),
            (
                "WISTIA_SECRET_ID", "", "Configuration",
                "read configuration WISTIA_SECRET_ID failed: it is not set; see Configuration in infra/README.md"
            ),
            (
                "WISTIA_BASE_URL", "http://api.example.com", "Configuration",
                "read configuration WISTIA_BASE_URL failed: the token must not travel in clear; "
                    + "give an https:// URL, or http:// to this machine, without user, query or fragment; "
                    + "see Configuration in infra/README.md"
            ),
            (
                "AWS_REGION", "", "Configuration",
                "read AWS region failed: neither AWS_REGION nor AWS_DEFAULT_REGION is set; "
                    + "Lambda sets the first, elsewhere set it to a region such as us-east-1"
            ),
            (
                "AWS_SECRET_ACCESS_KEY", "", "Configuration",
                "read AWS credentials failed: AWS_SECRET_ACCESS_KEY is not set; Lambda sets them from the function's role, "
                    + "elsewhere use `aws configure export-credentials --format env`"
            ),
        ])
    func `a variable that is missing or unusable is named`(
        variable: String, value: String, type: String, message: String
    ) async throws {
        let cloud = try make()
        cloud.setVariable(variable, value)
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(report == .init("Function.\(type)", message))
        #expect(cloud.lake.store.journal == [])
    }

    @Test func `a continuation that is gone is named`() async throws {
        let cloud = try make()
        let key = "continuations/wistia/20260108T020000Z-5eed0000/0002.json"
        let report = try await cloud.bronze(MemoryLake.notification(bucket: "bronze", key: key))
        #expect(
            report
                == .init(
                    "Function.MissingObject",
                    "read s3://bronze/\(key) failed: the event names it but it does not exist; "
                        + "restore it from the bucket's versions"))
    }

    // MARK: The token

    @Test func `a secret that is gone when the token is refused costs no page that was read`() async throws {
        let cloud = try make()
        cloud.setTamper { request in
            guard request.url.contains(Self.page3) else { return nil }
            cloud.setSecret("token", nil)
            return Self.json(401, "")
        }
        let report = try await cloud.bronze(MemoryLake.schedule(day: 1))
        #expect(report?.type == "Function.SecretsManager")
        #expect(cloud.lake.sandbox.requestCounts["/stats/visitors"] == 3)
        cloud.setTamper(nil)
        cloud.setSecret("token", "sandbox-token")
        #expect(try await cloud.runDay(1) == nil)
        try expectWhole(cloud)
        #expect(cloud.lake.sandbox.requestCounts["/stats/visitors"] == 6)
    }
}
