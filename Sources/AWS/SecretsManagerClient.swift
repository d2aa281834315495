import Foundation
public import HTTP

/// AWS Secrets Manager, as far as reading a secret goes.
///
/// Nothing is cached: whoever asks again, as after a refused token, gets what is there now.
public struct SecretsManagerClient: SecretStore {
    /// The moment after which no attempt starts, nor any wait that would reach it; nil sets none.
    public var deadline: Timestamp? {
        get { caller.deadline }
        set { caller.deadline = newValue }
    }

    /// The secrets' region.
    public let region: Region
    /// Where requests go.
    public let endpoint: Endpoint

    private var caller: SignedCaller

    /// Five attempts, delays of at most 0.5, 1, 2 and 4 seconds.
    public static let defaultRetryPolicy = RetryPolicy(
        attemptsMaximum: 5, delayBaseSeconds: 0.5, delayMaximumSeconds: 5)

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - transport: The way to the network.
    ///   - time: The clock, for signatures and waits.
    ///   - random: Where the jitter of waits comes from.
    ///   - credentials: Who signs.
    ///   - region: The secrets' region.
    ///   - endpoint: Where requests go.
    ///   - retryPolicy: How often and how patiently to try again.
    public init(
        transport: any Transport, time: any TimeSource, random: any RandomSource, credentials: Credentials,
        region: Region, endpoint: Endpoint, retryPolicy: RetryPolicy = defaultRetryPolicy
    ) {
        self.region = region
        self.endpoint = endpoint
        caller = SignedCaller(
            transport: transport, time: time, random: random,
            signer: Signer(credentials: credentials, region: region.name, service: "secretsmanager"),
            retryPolicy: retryPolicy)
    }

    /// Makes a client from the environment: credentials, region and endpoint.
    ///
    /// - Parameters:
    ///   - environment: The process environment.
    ///   - transport: The way to the network.
    ///   - time: The clock.
    ///   - random: Where the jitter of waits comes from.
    /// - Throws: ``ConfigurationError``.
    public init(
        environment: [String: String], transport: any Transport, time: any TimeSource,
        random: any RandomSource
    ) throws {
        let region = try Region(environment: environment)
        try self.init(
            transport: transport, time: time, random: random,
            credentials: Credentials(environment: environment), region: region,
            endpoint: Endpoint(service: .secretsManager, region: region, environment: environment))
    }

    /// The same client under a deadline, such as an invocation's.
    public func with(deadline: Timestamp?) -> SecretsManagerClient {
        var client = self
        client.deadline = deadline
        return client
    }

    /// Reads a secret's current value (stage `AWSCURRENT`).
    ///
    /// - Parameter id: The secret's name or ARN.
    /// - Returns: The value as text.
    /// - Throws: ``SecretsManagerError``, also when the secret holds bytes instead of text.
    public func secret(id: String) async throws -> Secret {
        let body: Data
        do {
            body = try JSONEncoder().encode(Question(SecretId: id))
        } catch {
            throw SecretsManagerError(
                code: "InvalidParameterException", secretID: id, message: "the name cannot be written as JSON"
            )
        }
        let request = Request(
            method: "POST", url: endpoint.url(path: "/"),
            headers: [
                "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue",
            ], body: [UInt8](body), timeoutSeconds: Self.silenceMaximumSeconds)
        let response: Response
        do {
            response = try await caller.send(request) { response in
                guard response.status == 200 else { return Self.failure(response) }
                // The decoder's own error is not passed on, since it may quote what it could not read.
                return Self.answer(response) == nil
                    ? .invalidResponse("the answer is not the JSON that was expected", response) : nil
            }
        } catch let failure as ServiceFailure {
            throw error(failure, id: id)
        }
        guard let text = Self.answer(response)?.SecretString else {
            throw error(
                .invalidResponse(
                    "the secret holds bytes; store it as text (SecretString)", response, isRetryable: false),
                id: id)
        }
        return Secret(text)
    }

    /// An answer takes a tenth of a second; with all attempts used up, a caller that has read something still has the time
    /// to keep it.
    private static let silenceMaximumSeconds = 5.0

    // The names are those of the protocol.
    private struct Question: Encodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var SecretId: String
    }

    private struct Answer: Decodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var SecretString: String?
    }

    private struct ErrorAnswer: Decodable {
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var __type: String?
        var message: String?
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var Message: String?
    }

    private static func answer(_ response: Response) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    private static func failure(_ response: Response) -> ServiceFailure {
        let answer = try? JSONDecoder().decode(ErrorAnswer.self, from: Data(response.body))
        // Either place may say `prefix#Code` or `Code:https://…`
        // (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization).
        let type = response.headers["x-amzn-ErrorType"] ?? answer?.__type ?? ""
        let code = type.prefix { $0 != ":" }.split(separator: "#").last ?? ""
        return ServiceFailure(
            code: ServiceFailure.oneLine(String(code)), message: answer?.message ?? answer?.Message ?? "",
            response: response)
    }

    private func error(_ failure: ServiceFailure, id: String) -> SecretsManagerError {
        let advice: String? =
            switch failure.code {
            case "Transport" where failure.isRetryable:
                "check that Secrets Manager can be reached from where the function runs, else try again later"
            case "ResourceNotFoundException":
                "create the secret in region \(region), or correct its name"
            case "AccessDeniedException", "AccessDenied":
                failure.message.contains("kms:")
                    ? nil : "the role needs secretsmanager:GetSecretValue on the secret's ARN"
            case "DecryptionFailure":
                "the role needs kms:Decrypt on the secret's key, which must be enabled"
            case "InvalidRequestException":
                "check that the secret is not being deleted and has a value"
            case "ExpiredTokenException", "ExpiredToken":
                "the session has ended; get new credentials"
            case "UnrecognizedClientException", "InvalidClientTokenId":
                "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN"
            case "InvalidSignatureException", "SignatureDoesNotMatch":
                failure.clockAdvice ?? "check AWS_SECRET_ACCESS_KEY and this machine's clock"
            case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
                failure.clockAdvice ?? "set this machine's clock"
            default: nil
            }
        return SecretsManagerError(
            code: failure.code, status: failure.status, secretID: id, attempts: failure.attempts,
            requestID: failure.requestID, message: failure.message + (advice.map { "; \($0)" } ?? ""))
    }
}
