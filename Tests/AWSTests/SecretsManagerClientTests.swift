import AWS
import HTTP
import TestSupport
import Testing

struct SecretsManagerClientTests {
    private func make(_ transport: ScriptedTransport, environment: [String: String] = [:]) throws
        -> SecretsManagerClient
    {
        try SecretsManagerClient(
            environment: environment.merging(
                [
                    "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                    "AWS_SECRET_ACCESS_KEY": "fake",
                ]
            ) { first, _ in first },
            transport: transport, time: VirtualTimeSource(), random: SeededRandomSource())
    }

    private static func answer(_ status: Int, _ json: String, headers: Headers = [:]) -> Response {
        Response(status: status, headers: headers, body: Array(json.utf8))
    }

    @Test func `reads a secret`() async throws {
        let transport = ScriptedTransport([
            Self.answer(
                200,
                #"{"Name":"wistia","SecretString":"{\"token\":\"fake\"}","VersionStages":["AWSCURRENT"]}"#)
        ])
        let secret = try await make(transport).secret(id: #"medallion/"wistia""#)
        #expect(secret.reveal() == #"{"token":"fake"}"#)
        let request = try #require(transport.requests.first)
        #expect(request.method == "POST")
        #expect(request.timeoutSeconds == 5)
        #expect(request.url == "https://secretsmanager.eu-west-1.amazonaws.com/")
        #expect(request.headers["X-Amz-Target"] == "secretsmanager.GetSecretValue")
        #expect(request.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(
            String(decoding: request.body, as: UTF8.self).replacing(#"\/"#, with: "/")
                == #"{"SecretId":"medallion/\"wistia\""}"#)
        #expect(
            request.headers["Authorization"]?.contains("/eu-west-1/secretsmanager/aws4_request") == true)
    }

    @Test func `its own endpoint variable comes first`() async throws {
        let transport = ScriptedTransport([Self.answer(200, #"{"SecretString":"fake"}"#)])
        let client = try make(
            transport,
            environment: [
                "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:1",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:2",
            ])
        _ = try await client.secret(id: "s")
        #expect(transport.requests.first?.url == "http://127.0.0.1:1/")
    }

    private static let failures: [(json: String, headers: Headers, message: String)] = [
        (
            #"{"__type":"ResourceNotFoundException","Message":"can't find it."}"#, [:],
            "GetSecretValue s failed: ResourceNotFoundException (HTTP 400): can't find it.; "
                + "create the secret in region eu-west-1, or correct its name"
        ),
        (
            #"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}"#, [:],
            "GetSecretValue s failed: AccessDeniedException (HTTP 400): no; "
                + "the role needs secretsmanager:GetSecretValue on the secret's ARN"
        ),
        (
            "{}", ["x-amzn-ErrorType": "DecryptionFailure:http://internal", "x-amzn-RequestId": "R1"],
            "GetSecretValue s failed: DecryptionFailure (HTTP 400): the answer does not say why; "
                + "the role needs kms:Decrypt on the secret's key, which must be enabled, request R1"
        ),
        ("<html>", [:], "GetSecretValue s failed: BadRequest (HTTP 400): the answer does not say why"),
    ]

    @Test(arguments: failures)
    func `an error says what to do`(json: String, headers: Headers, message: String) async throws {
        let client = try make(ScriptedTransport([Self.answer(400, json, headers: headers)]))
        let error = await #expect(throws: SecretsManagerError.self) { try await client.secret(id: "s") }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#), (500, ""), (503, "<html>"),
        (200, #"{"SecretString":"fa"#),
    ])
    func `what may pass is tried again`(status: Int, json: String) async throws {
        let transport = ScriptedTransport([
            Self.answer(status, json), Self.answer(200, #"{"SecretString":"fake"}"#),
        ])
        #expect(try await make(transport).secret(id: "s") == Secret("fake"))
    }

    @Test(arguments: [
        (
            #"{"SecretString":["obviously-fake-secret"]}"#,
            "GetSecretValue s failed after 5 attempts: InvalidResponse (HTTP 200): the answer is not the JSON that was expected"
        ),
        (
            #"{"SecretBinary":"b2J2aW91c2x5LWZha2Utc2VjcmV0"}"#,
            "GetSecretValue s failed: InvalidResponse (HTTP 200): the secret holds bytes; store it as text (SecretString)"
        ),
    ])
    func `an answer that cannot be used is not quoted`(json: String, message: String) async throws {
        let client = try make(ScriptedTransport { _, _ in Self.answer(200, json) })
        let error = await #expect(throws: SecretsManagerError.self) { try await client.secret(id: "s") }
        #expect(error?.description == message)
    }

    @Test func `nothing is sent after the deadline`() async throws {
        let transport = ScriptedTransport([])
        let client = try make(transport).with(deadline: Timestamp(microsecondsSinceEpoch: 0))
        let error = await #expect(throws: SecretsManagerError.self) { try await client.secret(id: "s") }
        #expect(
            error?.description == "GetSecretValue s failed: Transport: no time is left before the deadline")
        #expect(transport.requests.isEmpty)
    }
}
