import AWS
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Lake
@testable import LambdaRuntime
@testable import Wistia

/// A lake behind the real clients: what goes in are HTTP requests as AWS and Wistia get them.
///
/// The functions are wired as in Lambda; only the transport and the clock are not the real ones.
final class Cloud: Transport {
    /// Answers a request in place of the service; nil lets it answer.
    typealias Tamper = @Sendable (Request) async throws -> Response?

    /// What the platform records of an error: exactly what the Runtime API is told.
    struct Report: Equatable, CustomStringConvertible {
        var type: String
        var message: String

        init(_ type: String, _ message: String) {
            self.type = type
            self.message = message
        }

        init(_ error: any Error) {
            let report = ErrorReport(error)
            self.init(report.platformType, report.message)
        }

        var description: String { "\(type): \(message)" }
    }

    private struct State {
        var variables: [String: String] = [:]
        var tamper: Tamper?
        var secrets = [
            "token": #"{"api_token":"sandbox-token"}"#,
            "key": #"{"pii_key":"an obviously fake key of 32 bytes or more"}"#,
        ]
        var clockDifferenceSeconds = 0.0
    }

    let lake: MemoryLake
    private let state = Mutex(State())

    init(_ lake: MemoryLake) {
        self.lake = lake
    }

    func setTamper(_ tamper: Tamper?) { state.withLock { $0.tamper = tamper } }

    func setSecret(_ id: String, _ text: String?) { state.withLock { $0.secrets[id] = text } }

    /// How far AWS's clock is ahead of the functions'.
    func setClockDifference(seconds: Double) { state.withLock { $0.clockDifferenceSeconds = seconds } }

    /// Sets a variable of the functions; empty, it counts as not set.
    func setVariable(_ name: String, _ value: String) { state.withLock { $0.variables[name] = value } }

    // MARK: Functions

    private var environment: [String: String] {
        var environment = lake.environment
        environment["AWS_REGION"] = "us-east-1"
        environment["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE"
        environment["AWS_SECRET_ACCESS_KEY"] = "obviously fake"
        environment["AWS_SESSION_TOKEN"] = "obviously fake"
        return environment.merging(state.withLock { $0.variables }) { $1 }
    }

    private var platform: Platform {
        get throws { try Platform(environment: environment, transport: self, time: lake.time) }
    }

    /// Starts bronze and gives it an event; what comes back is the error, nil when there is none.
    func bronze(_ event: [UInt8], deadline: Timestamp? = nil) async throws -> Report? {
        await report {
            let function = try BronzeFunction(
                sources: [Wistia.bronze], configuration: Configuration(environment: environment),
                platform: platform,
                logger: MemoryLake.logger)
            return try await function.handle(event, deadline: deadline)
        }
    }

    /// Takes a day's event through all three layers; what comes back is the first error.
    func runDay(_ day: Int) async throws -> Report? {
        if let report = try await bronze(MemoryLake.schedule(day: day)) { return report }
        let configuration = Configuration(environment: environment)
        let key = try #require(
            lake.commits("bronze").last { $0.contains("/\(MemoryLake.date(ofDay: day))/") })
        return await report {
            let silver = try SilverFunction(
                sources: [Wistia.silver], configuration: configuration, platform: platform,
                logger: MemoryLake.logger)
            _ = try await silver.handle(MemoryLake.notification(bucket: "bronze", key: key), deadline: nil)
            let gold = try GoldFunction(
                sources: [Wistia.gold], configuration: configuration, platform: platform,
                logger: MemoryLake.logger)
            return try await gold.handle(MemoryLake.notification(bucket: "silver", key: key), deadline: nil)
        }
    }

    private func report(_ body: () async throws -> [UInt8]) async -> Report? {
        do {
            _ = try await body()
            return nil
        } catch {
            return Report(error)
        }
    }

    // MARK: Services

    func send(_ request: Request) async throws -> Response {
        if let response = try await state.withLock({ $0.tamper })?(request) { return response }
        guard let address = request.url.wholeMatch(of: /https:\/\/([^\/]*)amazonaws.com\/([^?]*)\??(.*)/)
        else {
            return try await SandboxTransport(sandbox: lake.sandbox, time: lake.time).send(request)
        }
        let now = lake.time.now().adding(seconds: state.withLock { $0.clockDifferenceSeconds })
        let isOfS3 = address.1.hasSuffix(".s3.us-east-1.")
        var response: Response
        if let signed = Cloud.signingTime(of: request), abs(signed.seconds(since: now)) <= 900 {
            response =
                isOfS3
                ? try await answer(
                    request, bucket: String(address.1.prefix { $0 != "." }),
                    key: String(address.2).removingPercentEncoding ?? "", query: String(address.3))
                : secret(request)
        } else if isOfS3 {
            response = Cloud.s3Error(
                403, "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.")
        } else {
            response = Cloud.secretsError("InvalidSignatureException", "Signature expired")
        }
        response.headers["Date"] = now.httpDate
        return response
    }

    private static func signingTime(of request: Request) -> Timestamp? {
        let text = Array(request.headers["X-Amz-Date"] ?? "")
        guard text.count == 16 else { return nil }
        func part(_ range: Range<Int>) -> String { String(text[range]) }
        return Timestamp(
            rfc3339:
                "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        )
    }

    private func secret(_ request: Request) -> Response {
        let secrets = state.withLock { $0.secrets }
        let body = String(decoding: request.body, as: UTF8.self)
        guard let text = secrets.first(where: { body == #"{"SecretId":"\#($0.key)"}"# })?.value else {
            return Cloud.secretsError(
                "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        }
        let answer = (try? JSONEncoder().encode(["SecretString": text])) ?? Data()
        return Response(status: 200, body: Array(answer))
    }

    private func answer(_ request: Request, bucket: String, key: String, query: String) async throws
        -> Response
    {
        do {
            switch request.method {
            case "PUT":
                var condition: WriteCondition? = request.headers["If-None-Match"].map { _ in .ifNoneMatch }
                condition = request.headers["If-Match"].map { .ifMatch(ETag($0)) } ?? condition
                let prefix = "x-amz-meta-"
                let metadata = request.headers.fields.filter { $0.name.hasPrefix(prefix) }
                    .map { (String($0.name.dropFirst(prefix.count)), $0.value) }
                let etag = try await lake.store.put(
                    key, bucket: bucket, body: request.body,
                    contentType: request.headers["Content-Type"] ?? "", condition: condition,
                    metadata: Dictionary(uniqueKeysWithValues: metadata))
                return Response(status: 200, headers: ["ETag": etag.value])
            case "GET" where key.isEmpty:
                return Response(
                    status: 200, body: Array(try await listing(bucket: bucket, query: query).utf8))
            case "GET":
                let object = try await lake.store.get(key, bucket: bucket, range: nil)
                return Response(
                    status: 200, headers: Cloud.headers(object.attributes), body: object.body)
            case "HEAD":
                guard let attributes = try await lake.store.head(key, bucket: bucket) else {
                    return Response(status: 404)
                }
                return Response(status: 200, headers: Cloud.headers(attributes))
            default:
                return Cloud.s3Error(405, "MethodNotAllowed", "not in this cloud")
            }
        } catch let error as S3Error {
            return Cloud.s3Error(error.status ?? 500, error.code.rawValue, error.message)
        }
    }

    private static func headers(_ attributes: ObjectAttributes) -> Headers {
        var headers: Headers = [
            "ETag": attributes.etag.value, "Content-Length": "\(attributes.sizeBytes)",
        ]
        for (name, value) in attributes.metadata { headers["x-amz-meta-\(name)"] = value }
        return headers
    }

    private func listing(bucket: String, query: String) async throws -> String {
        let values = query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        let prefix =
            values.first { $0[0] == "prefix" && $0.count > 1 }.flatMap {
                String($0[1]).removingPercentEncoding
            }
            ?? ""
        let rows =
            if values.contains(where: { $0[0] == "delimiter" }) {
                try await lake.store.listFolders(prefix: prefix, bucket: bucket)
                    .map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }
            } else {
                try await lake.store.list(prefix: prefix, bucket: bucket).map {
                    "<Contents><Key>\($0.key)</Key><ETag>\($0.etag.value)</ETag><Size>\($0.sizeBytes)</Size>"
                        + "<LastModified>\($0.modifiedAt.iso8601)</LastModified></Contents>"
                }
            }
        return "<ListBucketResult>\(rows.joined())<IsTruncated>false</IsTruncated></ListBucketResult>"
    }

    // MARK: Answers of AWS

    /// An error as S3 answers it.
    static func s3Error(
        _ status: Int, _ code: String, _ message: String, more: String = "", headers: Headers = [:]
    ) -> Response {
        var headers = headers
        headers["x-amz-request-id"] = "REQUEST1"
        let body = "<Error><Code>\(code)</Code><Message>\(message)</Message>\(more)</Error>"
        return Response(status: status, headers: headers, body: Array(body.utf8))
    }

    /// An error as Secrets Manager answers it.
    static func secretsError(_ type: String, _ message: String) -> Response {
        Response(
            status: 400, headers: ["x-amzn-RequestId": "REQUEST2"],
            body: Array(#"{"__type":"\#(type)","Message":"\#(message)"}"#.utf8))
    }
}
