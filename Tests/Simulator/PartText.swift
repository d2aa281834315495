import CLibdeflate
import Foundation
import HTTP

/// The text of one of bronze's parts, read without the code that is tested.
struct PartText {
    private let content: [UInt8]

    /// Decompresses a part; nil when it is damaged.
    init?(_ file: [UInt8]) {
        guard file.count > 18, let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        let size = file.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        var status = LIBDEFLATE_SUCCESS
        content = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            status = libdeflate_gzip_decompress(
                decompressor, file, file.count, buffer.baseAddress, size, &count)
            if status != LIBDEFLATE_SUCCESS { count = 0 }
        }
        guard status == LIBDEFLATE_SUCCESS else { return nil }
    }

    /// Reads from its beginning.
    func read<Result>(_ body: (inout Place) -> Result) -> Result {
        content.withUnsafeBytes { bytes in
            var place = Place(bytes: bytes)
            return body(&place)
        }
    }

    /// A place in the text.
    struct Place {
        let bytes: UnsafeRawBufferPointer
        private var offset = 0

        init(bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        /// Goes behind the next occurrence of a text; stays where it is and returns false when there is none.
        mutating func seek(_ text: StaticString, before end: Int? = nil) -> Bool {
            guard let place = find(text), place < end ?? bytes.count else { return false }
            offset = place + text.utf8CodeUnitCount
            return true
        }

        /// Where the next occurrence of a text begins, or the end.
        func end(of text: StaticString) -> Int { find(text) ?? bytes.count }

        private func find(_ text: StaticString) -> Int? {
            guard let base = bytes.baseAddress else { return nil }
            let length = text.utf8CodeUnitCount
            var place = offset
            while place + length <= bytes.count,
                let found = memchr(base + place, Int32(text.utf8Start[0]), bytes.count - length - place + 1)
            {
                if memcmp(found, text.utf8Start, length) == 0 { return UnsafeRawPointer(found) - base }
                place = UnsafeRawPointer(found) - base + 1
            }
            return nil
        }

        /// What stands here up to the next quotation mark.
        mutating func text() -> String {
            let rest = bytes[offset...]
            let end = rest.firstIndex(of: UInt8(ascii: "\"")) ?? rest.endIndex
            return String(decoding: bytes[offset..<end], as: UTF8.self)
        }

        /// When the answer was given whose `fetched_at` stands here: then, or at the end of the second that its date names.
        mutating func moment() -> Timestamp? {
            guard let fetched = Timestamp(rfc3339: text()) else { return nil }
            guard seek("\",\"date\":\"", before: offset + 40), let date = Timestamp(rfc3339: text()) else {
                return fetched
            }
            let end = date.adding(seconds: 0.999_999)
            return fetched >= date && fetched <= end ? fetched : end
        }

        /// The whole number that stands here; nil for anything else.
        func number() -> Int64? {
            Int64(String(decoding: bytes[offset...].prefix { (48...57).contains($0) }, as: UTF8.self))
        }
    }
}
