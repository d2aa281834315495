import AWS
import HTTP
import Logging
import TestSupport
import Testing

@testable import Lake

/// Which sources are on.
struct SourcesTests {
    private static func names(_ value: String?) throws -> Set<String> {
        try Configuration(environment: value.map { ["SOURCES": $0] } ?? [:]).sourceNames(of: ["one", "two"])
    }

    @Test func `all sources are on unless the variable names some`() throws {
        #expect(try Self.names(nil) == ["one", "two"])
        #expect(try Self.names("") == ["one", "two"])
        #expect(try Self.names("two") == ["two"])
        #expect(try Self.names("two, one") == ["one", "two"])
    }

    @Test func `none names no source`() throws {
        #expect(try Self.names("none") == [])
        #expect(try Self.names("none,two,none") == ["two"])
    }

    @Test func `a name that is no source's is refused`() {
        let error = #expect(throws: LakeError.self) { try Self.names("three") }
        #expect(error?.description.contains("there is no source \"three\"; there are one, two") == true)
    }

    @Test func `a function starts without the secrets of a source that is off`() async throws {
        let function = try Self.bronze(["BRONZE_BUCKET": "bronze", "SOURCES": "none"])
        let schedule = """
            {"id": "7d4f8c1e-52aa-4a0e-9c39-0c1d2e3f4a5b", "detail-type": "Scheduled Event", "source": "aws.events",
            "time": "2026-01-08T02:00:00Z"}
            """
        let answer = try await function.handle(Array(schedule.utf8), deadline: nil)
        #expect(String(decoding: answer, as: UTF8.self).filter { !$0.isWhitespace } == #"{"reports":[]}"#)
        let manual = #"{"id": "a", "time": "2026-01-08T02:00:00Z", "source": "needy"}"#
        await #expect(throws: LakeError.unknownSource("needy", layer: "bronze", known: [])) {
            try await function.handle(Array(manual.utf8), deadline: nil)
        }
    }

    @Test func `a function does not start without the secrets of a source that is on`() {
        for sources in ["needy", ""] {
            #expect(throws: LakeError.configuration(variable: "NEEDY_SECRET_ID", problem: "it is not set")) {
                try Self.bronze(["BRONZE_BUCKET": "bronze", "SOURCES": sources])
            }
        }
    }

    private static func bronze(_ environment: [String: String]) throws -> BronzeFunction {
        let store = MemoryObjectStore()
        let platform = Platform(
            transport: ScriptedTransport([]), store: { _ in store }, secrets: NoSecrets(),
            time: VirtualTimeSource(), random: SeededRandomSource())
        return try BronzeFunction(
            sources: [NeedySource.self], configuration: Configuration(environment: environment),
            platform: platform, logger: Logger(label: "test"))
    }
}

private struct NoSecrets: SecretStore {
    func secret(id: String) async throws -> Secret { throw LakeError("Secret", "no secret is to be read") }
}

/// A source that cannot be without its secret.
private struct NeedySource: BronzeSource {
    static let name = "needy"
    static let variables = [secretID]
    static let isScheduled = true
    private static let secretID = Variable("NEEDY_SECRET_ID")

    init(configuration: Configuration, platform: Platform, logger: Logger) throws {
        _ = try configuration.required(Self.secretID)
    }

    func read(_ run: BronzeRun) async throws -> Reading? { nil }
}
