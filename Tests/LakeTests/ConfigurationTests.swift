import Testing

@testable import Lake
@testable import Wistia

struct ConfigurationTests {
    private func make(_ variable: Variable, _ value: String) -> Configuration {
        Configuration(environment: [variable.name: value])
    }

    @Test func `names the variable that is missing and where to set it`() {
        let error = #expect(throws: LakeError.self) {
            try Configuration(environment: [:]).required(.bronzeBucket)
        }
        #expect(
            error?.description
                == "read configuration BRONZE_BUCKET failed: it is not set; see Configuration in infra/README.md"
        )
    }

    @Test func `an empty variable counts as absent`() {
        #expect(make(.mediaIDs, "").string(.mediaIDs) == nil)
    }

    @Test func `has defaults where there is a safe one`() throws {
        let configuration = Configuration(environment: [:])
        #expect(try configuration.requestsPerMinute() == 480)
        #expect(try configuration.baseURL() == "https://api.wistia.com")
        #expect(try configuration.mediaIDs() == [])
    }

    @Test func `reads media ids once each, in order`() throws {
        #expect(
            try make(.mediaIDs, "gskhw4w4lm, v08dlrgr7v,gskhw4w4lm").mediaIDs() == [
                "gskhw4w4lm", "v08dlrgr7v",
            ])
    }

    @Test(arguments: ["a/b", "a,%2e", "ä"])
    func `refuses media ids that could change the request's path`(value: String) {
        #expect(throws: LakeError.self) { try make(.mediaIDs, value).mediaIDs() }
    }

    @Test(arguments: ["0", "-1", "100001", "8.5", "many"])
    func `refuses rates that cannot be`(value: String) {
        let error = #expect(throws: LakeError.self) {
            try make(.requestsPerMinute, value).requestsPerMinute()
        }
        #expect(error?.description.contains("\(value) is not a whole number from 1 to 100000") == true)
    }

    @Test func `takes an address with or without a trailing slash`() throws {
        #expect(try make(.baseURL, "http://127.0.0.1:8000/").baseURL() == "http://127.0.0.1:8000")
        #expect(throws: LakeError.self) { try make(.baseURL, "api.wistia.com").baseURL() }
    }

    @Test(arguments: [
        "http://api.wistia.com", "ftp://user:hidden@127.0.0.1", "api.wistia.com", "https://",
        "http://127.0.0.1.evil.com", "http://localhost.evil.com", "https://user:hidden@api.wistia.com",
        "https://api.wistia.com?x=hidden", "http://127.0.0.1@evil.com/", #"https://api.wistia.com\@evil.com"#,
    ])
    func `refuses an address that would give the token away, and does not quote it`(value: String) {
        let error = #expect(throws: LakeError.self) { try make(.baseURL, value).baseURL() }
        #expect(error?.description.contains("the token must not travel in clear") == true)
        #expect(error?.description.contains("WISTIA_BASE_URL") == true)
        #expect(error?.description.contains("hidden") == false)
    }

    @Test(arguments: [
        "https://api.wistia.com", "http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:1",
        "https://api.wistia.com//",
    ])
    func `takes a safe address without the slashes at its end`(value: String) throws {
        #expect(try make(.baseURL, value).baseURL().last != "/")
    }

    @Test func `all sources are on, or those that the variable names`() throws {
        let known = ["wistia", "clickstream"]
        #expect(try Configuration(environment: [:]).sourceNames(of: known) == Set(known))
        #expect(try make(.sources, "").sourceNames(of: known) == Set(known))
        #expect(try make(.sources, " wistia ").sourceNames(of: known) == ["wistia"])
        #expect(try make(.sources, "clickstream, wistia").sourceNames(of: known) == Set(known))
    }

    @Test(arguments: [
        ("wista", "there is no source \"wista\"; there are clickstream, wistia"),
        (" ", "there is no source \"\"; there are clickstream, wistia"),
        // A function without any source would answer every schedule with success and do nothing.
        (",", "it names no source; there are clickstream, wistia"),
    ])
    func `refuses sources that are not there, and none at all`(value: String, problem: String) {
        let error = #expect(throws: LakeError.self) {
            try make(.sources, value).sourceNames(of: ["wistia", "clickstream"])
        }
        #expect(error?.description.contains(problem) == true)
    }
}
