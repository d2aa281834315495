import Digest
import Foundation
import HTTP
import Testing

@testable import AWS

/// AWS's published test suite for Signature Version 4, fetched by `scripts/fetch-test-vectors.sh`.
struct SignerVectorTests {
    /// Cases that do not apply, and why.
    static let skipped = [
        "post-sts-token/post-sts-header-after":
            "leaves the session token out of the signature; no service that we call wants that"
    ]

    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["AWS4_TESTSUITE_DIR"] {
            return URL(fileURLWithPath: path, isDirectory: true)
        }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".deps/aws4_testsuite", isDirectory: true)
    }()

    /// The paths of all cases below the folder, such as `normalize-path/get-slash`.
    static let cases: [String] = {
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".req") }.map { ($0 as NSString).deletingLastPathComponent }
            .sorted()
    }()

    static let isRequired = ProcessInfo.processInfo.environment["CI"] == "true"

    @Test(.enabled(if: isRequired || !cases.isEmpty, "run scripts/fetch-test-vectors.sh first"))
    func `the published suite is complete`() {
        #expect(Self.cases.count == 34, "run scripts/fetch-test-vectors.sh")
        #expect(Self.skipped.keys.allSatisfy(Self.cases.contains))
        for (name, reason) in Self.skipped.sorted(by: { $0.key < $1.key }) {
            print("skipped \(name): \(reason)")
        }
    }

    @Test(arguments: cases.filter { skipped[$0] == nil })
    func `signs the published case`(name: String) throws {
        var request = try RawRequest(Self.read(name, "req"))
        // One case gives its token only in the result.
        let tokenField = "x-amz-security-token:"
        let token = try Self.read(name, "creq").split(separator: "\n").first { $0.hasPrefix(tokenField) }
        if let token, !request.headers.contains(where: { "\($0.name.lowercased()):" == tokenField }) {
            request.headers.append(("X-Amz-Security-Token", String(token.dropFirst(tokenField.count))))
        }
        let signer = SignerTests.make()
        let canonical = Signer.canonicalRequest(
            method: request.method, path: request.path, query: request.query, headers: request.headers,
            payloadHash: SHA256.hash(request.body).hexEncoded, pathStyle: signer.pathStyle)
        #expect(try canonical.text == Self.read(name, "creq"))
        #expect(try signer.stringToSign(canonical, date: SignerTests.date) == Self.read(name, "sts"))
        #expect(try signer.authorization(for: canonical, date: SignerTests.date) == Self.read(name, "authz"))
    }

    private static func read(_ name: String, _ suffix: String) throws -> String {
        let file = folder.appendingPathComponent("\(name)/\((name as NSString).lastPathComponent).\(suffix)")
        return try String(decoding: Data(contentsOf: file), as: UTF8.self)
            .replacingOccurrences(of: "\r\n", with: "\n")
    }

    /// An HTTP request as text, bad as it may be: some cases have unencoded spaces in the path.
    private struct RawRequest {
        var method: String
        var path: String
        var query: String
        var headers: [(name: String, value: String)] = []
        var body: [UInt8]

        init(_ text: String) throws {
            let parts = text.split(separator: "\n\n", maxSplits: 1)
            body = parts.count > 1 ? Array(parts[1].utf8) : []
            var lines = try #require(parts.first).split(separator: "\n")
            let start = lines.removeFirst()
            let method = start.prefix { $0 != " " }
            let target = start.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
            let path = target.prefix { $0 != "?" }
            self.method = String(method)
            self.path = String(path)
            query = String(target.dropFirst(path.count + 1))
            for line in lines {
                if line.hasPrefix(" "), var last = headers.popLast() {
                    last.value += "\n\(line)"
                    headers.append(last)
                } else {
                    let name = line.prefix { $0 != ":" }
                    headers.append((String(name), String(line.dropFirst(name.count + 1))))
                }
            }
        }
    }
}
