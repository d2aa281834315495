import Digest
import HTTP
import TestSupport
import Testing

@testable import AWS

struct S3ClientTests {
    private let time = VirtualTimeSource()

    private func make(
        _ transport: ScriptedTransport, region: String = "eu-west-1", environment: [String: String] = [:],
        traceHeader: @escaping @Sendable () -> String? = { nil }
    ) throws -> S3Client {
        let region = try Region(region)
        return S3Client(
            transport: transport, time: time, random: SeededRandomSource(),
            credentials: Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("fake")),
            region: region, endpoint: try Endpoint(service: .s3, region: region, environment: environment),
            bucketVariables: ["lake": "LAKE_BUCKET"], traceHeader: traceHeader)
    }

    private func put(_ client: S3Client, condition: WriteCondition? = nil, metadata: [String: String] = [:])
        async throws -> ETag
    {
        try await client.put(
            "a/b.json", bucket: "lake", body: Array("{}".utf8), contentType: "application/json",
            condition: condition, metadata: metadata)
    }

    private static func error(
        _ status: Int, _ code: String, _ message: String = "words", more: String = "", headers: Headers = [:]
    ) -> Response {
        Response(
            status: status, headers: headers,
            body: Array(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>\(code)</Code><Message>\(message)</Message>\(more)<RequestId>R1</RequestId></Error>
                """.utf8))
    }

    private static let stored = Response(status: 200, headers: ["ETag": "\"e1\""])

    // MARK: Requests

    @Test func `a write says what it is, and S3 can verify its bytes`() async throws {
        let transport = ScriptedTransport([Self.stored])
        let etag = try await put(
            make(transport), condition: .ifNoneMatch, metadata: ["writer-id": "w1", "pages": "1-100"])
        #expect(etag == ETag("\"e1\""))
        let request = try #require(transport.requests.first)
        #expect(request.method == "PUT")
        #expect(request.url == "https://lake.s3.eu-west-1.amazonaws.com/a/b.json")
        #expect(request.headers["If-None-Match"] == "*")
        #expect(request.headers["If-Match"] == nil)
        #expect(request.headers["Content-Type"] == "application/json")
        #expect(request.headers["x-amz-meta-writer-id"] == "w1")
        #expect(request.headers["x-amz-meta-pages"] == "1-100")
        // echo -n '{}' | openssl dgst -sha256 -binary | base64
        #expect(request.headers["x-amz-checksum-sha256"] == "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=")
        #expect(
            request.headers["X-Amz-Content-SHA256"]
                == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        #expect(request.headers["X-Amz-Date"] == "20260108T020000Z")
        #expect(
            request.headers["Authorization"]?.contains(
                "SignedHeaders=content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-content-sha256;"
                    + "x-amz-date;x-amz-meta-pages;x-amz-meta-writer-id,") == true)
    }

    @Test func `If-Match carries the ETag with its quotes`() async throws {
        let transport = ScriptedTransport([Self.stored])
        _ = try await put(make(transport), condition: .ifMatch(ETag("\"old\"")))
        #expect(transport.requests.first?.headers["If-Match"] == "\"old\"")
    }

    @Test func `writes forward the trace header, unsigned, and reads do not`() async throws {
        let transport = ScriptedTransport([Self.stored, Self.stored])
        let client = try make(transport, traceHeader: { "Root=1-5759e988-bd862e3fe1be46a994272793" })
        _ = try await put(client)
        _ = try await client.head("k", bucket: "lake")
        #expect(
            transport.requests.map { $0.headers["X-Amzn-Trace-Id"] }
                == ["Root=1-5759e988-bd862e3fe1be46a994272793", nil])
        #expect(transport.requests[0].headers["Authorization"]?.contains("trace") == false)
    }

    @Test func `a stand-in gets the bucket in the path and the key encoded`() async throws {
        let transport = ScriptedTransport([Self.stored])
        let client = try make(transport, environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"])
        _ = try await client.head("dt=1/a b+é", bucket: "lake")
        #expect(transport.requests.first?.url == "http://127.0.0.1:4566/lake/dt%3D1/a%20b%2B%C3%A9")
    }

    @Test(arguments: ["", "a/../b", "./a", ".."])
    func `keys that would reach something else are refused before anything is sent`(key: String) async throws
    {
        let transport = ScriptedTransport([])
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await client.head(key, bucket: "lake") }
        #expect(error?.code == .invalidArgument)
        #expect(transport.requests.isEmpty)
    }

    private static let badMetadata: [(metadata: [String: String], cause: String)] = [
        (["Writer": "x"], "'Writer' is no name for metadata; use a-z, 0-9 and hyphens"),
        (
            ["title": "é"],
            "the value of x-amz-meta-title is not printable ASCII without space at its ends; encode it first"
        ),
        (
            ["title": "a\r\nx-amz-acl: public-read"],
            "the value of x-amz-meta-title is not printable ASCII without space at its ends; encode it first"
        ),
    ]

    @Test(arguments: badMetadata)
    func `metadata that could not arrive unchanged is refused`(metadata: [String: String], cause: String)
        async throws
    {
        let client = try make(ScriptedTransport([]))
        let error = await #expect(throws: S3Error.self) { try await put(client, metadata: metadata) }
        #expect(error?.description == "PutObject s3://lake/a/b.json failed: InvalidArgument: \(cause)")
    }

    // MARK: Reading

    @Test func `reads an object with its attributes`() async throws {
        let transport = ScriptedTransport([
            Response(
                status: 200,
                headers: [
                    "ETag": "\"e1\"", "Content-Length": "2", "X-Amz-Meta-Writer-Id": "w1",
                    "x-amz-checksum-sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=",
                ], body: Array("{}".utf8))
        ])
        let object = try await make(transport).get("k", bucket: "lake", range: nil)
        #expect(
            object
                == StoredObject(
                    body: Array("{}".utf8),
                    attributes: ObjectAttributes(
                        etag: ETag("\"e1\""), sizeBytes: 2, metadata: ["writer-id": "w1"])))
    }

    private static let damages: [(headers: Headers, message: String)] = [
        (
            ["Content-Length": "3"],
            "GetObject s3://lake/k failed after 5 attempts: InvalidResponse (HTTP 200): 2 bytes came of the 3 promised"
        ),
        (
            ["x-amz-checksum-sha256": "AAAA"],
            "GetObject s3://lake/k failed after 5 attempts: InvalidResponse (HTTP 200): "
                + "the bytes do not have the SHA-256 that S3 keeps with them"
        ),
    ]

    @Test(arguments: damages)
    func `damaged objects are read again and then refused`(headers: Headers, message: String) async throws {
        var headers = headers
        headers["ETag"] = "\"e1\""
        let response = Response(status: 200, headers: headers, body: Array("{}".utf8))
        let client = try make(ScriptedTransport { _, _ in response })
        let error = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", range: nil)
        }
        #expect(error?.description == message)
    }

    @Test func `a damaged object that comes whole the second time is good`() async throws {
        let good = Response(
            status: 200, headers: ["ETag": "\"e1\"", "Content-Length": "2"], body: Array("{}".utf8))
        var cut = good
        cut.body.removeLast()
        let object = try await make(ScriptedTransport([cut, good])).get("k", bucket: "lake", range: nil)
        #expect(object.body == good.body)
    }

    @Test func `the checksum of an object in parts is not one of its bytes`() async throws {
        let response = Response(
            status: 200, headers: ["ETag": "\"e1-2\"", "x-amz-checksum-sha256": "AAAA-2"], body: [1])
        #expect(
            try await make(ScriptedTransport([response])).get("k", bucket: "lake", range: nil).body == [1])
    }

    @Test func `reads a range and knows the whole size`() async throws {
        let transport = ScriptedTransport([
            Response(
                status: 206, headers: ["ETag": "\"e1\"", "Content-Range": "bytes 4-5/100"], body: [1, 2])
        ])
        let object = try await make(transport).get("k", bucket: "lake", range: 4..<6)
        #expect(transport.requests.first?.headers["Range"] == "bytes=4-5")
        #expect(object.body == [1, 2])
        #expect(object.attributes.sizeBytes == 100)
    }

    @Test func `a range that ends behind the object is cut`() async throws {
        let response = Response(
            status: 206, headers: ["ETag": "\"e1\"", "Content-Range": "bytes 4-5/6"], body: [1, 2])
        let object = try await make(ScriptedTransport([response])).get("k", bucket: "lake", range: 4..<100)
        #expect(object.body == [1, 2])
    }

    private static let wrongRanges: [(status: Int, range: String?, cause: String)] = [
        (200, nil, "bytes 4-5 were asked for and all of them came"),
        (206, "bytes 0-1/100", "bytes 4-5 were asked for, 2 came, said to be 0-1 of 100"),
        (206, "bytes 4-4/100", "bytes 4-5 were asked for, 2 came, said to be 4-4 of 100"),
        (206, "bytes */100", "bytes 4-5 were asked for and all of them came"),
        (206, "bytes 5-4/100", "bytes 4-5 were asked for and all of them came"),
        (
            206, "bytes 9223372036854775807-9223372036854775807/1",
            "bytes 4-5 were asked for and all of them came"
        ),
    ]

    @Test(arguments: wrongRanges)
    func `another range than the one asked for is refused`(status: Int, range: String?, cause: String)
        async throws
    {
        var headers: Headers = ["ETag": "\"e1\""]
        headers["Content-Range"] = range
        let response = Response(status: status, headers: headers, body: [1, 2])
        let client = try make(ScriptedTransport { _, _ in response })
        let error = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", range: 4..<6)
        }
        #expect(error?.code == .invalidResponse)
        #expect(error?.message == cause)
    }

    @Test func `an empty range asks for the attributes only`() async throws {
        let transport = ScriptedTransport([
            Response(status: 200, headers: ["ETag": "\"e1\"", "Content-Length": "7"])
        ])
        let object = try await make(transport).get("k", bucket: "lake", range: 3..<3)
        #expect(transport.requests.first?.method == "HEAD")
        #expect(object.body.isEmpty)
        #expect(object.attributes.sizeBytes == 7)
    }

    @Test func `an absent object is an error to GET and nil to HEAD`() async throws {
        let absent = Self.error(404, "NoSuchKey")
        let client = try make(ScriptedTransport([absent, Response(status: 404)]))
        let error = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", range: nil)
        }
        #expect(error?.code == .noSuchKey)
        #expect(try await client.head("k", bucket: "lake") == nil)
    }

    // MARK: Versions

    @Test func `a version is read as its bytes lie in S3`() async throws {
        let transport = ScriptedTransport([
            Response(
                status: 200,
                headers: [
                    "ETag": "\"e1\"", "Content-Length": "2", "Content-Encoding": "identity",
                    "x-amz-version-id": "a+/b=", "Last-Modified": "Thu, 08 Jan 2026 02:00:07 GMT",
                    "x-amz-checksum-sha256": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=",
                ], body: Array("{}".utf8))
        ])
        let object = try await make(transport).get("a b", bucket: "lake", version: "a+/b=")
        let request = try #require(transport.requests.first)
        #expect(
            request.url
                == "https://lake.s3.eu-west-1.amazonaws.com/a%20b?response-content-encoding=identity&versionId=a%2B%2Fb%3D"
        )
        #expect(request.headers["x-amz-checksum-mode"] == "ENABLED")
        #expect(request.headers["Authorization"]?.contains("Signature=") == true)
        #expect(object.body == Array("{}".utf8))
        #expect(object.attributes.versionID == "a+/b=")
        #expect(object.attributes.modifiedAt == Timestamp(rfc3339: "2026-01-08T02:00:07Z"))
    }

    @Test func `the newest version is read without naming it, and null is none`() async throws {
        let answer = Response(
            status: 200, headers: ["ETag": "\"e1\"", "Content-Length": "1", "x-amz-version-id": "null"],
            body: [1])
        let transport = ScriptedTransport([answer, answer])
        let client = try make(transport)
        let object = try await client.get("k", bucket: "lake", version: nil)
        #expect(object.attributes.versionID == nil && object.attributes.modifiedAt == nil)
        #expect(try await client.head("k", bucket: "lake", version: "v1")?.etag == ETag("\"e1\""))
        #expect(
            transport.requests.map(\.url) == [
                "https://lake.s3.eu-west-1.amazonaws.com/k?response-content-encoding=identity",
                "https://lake.s3.eu-west-1.amazonaws.com/k?versionId=v1",
            ])
        #expect(transport.requests.map(\.method) == ["GET", "HEAD"])
    }

    @Test func `bytes that were unpacked on the way are refused`() async throws {
        let transport = ScriptedTransport([Response(status: 200, headers: ["ETag": "\"e1\""], body: [1])])
        let error = await #expect(throws: S3Error.self) {
            try await make(transport).get("k", bucket: "lake", version: "v1")
        }
        #expect(error?.code == .invalidResponse)
        #expect(error?.message.hasPrefix("the bytes were unpacked on the way") == true)
        #expect(transport.requests.count == 1)
    }

    @Test func `a damaged version is read again`() async throws {
        let good = Response(
            status: 200, headers: ["ETag": "\"e1\"", "Content-Length": "2"], body: Array("{}".utf8))
        var cut = good
        cut.body.removeLast()
        let transport = ScriptedTransport([cut, good])
        #expect(try await make(transport).get("k", bucket: "lake", version: "v1").body == good.body)
    }

    @Test func `a version that is gone is an error to GET and nil to HEAD`() async throws {
        let client = try make(
            ScriptedTransport([Self.error(404, "NoSuchVersion"), Response(status: 404)]))
        let error = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", version: "v1")
        }
        #expect(error?.code == .noSuchVersion)
        #expect(try await client.head("k", bucket: "lake", version: "v1") == nil)
    }

    @Test func `a refusal names the permission that versions need`() async throws {
        let refusal = Self.error(403, "AccessDenied")
        let client = try make(ScriptedTransport { _, _ in refusal })
        let read = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", version: "v1")
        }
        #expect(read?.message.contains("s3:GetObjectVersion on arn:aws:s3:::lake/k") == true)
        let list = await #expect(throws: S3Error.self) {
            try await client.listVersions(prefix: "k", bucket: "lake")
        }
        #expect(list?.description.hasPrefix("ListObjectVersions s3://lake/k failed: AccessDenied") == true)
        #expect(list?.message.contains("s3:ListBucketVersions on arn:aws:s3:::lake") == true)
    }

    private static func versions(_ rows: String, next: String = "") -> Response {
        Response(
            status: 200,
            body: Array(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name>
                <EncodingType>url</EncodingType>\(rows)
                <IsTruncated>\(next.isEmpty ? "false" : "true")</IsTruncated>\(next)</ListVersionsResult>
                """.utf8))
    }

    private static func version(_ key: String, _ id: String, isLatest: Bool = true) -> String {
        """
        <Version><Key>\(key)</Key><VersionId>\(id)</VersionId><IsLatest>\(isLatest)</IsLatest>
        <LastModified>2026-01-08T02:00:07.000Z</LastModified><ETag>"e1"</ETag><Size>3</Size></Version>
        """
    }

    @Test func `versions come page by page, without deletions`() async throws {
        let transport = ScriptedTransport([
            Self.versions(
                Self.version("a%3D1/x", "v2") + "<DeleteMarker><Key>b</Key></DeleteMarker>",
                next:
                    "<NextKeyMarker>a%3D1/x</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>"),
            Self.versions(
                Self.version("a%3D1/x", "v1", isLatest: false),
                next: "<NextKeyMarker>a%3D1/x</NextKeyMarker>"),
            Self.versions(Self.version("b+c", "null")),
        ])
        let versions = try await make(transport).listVersions(prefix: "a=", bucket: "lake")
        #expect(versions.map(\.object.key) == ["a=1/x", "a=1/x", "b c"])
        #expect(versions.map(\.versionID) == ["v2", "v1", nil])
        #expect(versions.map(\.isLatest) == [true, false, true])
        #expect(
            versions.first?.object
                == ListedObject(
                    key: "a=1/x", etag: ETag("\"e1\""), sizeBytes: 3,
                    modifiedAt: try #require(Timestamp(rfc3339: "2026-01-08T02:00:07Z"))))
        let base = "https://lake.s3.eu-west-1.amazonaws.com/?encoding-type=url"
        #expect(
            transport.requests.map(\.url) == [
                "\(base)&prefix=a%3D&versions=",
                "\(base)&key-marker=a%3D1%2Fx&prefix=a%3D&version-id-marker=v2&versions=",
                "\(base)&key-marker=a%3D1%2Fx&prefix=a%3D&versions=",
            ])
    }

    @Test(arguments: [
        "<ListBucketResult/>", "<ListVersionsResult></ListVersionsResult>",
        "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>",
        "<ListVersionsResult><Version><Key>a</Key></Version><IsTruncated>false</IsTruncated></ListVersionsResult>",
        "<ListVersionsResult><IsTruncated>fal",
    ])
    func `a page of versions that cannot be read is asked for again and then refused`(page: String)
        async throws
    {
        let transport = ScriptedTransport { _, _ in Response(status: 200, body: Array(page.utf8)) }
        let error = await #expect(throws: S3Error.self) {
            try await make(transport).listVersions(prefix: "", bucket: "lake")
        }
        #expect(error?.code == .invalidResponse)
        #expect(transport.requests.count == 5)
    }

    @Test func `a listing of versions that does not advance ends`() async throws {
        let page = Self.versions("", next: "<NextKeyMarker>a</NextKeyMarker>")
        let error = await #expect(throws: S3Error.self) {
            try await make(ScriptedTransport { _, _ in page }).listVersions(prefix: "", bucket: "lake")
        }
        #expect(error?.message == "the listing does not advance")
    }

    // MARK: Listing

    private static func page(_ contents: String, token: String? = nil) -> Response {
        let end =
            token.map {
                "<IsTruncated>true</IsTruncated><NextContinuationToken>\($0)</NextContinuationToken>"
            } ?? "<IsTruncated>false</IsTruncated>"
        return Response(
            status: 200,
            body: Array(
                ("<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>\(end)\(contents)"
                    + "</ListBucketResult>").utf8))
    }

    @Test func `lists all pages and decodes their keys`() async throws {
        let transport = ScriptedTransport([
            Self.page(
                "<Contents><Key>dt%3D1/a+b%2Bc</Key><ETag>&quot;1&quot;</ETag><Size>5</Size>"
                    + "<LastModified>2026-01-08T02:01:30.000Z</LastModified></Contents>", token: "t/1+="),
            Self.page(
                "<Contents><Key>%C3%A9&amp;</Key><ETag>&quot;2&quot;</ETag><Size>0</Size>"
                    + "<LastModified>2026-01-09T00:00:00Z</LastModified></Contents>"),
        ])
        let objects = try await make(transport).list(prefix: "dt=1/", bucket: "lake")
        #expect(
            objects == [
                ListedObject(
                    key: "dt=1/a b+c", etag: ETag("\"1\""), sizeBytes: 5,
                    modifiedAt: try #require(Timestamp(rfc3339: "2026-01-08T02:01:30Z"))),
                ListedObject(
                    key: "é&", etag: ETag("\"2\""), sizeBytes: 0,
                    modifiedAt: try #require(Timestamp(rfc3339: "2026-01-09T00:00:00Z"))),
            ])
        #expect(
            transport.requests.map(\.url) == [
                "https://lake.s3.eu-west-1.amazonaws.com/?encoding-type=url&list-type=2&prefix=dt%3D1%2F",
                "https://lake.s3.eu-west-1.amazonaws.com/?continuation-token=t%2F1%2B%3D&encoding-type=url"
                    + "&list-type=2&prefix=dt%3D1%2F",
            ])
    }

    @Test func `lists folders over pages`() async throws {
        let transport = ScriptedTransport([
            Self.page("<CommonPrefixes><Prefix>p/a/</Prefix></CommonPrefixes>", token: "t"),
            Self.page("<CommonPrefixes><Prefix>p/b+c/</Prefix></CommonPrefixes>"),
        ])
        #expect(try await make(transport).listFolders(prefix: "p/", bucket: "lake") == ["p/a/", "p/b c/"])
        #expect(transport.requests.allSatisfy { $0.url.contains("delimiter=%2F&") })
    }

    @Test func `a listing that was cut off is asked for again`() async throws {
        let whole = Self.page(
            "<Contents><Key>k</Key><ETag>1</ETag><Size>5</Size>"
                + "<LastModified>2026-01-08T02:01:30.000Z</LastModified></Contents>")
        var cut = whole
        cut.body.removeLast(40)
        let transport = ScriptedTransport([cut, whole])
        #expect(try await make(transport).list(prefix: "", bucket: "lake").map(\.key) == ["k"])
        #expect(transport.requests.count == 2)
    }

    private static let incompletePages: [(response: Response, cause: String)] = [
        (page("", token: ""), "more to come and no NextContinuationToken"),
        (page("<Contents><Key>k</Key></Contents>"), "<Contents> without Key, ETag, Size or LastModified"),
        (Response(status: 200, body: Array("<Other/>".utf8)), "<Other> is no <ListBucketResult>"),
        (
            Response(status: 200, body: Array("<ListBucketResult/>".utf8)),
            "neither the end of the listing nor more of it"
        ),
    ]

    @Test(arguments: incompletePages)
    func `an incomplete listing is never taken for the whole`(response: Response, cause: String)
        async throws
    {
        let client = try make(ScriptedTransport { _, _ in response })
        let error = await #expect(throws: S3Error.self) {
            try await client.list(prefix: "", bucket: "lake")
        }
        #expect(error?.code == .invalidResponse)
        #expect(error?.message == "the listing cannot be read: XML at byte 0: \(cause)")
    }

    @Test func `a listing that goes round in circles ends`() async throws {
        let client = try make(ScriptedTransport { _, _ in Self.page("", token: "same") })
        let error = await #expect(throws: S3Error.self) {
            try await client.list(prefix: "", bucket: "lake")
        }
        #expect(error?.message == "the listing does not advance")
    }

    // MARK: Failures

    @Test func `throttling is retried and then told with its attempts`() async throws {
        let transport = ScriptedTransport { _, _ in
            Self.error(503, "SlowDown", "Please reduce your request rate.")
        }
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(
            error?.description
                == "PutObject s3://lake/a/b.json failed after 5 attempts: SlowDown (HTTP 503): "
                + "Please reduce your request rate.; try again later, request R1")
        #expect(transport.requests.count == 5)
        #expect(time.sleeps.count == 4)
    }

    @Test(arguments: [
        error(500, "InternalError"), error(502, ""), error(503, "ServiceUnavailable"), error(504, ""),
        error(429, "TooManyRequests"), error(400, "RequestTimeout"), error(200, "InternalError"),
        Response(status: 500, body: Array("<html>".utf8)),
    ])
    func `what may pass is tried again`(response: Response) async throws {
        let transport = ScriptedTransport([response, Self.stored])
        #expect(try await put(make(transport)) == ETag("\"e1\""))
    }

    @Test(arguments: [
        error(400, "InvalidRequest"), error(403, "AccessDenied"), error(404, "NoSuchBucket"),
        error(409, "ConditionalRequestConflict"), error(412, "PreconditionFailed"),
        error(403, "SignatureDoesNotMatch"), error(400, "BadDigest"), error(501, "NotImplemented"),
        error(200, "InvalidPart"),
    ])
    func `what cannot pass is not`(response: Response) async throws {
        let transport = ScriptedTransport { _, _ in response }
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client, condition: .ifNoneMatch) }
        #expect(error?.attempts == 1)
        #expect(transport.requests.count == 1)
    }

    @Test func `Retry-After is honoured`() async throws {
        let transport = ScriptedTransport([
            Self.error(503, "SlowDown", headers: ["Retry-After": "3"]), Self.stored,
        ])
        _ = try await put(make(transport))
        #expect(time.sleeps == [3])
    }

    @Test func `each attempt is signed anew`() async throws {
        let transport = ScriptedTransport([
            Self.error(503, "SlowDown", headers: ["Retry-After": "3"]), Self.stored,
        ])
        _ = try await put(make(transport))
        #expect(
            transport.requests.map { $0.headers["X-Amz-Date"] } == ["20260108T020000Z", "20260108T020003Z"])
    }

    @Test(arguments: [TransportError.Kind.connectionFailed, .timedOut, .unknownHost, .other])
    func `a lost answer is tried again`(kind: TransportError.Kind) async throws {
        let transport = ScriptedTransport { request, index in
            if index == 0 { throw TransportError(kind: kind, request: request, detail: "words") }
            return Self.stored
        }
        _ = try await put(make(transport))
        #expect(transport.requests.count == 2)
    }

    @Test(arguments: [
        (TransportError.Kind.invalidURL, ""),
        (.untrustedServer, "; check the endpoint and the bundle of trusted authorities"),
    ])
    func `a transport error that will stay is not`(kind: TransportError.Kind, remedy: String) async throws {
        let transport = ScriptedTransport { request, _ in
            throw TransportError(kind: kind, request: request, detail: "words")
        }
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(
            error?.description == "PutObject s3://lake/a/b.json failed: Transport: "
                + "PUT https://lake.s3.eu-west-1.amazonaws.com/a/b.json \(kind.rawValue): words\(remedy)")
        #expect(transport.requests.count == 1)
    }

    @Test func `a refused condition after a lost answer shows the attempts, since it may be an echo`()
        async throws
    {
        let transport = ScriptedTransport { request, index in
            if index == 0 { throw TransportError(kind: .timedOut, request: request, detail: "words") }
            return Self.error(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        }
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client, condition: .ifNoneMatch) }
        #expect(error?.code == .preconditionFailed)
        #expect(error?.attempts == 2)
        #expect(error?.isWriteConflict == true)
    }

    @Test func `a 404 that S3 did not explain is no write conflict`() async throws {
        let client = try make(ScriptedTransport([Response(status: 404, body: Array("<html>".utf8))]))
        let error = await #expect(throws: S3Error.self) {
            try await put(client, condition: .ifMatch(ETag("\"e\"")))
        }
        #expect(error?.code.rawValue == "NotFound")
        #expect(error?.isWriteConflict == false)
    }

    @Test func `a write that is answered without an ETag fails, without a second try`() async throws {
        let transport = ScriptedTransport([Response(status: 200), Self.stored])
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(error?.message == "the answer has no ETag")
        #expect(transport.requests.count == 1)
    }

    @Test func `If-Match on an absent object is a write conflict`() async throws {
        let client = try make(ScriptedTransport([Self.error(404, "NoSuchKey")]))
        let error = await #expect(throws: S3Error.self) {
            try await put(client, condition: .ifMatch(ETag("\"e\"")))
        }
        #expect(error?.isWriteConflict == true)
    }

    @Test func `cancellation stays cancellation`() async throws {
        let client = try make(ScriptedTransport { _, _ in throw CancellationError() })
        await #expect(throws: CancellationError.self) { try await put(client) }
    }

    // MARK: Clock

    @Test func `a wrong clock is corrected once by the server's`() async throws {
        let skewed = Self.error(
            403, "RequestTimeTooSkewed", headers: ["Date": "Thu, 08 Jan 2026 03:00:00 GMT"])
        let transport = ScriptedTransport([skewed, Self.stored])
        _ = try await put(make(transport))
        #expect(transport.requests[1].headers["X-Amz-Date"] == "20260108T030000Z")
    }

    @Test func `a HEAD that is refused under a wrong clock is signed with the server's`() async throws {
        let refused = Response(status: 403, headers: ["Date": "Thu, 08 Jan 2026 01:00:00 GMT"])
        let transport = ScriptedTransport([refused, Self.stored])
        #expect(try await make(transport).head("k", bucket: "lake") != nil)
        #expect(transport.requests[1].headers["X-Amz-Date"] == "20260108T010000Z")
    }

    @Test func `a clock that stays wrong is told`() async throws {
        let transport = ScriptedTransport { _, _ in
            Self.error(403, "RequestTimeTooSkewed", headers: ["Date": "Thu, 08 Jan 2026 03:00:00 GMT"])
        }
        let client = try make(transport)
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(transport.requests.count == 2)
        #expect(error?.message == "words; this machine's clock is 3600 s behind the server's; set it")
    }

    // MARK: Deadline

    @Test func `no wait reaches the deadline`() async throws {
        let transport = ScriptedTransport { _, _ in
            Self.error(503, "SlowDown", headers: ["Retry-After": "10"])
        }
        let client = try make(transport).with(deadline: time.now().adding(seconds: 25))
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(error?.attempts == 3)
        #expect(time.sleeps == [10, 10])
        #expect(transport.requests.map(\.timeoutSeconds) == [25, 15, 5])
    }

    @Test func `nothing is sent after the deadline`() async throws {
        let transport = ScriptedTransport([Self.stored])
        let client = try make(transport).with(deadline: time.now())
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(
            error?.description
                == "PutObject s3://lake/a/b.json failed: Transport: no time is left before the deadline")
        #expect(transport.requests.isEmpty)
    }

    // MARK: Advice

    @Test func `a refusal names the permission that the role needs`() async throws {
        let denied = Self.error(403, "AccessDenied", "Access Denied")
        let client = try make(ScriptedTransport { _, _ in denied }, region: "cn-north-1")
        let write = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(
            write?.message == "Access Denied; the role needs s3:PutObject on arn:aws-cn:s3:::lake/a/b.json")
        let replace = await #expect(throws: S3Error.self) {
            try await put(client, condition: .ifMatch(ETag("e")))
        }
        #expect(
            replace?.message
                == "Access Denied; the role needs s3:PutObject and, for If-Match, s3:GetObject on "
                + "arn:aws-cn:s3:::lake/a/b.json")
        let read = await #expect(throws: S3Error.self) {
            try await client.get("k", bucket: "lake", range: nil)
        }
        #expect(
            read?.message == "Access Denied; the role needs s3:GetObject on arn:aws-cn:s3:::lake/k, and "
                + "s3:ListBucket on arn:aws-cn:s3:::lake to be told that an object is absent")
        let list = await #expect(throws: S3Error.self) { try await client.list(prefix: "p", bucket: "lake") }
        #expect(list?.message == "Access Denied; the role needs s3:ListBucket on arn:aws-cn:s3:::lake")
    }

    private static let advice: [(response: Response, message: String)] = [
        (
            error(400, "AuthorizationHeaderMalformed", more: "<Region>us-west-2</Region>"),
            "words; the bucket is in us-west-2 and AWS_REGION is eu-west-1; deploy the function to the bucket's region, "
                + "or give it a bucket in eu-west-1"
        ),
        (
            Response(status: 301, headers: ["x-amz-bucket-region": "us-west-2"]),
            "the answer does not say why; the bucket is in us-west-2 and AWS_REGION is eu-west-1; "
                + "deploy the function to the bucket's region, or give it a bucket in eu-west-1"
        ),
        (
            error(301, "PermanentRedirect"),
            "words; check that AWS_REGION, now eu-west-1, is the bucket's region"
        ),
        (
            error(301, "PermanentRedirect", more: "<Region></Region>"),
            "words; check that AWS_REGION, now eu-west-1, is the bucket's region"
        ),
        (
            error(404, "NoSuchBucket"),
            "words; check LAKE_BUCKET and that the bucket was created in this account"
        ),
        (
            Response(status: 400, headers: ["x-amz-bucket-region": "us-west-2"]),
            "the answer does not say why; the bucket is in us-west-2 and AWS_REGION is eu-west-1; "
                + "deploy the function to the bucket's region, or give it a bucket in eu-west-1"
        ),
        (error(400, "InvalidRequest", headers: ["x-amz-bucket-region": "eu-west-1"]), "words"),
        (error(403, "SignatureDoesNotMatch"), "words; check AWS_SECRET_ACCESS_KEY"),
        (error(400, "ExpiredToken"), "words; the session has ended; get new credentials"),
        (
            error(403, "AccessDenied", "not authorized to perform: kms:Decrypt on key k"),
            "not authorized to perform: kms:Decrypt on key k"
        ),
    ]

    @Test(arguments: advice)
    func `an error says what to do`(response: Response, message: String) async throws {
        let client = try make(ScriptedTransport { _, _ in response })
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(error?.message == message)
    }

    @Test func `a foreign text stays on one line and does not grow without end`() async throws {
        let text = "a\nb\r\n\u{7}" + String(repeating: "x", count: 10_000)
        let client = try make(ScriptedTransport([Self.error(400, "InvalidRequest", text)]))
        let error = await #expect(throws: S3Error.self) { try await put(client) }
        #expect(error?.message.hasPrefix("a b xxx") == true)
        #expect(error?.message.count == 501)
    }
}
