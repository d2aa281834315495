/// A position in untrusted bytes; every step is checked against the end.
///
/// The memory must outlive the cursor: it is used only within `withUnsafeBufferPointer`.
struct ByteCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - offset }

    mutating func readByte() throws(ParquetError) -> UInt8 {
        guard offset < bytes.count else {
            throw .corrupt("bytes end at \(offset) where one more was expected")
        }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Four bytes, little-endian.
    mutating func readUInt32() throws(ParquetError) -> UInt32 {
        let slice = try take(4)
        return UInt32(littleEndian: slice.loadUnaligned(as: UInt32.self))
    }

    /// An unsigned LEB128 number, as Thrift's compact protocol and the RLE hybrid write it; at most 64 bits.
    mutating func readVarint() throws(ParquetError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            let payload = UInt64(byte & 0x7f)
            guard shift < 63 || payload <= 1 else { throw .corrupt("a varint exceeds 64 bits") }
            value |= payload << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            guard shift < 64 else { throw .corrupt("a varint exceeds 64 bits") }
        }
    }

    /// A signed number as ``readVarint()`` has it, its sign in the lowest bit.
    mutating func readZigzag() throws(ParquetError) -> Int64 {
        let raw = try readVarint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(ParquetError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw .corrupt("\(count) bytes wanted where \(remaining) remain")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    /// Everything that is left.
    mutating func takeRest() -> UnsafeRawBufferPointer {
        defer { offset = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset...])
    }
}
