import HTTP

/// One page of a listing of versions (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
struct S3VersionsPage: S3Page, Equatable {
    /// Where a page ends.
    struct Marker: Equatable {
        /// The last key, decoded.
        var key: String
        /// The last version of it; nil when the key is done.
        var version: String?
    }

    /// The versions on the page; deletions are left out.
    var versions: [ListedVersion] = []
    /// Where the next page starts; nil on the last one.
    var next: Marker?

    /// Reads a page.
    ///
    /// - Parameter bytes: The answer's body; names in it may be URL-encoded, which the page itself says.
    /// - Throws: ``XMLError`` when it is not a complete page.
    init(document bytes: [UInt8]) throws(XMLError) {
        let root = try XMLElement(document: bytes)
        guard root.name == "ListVersionsResult" else {
            throw XMLError(offset: 0, reason: "<\(root.name)> is no <ListVersionsResult>")
        }
        let isEncoded = root["EncodingType"]?.text == "url"
        for child in root.children where child.name == "Version" {
            let isLatest = child["IsLatest"]?.text
            guard let object = ListedObject(child, isEncoded: isEncoded), let id = child["VersionId"]?.text,
                isLatest == "true" || isLatest == "false"
            else {
                throw XMLError(
                    offset: 0,
                    reason: "<Version> without Key, VersionId, IsLatest, ETag, Size or LastModified")
            }
            versions.append(
                ListedVersion(
                    object: object, versionID: S3Answer.versionID(id), isLatest: isLatest == "true"))
        }
        guard let isTruncated = root["IsTruncated"]?.text, ["true", "false"].contains(isTruncated) else {
            throw XMLError(offset: 0, reason: "neither the end of the listing nor more of it")
        }
        guard isTruncated == "true" else { return }
        guard let key = root["NextKeyMarker"]?.text, !key.isEmpty else {
            throw XMLError(offset: 0, reason: "more to come and no NextKeyMarker")
        }
        let version = root["NextVersionIdMarker"]?.text
        next = Marker(
            key: S3ListPage.name(key, isEncoded: isEncoded), version: version?.isEmpty == true ? nil : version
        )
    }
}
