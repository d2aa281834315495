/// One page of some listing.
protocol S3Page {
    /// Reads a page from an answer's body.
    init(document bytes: [UInt8]) throws(XMLError)
}
