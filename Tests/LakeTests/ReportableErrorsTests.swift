import AWS
import HTTP
import Lake
import LambdaRuntime
import Tables
import TestSupport
import Testing

@testable import Wistia

struct ReportableErrorsTests {
    private static let wistia: [WistiaError.Kind] = [
        .unauthorized, .forbidden, .notFound, .throttled, .serverFailed, .invalidAnswer,
        .rejected,
        .unreachable, .untrustedServer, .deadlineReached,
    ]

    private static let s3: [S3Error.Code] = [
        .noSuchKey, .noSuchBucket, .preconditionFailed, .conditionalRequestConflict, .accessDenied,
        .invalidArgument,
        .invalidResponse, .transport, .init(rawValue: "404 Not Found"), .init(rawValue: ""),
    ]

    private static let pipeline: [LakeError] = [
        .configuration(variable: "", problem: ""), .unexpectedEvent(layer: "", found: "", expected: ""),
        .unexpectedKey(layer: "", key: "", expected: ""),
        .unreadableObject(resource: "", expected: "", cause: ""), .missingObject(resource: "", namedBy: ""),
        .otherVersion(resource: "", namedBy: "", expected: "", found: ""),
        .unexpectedAnswer(subject: "", found: ""),
        .unreadablePart(resource: "", line: 1, cause: ""), .ledger(layer: "", table: "", counts: ""),
        .schemaChanged(commit: "", table: "", quarantined: 1, read: 1, fields: []),
        .pagesMissing(runID: "", first: 1),
        .commitsFailed(layer: "", failures: [], count: 1), .futureTime(time: "", now: ""),
        .contention(resource: "", attempts: 1),
        .tooManyContinuations(runID: "", count: 1),
        .dayBlocked(date: "", commit: "", cause: ""), .rowsLacking(resource: "", failures: []),
        .unreadableTable(resource: "", table: "", cause: ""), .timeUp(layer: "", from: "", failures: []),
        .missingFile(""), .unreadableFile("", cause: ""), .fileTooLarge("", sizeBytes: 1, limitBytes: 1),
        .runIDsTaken(""), .runsFailed(1, of: 2, failures: []), .filesLeft(1, of: 2, failures: []),
    ]

    private static var all: [any ReportableError] {
        wistia.map { WistiaError(kind: $0, subject: "", detail: "") }
            + s3.map { S3Error(code: $0, operation: "", resource: "", message: "") }
            + pipeline
            + [
                SecretsManagerError(code: "InternalServiceError", secretID: "", message: ""),
                InvariantError(table: "", cause: ""),
            ]
    }

    @Test func `have types that the platform records as they are`() async throws {
        let invocation = Invocation(requestID: "a", deadline: VirtualTimeSource().now(), body: [])
        for error in ReportableErrorsTests.all {
            let transport = ScriptedTransport([Response(status: 202)])
            _ = try await RuntimeClient(endpoint: "127.0.0.1:1", transport: transport)
                .fail(invocation, error: error)
            let header = try #require(transport.requests.first?.headers["Lambda-Runtime-Function-Error-Type"])
            #expect(header == error.errorType)
        }
    }

    @Test func `name S3's code in letters`() {
        let error = S3Error(code: .noSuchKey, operation: "", resource: "", message: "")
        #expect(error.errorType == "Function.StorageNoSuchKey")
    }
}
