import Testing

@testable import Pipeline

struct ConfigurationTests {
    private func make(_ variable: Variable, _ value: String) -> Configuration {
        Configuration(environment: [variable.rawValue: value])
    }

    @Test func `names the variable that is missing and where to set it`() {
        let error = #expect(throws: PipelineError.self) {
            try Configuration(environment: [:]).required(.bronzeBucket)
        }
        #expect(
            error?.description
                == "read configuration BRONZE_BUCKET failed: it is not set; see Configuration in infra/README.md"
        )
    }

    @Test func `an empty variable counts as absent`() {
        #expect(make(.wistiaMediaIDs, "").string(.wistiaMediaIDs) == nil)
    }

    @Test func `has defaults where there is a safe one`() throws {
        let configuration = Configuration(environment: [:])
        #expect(try configuration.requestsPerMinute() == 480)
        #expect(try configuration.wistiaBaseURL() == "https://api.wistia.com")
        #expect(try configuration.mediaIDs() == [])
    }

    @Test func `reads media ids once each, in order`() throws {
        #expect(
            try make(.wistiaMediaIDs, "gskhw4w4lm, v08dlrgr7v,gskhw4w4lm").mediaIDs() == [
                "gskhw4w4lm", "v08dlrgr7v",
            ])
    }

    @Test(arguments: ["a/b", "a,%2e", "ä"])
    func `refuses media ids that could change the request's path`(value: String) {
        #expect(throws: PipelineError.self) { try make(.wistiaMediaIDs, value).mediaIDs() }
    }

    @Test(arguments: ["0", "-1", "100001", "8.5", "many"])
    func `refuses rates that cannot be`(value: String) {
        let error = #expect(throws: PipelineError.self) {
            try make(.wistiaRequestsPerMinute, value).requestsPerMinute()
        }
        #expect(error?.description.contains("\(value) is not a whole number from 1 to 100000") == true)
    }

    @Test func `takes an address with or without a trailing slash`() throws {
        #expect(try make(.wistiaBaseURL, "http://127.0.0.1:8000/").wistiaBaseURL() == "http://127.0.0.1:8000")
        #expect(throws: PipelineError.self) { try make(.wistiaBaseURL, "api.wistia.com").wistiaBaseURL() }
    }
}
