import AWS
import Testing

struct EnvironmentTests {
    static let complete = [
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake",
        "AWS_SESSION_TOKEN": "fake-token",
        "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "us-east-1",
    ]

    @Test func `reads credentials with and without a session token`() throws {
        let credentials = try Credentials(environment: Self.complete)
        #expect(credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(credentials.secretAccessKey.reveal() == "fake")
        #expect(credentials.sessionToken?.reveal() == "fake-token")
        var environment = Self.complete
        environment["AWS_SESSION_TOKEN"] = ""
        #expect(try Credentials(environment: environment).sessionToken == nil)
    }

    @Test(arguments: [
        (["AWS_ACCESS_KEY_ID"], "AWS_ACCESS_KEY_ID is not set"),
        (["AWS_SECRET_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY is not set"),
        (
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
        ),
    ])
    func `says which credential is missing`(missing: [String], cause: String) {
        let environment = Self.complete.filter { !missing.contains($0.key) }
        let error = #expect(throws: ConfigurationError.self) { try Credentials(environment: environment) }
        #expect(
            error?.description
                == "read AWS credentials failed: \(cause); Lambda sets them from the function's role, "
                + "elsewhere use `aws configure export-credentials --format env`")
    }

    @Test func `AWS_REGION comes before AWS_DEFAULT_REGION`() throws {
        #expect(try Region(environment: Self.complete).name == "eu-central-1")
        #expect(try Region(environment: ["AWS_DEFAULT_REGION": "us-west-2"]).name == "us-west-2")
        #expect(
            try Region(environment: ["AWS_REGION": "", "AWS_DEFAULT_REGION": "us-west-2"]).name == "us-west-2"
        )
    }

    @Test func `says that no region is set, and refuses what is none`() {
        #expect(
            throws: ConfigurationError(
                "read AWS region failed: neither AWS_REGION nor AWS_DEFAULT_REGION is set; "
                    + "Lambda sets the first, elsewhere set it to a region such as us-east-1")
        ) { try Region(environment: [:]) }
        #expect(
            throws: ConfigurationError(
                "read AWS region failed: 'evil.example/' is no region; set AWS_REGION to one such as us-east-1"
            )
        ) {
            try Region("evil.example/")
        }
    }

    @Test(arguments: [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
    func `knows the partition`(region: String, partition: String) throws {
        #expect(try Region(region).partition == partition)
    }
}
