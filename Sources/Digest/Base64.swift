extension Collection<UInt8> {
    /// The bytes in Base64 with padding (RFC 4648 §4).
    public var base64Encoded: String {
        let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var output: [UInt8] = []
        output.reserveCapacity((count + 2) / 3 * 4)
        var group = 0
        var groupSizeBytes = 0
        func flush() {
            let bits = group << (8 * (3 - groupSizeBytes))
            for place in 0..<4 {
                output.append(
                    place <= groupSizeBytes ? alphabet[(bits >> (18 - 6 * place)) & 63] : UInt8(ascii: "="))
            }
            group = 0
            groupSizeBytes = 0
        }
        for byte in self {
            group = group << 8 | Int(byte)
            groupSizeBytes += 1
            if groupSizeBytes == 3 { flush() }
        }
        if groupSizeBytes > 0 { flush() }
        return String(decoding: output, as: UTF8.self)
    }
}
