import AWS
import Foundation
import HTTP

/// S3 as its clients see it: strongly consistent, with conditional writes and listings that come page by page.
final class PretendStorage: @unchecked Sendable {
    struct Object {
        var body: [UInt8]
        var etag: String
        var contentType: String
        var metadata: [String: String]
        var modified: Timestamp
    }

    private(set) var buckets: [String: [String: Object]] = [:]
    /// Keys that one page of a listing holds.
    var listPageSize = 1_000
    /// Whether writes heed `If-Match`.
    var heedsIfMatch = true
    /// What bronze's commits name as complete when they are read; nil for what they do name.
    var completeAsRead: String?
    /// Whether writes to bronze heed `If-None-Match`.
    var heedsIfNoneMatch = true

    /// The same objects, to go on from.
    func copy(of names: [String]) -> PretendStorage {
        let copy = PretendStorage()
        copy.buckets = buckets.filter { names.contains($0.key) }
        copy.completeAsRead = completeAsRead
        return copy
    }

    func keys(_ bucket: String, prefix: String = "") -> [String] {
        buckets[bucket, default: [:]].keys.filter { $0.hasPrefix(prefix) }.sorted()
    }

    func body(_ bucket: String, _ key: String) -> [UInt8]? { buckets[bucket]?[key]?.body }

    func write(_ bucket: String, _ key: String, _ object: Object) {
        buckets[bucket, default: [:]][key] = object
    }

    // MARK: Requests

    /// Where a request goes.
    static func address(of request: Request) -> (bucket: String, key: String, query: [String: String]) {
        let rest = request.url.dropFirst("https://".count)
        let host = rest.prefix { $0 != "/" }
        let target = rest.dropFirst(host.count + 1)
        let key = target.prefix { $0 != "?" }
        var query: [String: String] = [:]
        for pair in target.dropFirst(key.count + 1).split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]).removingPercentEncoding : ""
        }
        return (String(host.prefix { $0 != "." }), String(key).removingPercentEncoding ?? "", query)
    }

    /// Does what a request asks.
    func answer(_ request: Request, now: Timestamp) -> Response {
        let (bucket, key, query) = PretendStorage.address(of: request)
        var response: Response
        switch request.method {
        case "PUT": response = put(request, bucket: bucket, key: key, now: now)
        case "GET" where key.isEmpty: response = list(bucket: bucket, query: query)
        case "GET", "HEAD":
            guard let object = buckets[bucket]?[key] else {
                response = PretendStorage.failure(404, "NoSuchKey")
                break
            }
            response = Response(status: 200, headers: ["ETag": object.etag])
            for (name, value) in object.metadata { response.headers["x-amz-meta-\(name)"] = value }
            response.headers["Content-Length"] = "\(object.body.count)"
            guard request.method == "GET" else { break }
            response.body = object.body
            guard let completeAsRead, bucket == "bronze", key.hasPrefix("commits/") else { break }
            let text = String(decoding: object.body, as: UTF8.self)
            response.body = Array(
                text.replacing(/"complete" : \[[^\]]*\]/, with: "\"complete\" : [\(completeAsRead)]").utf8)
            response.headers["Content-Length"] = "\(response.body.count)"
        default: response = PretendStorage.failure(405, "MethodNotAllowed")
        }
        response.headers["Date"] = now.httpDate
        return response
    }

    static func failure(_ status: Int, _ code: String) -> Response {
        Response(
            status: status,
            body: Array("<Error><Code>\(code)</Code><Message>as the plan has it</Message></Error>".utf8))
    }

    private func put(_ request: Request, bucket: String, key: String, now: Timestamp) -> Response {
        let standing = buckets[bucket]?[key]
        if heedsIfNoneMatch || bucket != "bronze", request.headers["If-None-Match"] != nil, standing != nil {
            return PretendStorage.failure(412, "PreconditionFailed")
        }
        if heedsIfMatch, let wanted = request.headers["If-Match"] {
            guard let standing else { return PretendStorage.failure(404, "NoSuchKey") }
            guard standing.etag == wanted else { return PretendStorage.failure(412, "PreconditionFailed") }
        }
        var metadata: [String: String] = [:]
        for field in request.headers.fields where field.name.hasPrefix("x-amz-meta-") {
            metadata[String(field.name.dropFirst("x-amz-meta-".count))] = field.value
        }
        let etag = PretendStorage.etag(of: request.body)
        write(
            bucket, key,
            Object(
                body: request.body, etag: etag, contentType: request.headers["Content-Type"] ?? "",
                metadata: metadata, modified: now))
        return Response(status: 200, headers: ["ETag": etag])
    }

    static func etag(of body: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16))-\(body.count)\""
    }

    private func list(bucket: String, query: [String: String]) -> Response {
        let prefix = query["prefix"] ?? ""
        var entries: [String] = []
        for key in keys(bucket, prefix: prefix) {
            var entry = key
            if let delimiter = query["delimiter"], let end = key.dropFirst(prefix.count).range(of: delimiter)
            {
                entry = String(key[..<end.upperBound])
            }
            if entry != entries.last { entries.append(entry) }
        }
        if let token = query["continuation-token"] { entries.removeAll { $0 <= token } }
        let page = entries.prefix(listPageSize)
        var xml = "<ListBucketResult>"
        for entry in page {
            if let object = buckets[bucket]?[entry] {
                // S3 tells whole seconds.
                xml +=
                    "<Contents><Key>\(entry)</Key><ETag>\(object.etag)</ETag><Size>\(object.body.count)</Size>"
                xml += "<LastModified>\(object.modified.iso8601Seconds)</LastModified></Contents>"
            } else {
                xml += "<CommonPrefixes><Prefix>\(entry)</Prefix></CommonPrefixes>"
            }
        }
        if page.count < entries.count, let last = page.last {
            xml += "<IsTruncated>true</IsTruncated><NextContinuationToken>\(last)</NextContinuationToken>"
        } else {
            xml += "<IsTruncated>false</IsTruncated>"
        }
        return Response(status: 200, body: Array((xml + "</ListBucketResult>").utf8))
    }
}
