import Clickstream
import Lake
import LambdaRuntime
import TestSupport
import Testing

struct ConfigurationTests {
    private func refusal(_ change: (inout ClickstreamLake) -> Void) async -> String {
        var lake = ClickstreamLake()
        change(&lake)
        let lakeWithFault = lake
        let error = await #expect(throws: LakeError.self) {
            try await lakeWithFault.send(Array(#"{"Event":"s3:TestEvent"}"#.utf8))
        }
        #expect(error?.errorType == "Function.Configuration")
        return error?.description ?? ""
    }

    @Test func `the bucket is needed as long as the source is on`() async throws {
        let words = await refusal { $0.environment["CLICKSTREAM_LANDING_BUCKET"] = nil }
        #expect(words.hasPrefix("read configuration CLICKSTREAM_LANDING_BUCKET failed: it is not set"))
        var lake = ClickstreamLake()
        lake.environment = ["BRONZE_BUCKET": "bronze", "SOURCES": "none"]
        #expect(try await lake.send(Array(#"{"Event":"s3:TestEvent"}"#.utf8)).contains("reports"))
    }

    @Test func `an unknown format is refused with those that there are`() async {
        let words = await refusal { $0.environment["CLICKSTREAM_FORMAT"] = "xml" }
        #expect(words.contains("there is no format \"xml\"; there are jsonl, rees46"))
    }

    @Test func `a template of other keys than the prefix's is refused`() async {
        let words = await refusal { $0.environment["CLICKSTREAM_LANDING_KEY_TEMPLATE"] = "{yyyy}/{MM}/{dd}/" }
        #expect(words.contains("CLICKSTREAM_LANDING_KEY_TEMPLATE"))
        #expect(words.contains("does not begin with the prefix events/"))
    }

    @Test func `the seed's keys are found by its template`() async throws {
        var lake = ClickstreamLake()
        lake.environment["CLICKSTREAM_LANDING_KEY_TEMPLATE"] = "events/year={yyyy}/month={MM}/day={dd}/"
        let key = "events/year=2026/month=01/day=08/hour=04/minute=15/events-20260108-041531.jsonl.gz"
        try await lake.land(key, Array(#"{"user_id":"u_1"}"#.utf8), at: "2026-01-08T04:15:31Z")
        lake.store.clearJournal()
        try await lake.send(
            Array(
                #"{"id":"r","time":"2026-01-08T05:00:00Z","reconcile":{"source":"clickstream","days":1}}"#
                    .utf8))
        #expect(lake.commits.count == 1)
        #expect(
            lake.store.journal.filter { $0.operation == .list && $0.bucket == "landing" }.map(\.key) == [
                "events/year=2026/month=01/day=07/", "events/year=2026/month=01/day=08/",
                "events/year=2026/month=01/day=09/",
            ])
    }
}
