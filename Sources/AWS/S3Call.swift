/// One call as its errors tell of it.
struct S3Call {
    /// What is asked of S3.
    enum Operation {
        case getObject
        case headObject
        /// A read of a version that is named.
        case getObjectVersion
        /// A question about a version that is named.
        case headObjectVersion
        case putObject(WriteCondition?)
        case listObjects
        case listObjectVersions

        var name: String {
            switch self {
            case .getObject, .getObjectVersion: "GetObject"
            case .headObject, .headObjectVersion: "HeadObject"
            case .putObject: "PutObject"
            case .listObjects: "ListObjectsV2"
            case .listObjectVersions: "ListObjectVersions"
            }
        }
    }

    var operation: Operation
    var bucket: String
    /// The key, or the prefix of a listing.
    var key: String
    var region: Region
    /// The environment variable that names the bucket; nil when none is known.
    var bucketVariable: String?

    init(
        _ operation: Operation, bucket: String, key: String, region: Region, bucketVariable: String? = nil
    ) {
        self.operation = operation
        self.bucket = bucket
        self.key = key
        self.region = region
        self.bucketVariable = bucketVariable
    }

    /// An error about what we refuse to send.
    func refusal(_ code: S3Error.Code, _ message: String) -> S3Error {
        S3Error(
            code: code, operation: operation.name, resource: "s3://\(bucket)/\(key)", message: message)
    }

    /// A failure as the caller gets it, with what to do about it.
    func error(_ failure: ServiceFailure) -> S3Error {
        let advice = advice(failure).map { "; \($0)" } ?? ""
        return S3Error(
            code: S3Error.Code(rawValue: failure.code), status: failure.status, operation: operation.name,
            resource: "s3://\(bucket)/\(key)", attempts: failure.attempts, requestID: failure.requestID,
            message: failure.message + advice)
    }

    private func advice(_ failure: ServiceFailure) -> String? {
        if let other = failure.region, !other.isEmpty, other != region.name,
            [301, 302, 307, 308, 400].contains(failure.status)
        {
            return
                "the bucket is in \(other) and AWS_REGION is \(region); deploy the function to the bucket's region, "
                + "or give it a bucket in \(region)"
        }
        return switch failure.code {
        case "AccessDenied", "AllAccessDisabled":
            // Such a message names the action and the key that are missing.
            failure.message.contains("kms:") ? nil : failure.clockAdvice ?? "the role needs \(permission)"
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            "check that AWS_REGION, now \(region), is the bucket's region"
        case "ExpiredToken", "TokenRefreshRequired":
            "the session has ended; get new credentials"
        case "InvalidAccessKeyId", "InvalidToken", "UnrecognizedClientException":
            "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN"
        case "SignatureDoesNotMatch":
            "check AWS_SECRET_ACCESS_KEY"
        case "Transport" where failure.isRetryable:
            "check that S3 can be reached from where the function runs, else try again later"
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            failure.clockAdvice ?? "set this machine's clock"
        case "NoSuchBucket":
            "check \(bucketVariable ?? "the bucket's name") and that the bucket was created in this account"
        case "SlowDown", "ServiceUnavailable", "TooManyRequests":
            "try again later"
        // What stores other than AWS's say of a full disk.
        case "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity", "HTTP507":
            "the store has no space left; make room and try again"
        case _ where failure.code.hasPrefix("KMS."):
            "look at the KMS key of the bucket's encryption"
        default: nil
        }
    }

    private var permission: String {
        let bucketARN = "arn:\(region.partition):s3:::\(bucket)"
        let objectARN = "\(bucketARN)/\(key)"
        return switch operation {
        case .getObject, .headObject:
            "s3:GetObject on \(objectARN), and s3:ListBucket on \(bucketARN) to be told that an object is absent"
        case .getObjectVersion, .headObjectVersion:
            "s3:GetObjectVersion on \(objectARN), and s3:ListBucket on \(bucketARN) to be told that an object is absent"
        case .putObject(.ifMatch):
            "s3:PutObject and, for If-Match, s3:GetObject on \(objectARN)"
        case .putObject:
            "s3:PutObject on \(objectARN)"
        case .listObjects:
            "s3:ListBucket on \(bucketARN)"
        case .listObjectVersions:
            "s3:ListBucketVersions on \(bucketARN)"
        }
    }
}
