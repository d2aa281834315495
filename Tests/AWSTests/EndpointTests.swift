import Testing

@testable import AWS

struct EndpointTests {
    private func make(
        _ environment: [String: String] = [:], service: Endpoint.Service = .s3, region: String = "eu-west-1"
    ) throws -> Endpoint {
        try Endpoint(service: service, region: Region(region), environment: environment)
    }

    @Test func `is AWS's own by default`() throws {
        #expect(try make().url(path: "/") == "https://s3.eu-west-1.amazonaws.com/")
        #expect(
            try make(service: .secretsManager).url(path: "/")
                == "https://secretsmanager.eu-west-1.amazonaws.com/")
        #expect(try make(region: "cn-north-1").url(path: "/") == "https://s3.cn-north-1.amazonaws.com.cn/")
        #expect(try !make().isCustom)
    }

    @Test func `a service's variable comes before the general one`() throws {
        let environment = [
            "AWS_ENDPOINT_URL": "http://general:1", "AWS_ENDPOINT_URL_S3": "http://s3-only:2",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": "",
        ]
        #expect(try make(environment).url(path: "/") == "http://s3-only:2/")
        #expect(try make(environment, service: .secretsManager).url(path: "/") == "http://general:1/")
        #expect(try make(environment).isCustom)
    }

    @Test func `variables can be switched off`() throws {
        let environment = [
            "AWS_ENDPOINT_URL": "http://general:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        ]
        #expect(try !make(environment).isCustom)
    }

    @Test(arguments: [
        ("http://127.0.0.1:4566/", "http://127.0.0.1:4566/b"),
        ("https://Example.COM", "https://example.com/b"),
        ("HTTP://host:80", "http://host/b"), ("https://host:443/", "https://host/b"),
        ("http://host:443", "http://host:443/b"), ("http://host/base//", "http://host/base/b"),
        ("http://[::1]:4566", "http://[::1]:4566/b"), ("http://[::1]", "http://[::1]/b"),
    ])
    func `takes host, port and path from a variable`(url: String, expected: String) throws {
        #expect(try make(["AWS_ENDPOINT_URL": url]).url(path: "/b") == expected)
    }

    @Test(arguments: [
        ("127.0.0.1:4566", "it starts with neither http:// nor https://"), ("http://", "it has no host"),
        ("http:///path", "it has no host"), ("http://:4566", "it has no host"),
        ("http://user:fake-password@host", "it has a user name"),
        ("http://host?x=1", "it has a query or a fragment"),
        ("http://host#x", "it has a query or a fragment"),
        ("http://host:99999", "its port is not a number up to 65535"),
        ("http://host:", "its port is not a number up to 65535"),
        ("http://ho st", "it contains white space or characters that a URL cannot hold"),
    ])
    func `says what is wrong with a variable and does not show it`(url: String, cause: String) throws {
        #expect(
            throws: ConfigurationError(
                "read AWS_ENDPOINT_URL_S3 failed: \(cause); set it to a URL such as http://127.0.0.1:4566")
        ) { try make(["AWS_ENDPOINT_URL_S3": url]) }
    }

    @Test func `puts a bucket into the host, or into the path when its name has a dot`() throws {
        let endpoint = try make()
        #expect(endpoint.s3URL(bucket: "lake-1", key: "a") == "https://lake-1.s3.eu-west-1.amazonaws.com/a")
        #expect(endpoint.s3URL(bucket: "my.lake", key: "a") == "https://s3.eu-west-1.amazonaws.com/my.lake/a")
        #expect(
            endpoint.s3URL(bucket: "lake", query: "list-type=2")
                == "https://lake.s3.eu-west-1.amazonaws.com/?list-type=2")
    }

    @Test func `puts a bucket into the path of a stand-in`() throws {
        let endpoint = try make(["AWS_ENDPOINT_URL": "http://127.0.0.1:4566"])
        #expect(endpoint.s3URL(bucket: "lake", key: "a") == "http://127.0.0.1:4566/lake/a")
    }

    @Test func `encodes everything in a key but slashes and unreserved characters`() throws {
        let url = try make().s3URL(bucket: "lake", key: "dt=2026-01-08/a b+c&d?é%2F~._-")
        #expect(
            url == "https://lake.s3.eu-west-1.amazonaws.com/dt%3D2026-01-08/a%20b%2Bc%26d%3F%C3%A9%252F~._-")
    }
}
