import Digest
import HTTP
import Testing

@testable import AWS

struct SignerTests {
    /// 2015-08-30T12:36:00Z, the moment of AWS's published examples.
    static let date = Timestamp(microsecondsSinceEpoch: 1_440_938_160_000_000)
    static let emptyHash = SHA256.hash([]).hexEncoded

    static func make(service: String = "service", sessionToken: String? = nil) -> Signer {
        Signer(
            credentials: Credentials(
                accessKeyID: "AKIDEXAMPLE",
                secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                sessionToken: sessionToken.map { Secret($0) }),
            region: "us-east-1", service: service)
    }

    @Test func `builds the canonical request of the published get-vanilla case`() {
        let canonical = Signer.canonicalRequest(
            method: "GET", path: "/", query: "",
            headers: [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")],
            payloadHash: Self.emptyHash, pathStyle: .normalized)
        #expect(
            canonical.text == """
                GET
                /

                host:example.amazonaws.com
                x-amz-date:20150830T123600Z

                host;x-amz-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """)
        #expect(canonical.signedHeaders == "host;x-amz-date")
    }

    @Test func `builds string to sign, signature and field of the published query-order case`() {
        let signer = Self.make()
        let canonical = Signer.canonicalRequest(
            method: "GET", path: "/", query: "Param1=value2&Param1=value1",
            headers: [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")],
            payloadHash: Self.emptyHash, pathStyle: .normalized)
        let stringToSign = signer.stringToSign(canonical, date: Self.date)
        #expect(
            stringToSign == """
                AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/service/aws4_request
                c968629d70850097a2d8781c9bf7edcb988b04cac14cca9be4acc3595f884606
                """)
        let signature = "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"
        #expect(signer.signature(of: stringToSign, date: Self.date) == signature)
        #expect(
            signer.authorization(for: canonical, date: Self.date)
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=host;x-amz-date, Signature=\(signature)")
    }

    /// The examples of S3's own guide
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), 2013-05-24T00:00:00Z.
    @Test(arguments: [
        (
            Request(
                url: "https://examplebucket.s3.amazonaws.com/test.txt", headers: ["Range": "bytes=0-9"]),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        (
            Request(
                method: "PUT", url: "https://examplebucket.s3.amazonaws.com/test%24file.text",
                headers: [
                    "Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
                ], body: Array("Welcome to Amazon S3.".utf8)),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        (
            Request(url: "https://examplebucket.s3.amazonaws.com/?lifecycle"),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        (
            Request(url: "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ])
    func `signs the examples of S3's guide`(request: Request, signature: String) throws {
        var signer = Self.make(service: "s3")
        signer.credentials = Credentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
        let signed = signer.sign(request, date: Timestamp(microsecondsSinceEpoch: 1_369_353_600_000_000))
        let authorization = try #require(signed.headers["Authorization"])
        #expect(authorization.hasSuffix("Signature=\(signature)"), "\(authorization)")
    }

    @Test func `S3 paths go in as sent, other services' resolved and encoded once more`() {
        func path(_ style: Signer.PathStyle) -> String {
            Signer.canonicalRequest(
                method: "GET", path: "/a%20b//c/../d", query: "", headers: [], payloadHash: "",
                pathStyle: style
            ).text.split(separator: "\n")[1].description
        }
        #expect(path(.asSent) == "/a%20b//c/../d")
        #expect(path(.normalized) == "/a%2520b/d")
    }

    @Test func `signs the session token and, for S3, the body's hash`() throws {
        let signer = Self.make(service: "s3", sessionToken: "obviously-fake-token")
        let signed = signer.sign(Request(url: "https://b.s3.amazonaws.com/k"), date: Self.date)
        #expect(signed.headers["X-Amz-Security-Token"] == "obviously-fake-token")
        #expect(signed.headers["X-Amz-Content-SHA256"] == Self.emptyHash)
        let authorization = try #require(signed.headers["Authorization"])
        #expect(
            authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,")
        )
    }

    @Test func `signing again replaces the first signature`() {
        let signer = Self.make(service: "s3", sessionToken: "obviously-fake-token")
        let request = Request(url: "https://b.s3.amazonaws.com/k?x=%2F")
        let first = signer.sign(request, date: Self.date)
        let later = Self.date.adding(seconds: 1)
        #expect(signer.sign(first, date: later) == signer.sign(request, date: later))
        #expect(signer.sign(first, date: later) != first)
    }

    @Test func `a hash given beforehand counts as the body's`() {
        let signer = Self.make(service: "s3")
        let request = Request(method: "PUT", url: "https://b.s3.amazonaws.com/k", body: [1, 2, 3])
        #expect(
            signer.sign(request, date: Self.date, payloadHash: SHA256.hash([1, 2, 3]))
                == signer.sign(request, date: Self.date))
        #expect(
            signer.sign(request, date: Self.date, payloadHash: SHA256.hash([]))
                != signer.sign(request, date: Self.date))
    }

    @Test func `leaves out what the transport may change`() {
        let signer = Self.make()
        let plain = Request(url: "https://example.amazonaws.com/")
        var decorated = plain
        decorated.headers["User-Agent"] = "x"
        decorated.headers["Accept-Encoding"] = "identity"
        decorated.headers["X-Amzn-Trace-Id"] = "Root=1-0-0"
        #expect(
            signer.sign(decorated, date: Self.date).headers["Authorization"]
                == signer.sign(plain, date: Self.date).headers["Authorization"])
    }

    @Test func `signs the port of the host`() {
        let signer = Self.make()
        #expect(
            signer.sign(Request(url: "http://127.0.0.1:4566/"), date: Self.date).headers["Authorization"]
                != signer.sign(Request(url: "http://127.0.0.1/"), date: Self.date).headers["Authorization"])
    }
}
