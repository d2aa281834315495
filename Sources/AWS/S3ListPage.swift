import HTTP

/// One page of a listing (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
struct S3ListPage: S3Page, Equatable {
    /// The objects on the page.
    var objects: [ListedObject] = []
    /// The common prefixes on the page.
    var folders: [String] = []
    /// Where the next page starts; nil on the last one.
    var nextToken: String?

    /// Reads a page.
    ///
    /// - Parameter bytes: The answer's body; names in it may be URL-encoded, which the page itself says.
    /// - Throws: ``XMLError`` when it is not a complete page.
    init(document bytes: [UInt8]) throws(XMLError) {
        let root = try XMLElement(document: bytes)
        guard root.name == "ListBucketResult" else {
            throw XMLError(offset: 0, reason: "<\(root.name)> is no <ListBucketResult>")
        }
        let isEncoded = root["EncodingType"]?.text == "url"
        for child in root.children {
            switch child.name {
            case "Contents":
                guard let object = ListedObject(child, isEncoded: isEncoded) else {
                    throw XMLError(offset: 0, reason: "<Contents> without Key, ETag, Size or LastModified")
                }
                objects.append(object)
            case "CommonPrefixes":
                guard let prefix = child["Prefix"]?.text else {
                    throw XMLError(offset: 0, reason: "<CommonPrefixes> without Prefix")
                }
                folders.append(Self.name(prefix, isEncoded: isEncoded))
            default: break
            }
        }
        guard let isTruncated = root["IsTruncated"]?.text, ["true", "false"].contains(isTruncated) else {
            throw XMLError(offset: 0, reason: "neither the end of the listing nor more of it")
        }
        if isTruncated == "true" {
            guard let token = root["NextContinuationToken"]?.text, !token.isEmpty else {
                throw XMLError(offset: 0, reason: "more to come and no NextContinuationToken")
            }
            nextToken = token
        }
    }

    /// A key or prefix as a page has it.
    static func name(_ text: String, isEncoded: Bool) -> String {
        isEncoded ? String(decoding: PercentEncoding.decode(text, plusIsSpace: true), as: UTF8.self) : text
    }
}

extension ListedObject {
    /// Reads what a listing of objects and one of versions have in common; nil when something is missing.
    init?(_ element: XMLElement, isEncoded: Bool) {
        guard let key = element["Key"]?.text, let etag = element["ETag"]?.text,
            let sizeBytes = element["Size"].flatMap({ Int($0.text) }),
            let modifiedAt = element["LastModified"].flatMap({ Timestamp(rfc3339: $0.text) })
        else { return nil }
        self.init(
            key: S3ListPage.name(key, isEncoded: isEncoded), etag: ETag(etag), sizeBytes: sizeBytes,
            modifiedAt: modifiedAt)
    }
}
