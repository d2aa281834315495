import AWS
import CLibdeflate
import Foundation
import HTTP
import Pipeline

/// What the parts of bronze's commits show of the visitors, read without the code that is tested.
struct ShownVisitors {
    /// What is known of one visitor.
    struct Shown {
        /// When answers that show him arrived.
        var fetched: Set<Timestamp> = []
        /// The newest activity that any of them tells.
        var newest = Timestamp.distantPast

        mutating func note(_ active: Timestamp, at moment: Timestamp) {
            fetched.insert(moment)
            newest = max(newest, active)
        }
    }

    private(set) var byKey: [String: Shown] = [:]
    /// Parts that could not be read.
    private(set) var unreadable: [String] = []

    init(_ commits: [BronzeCommit], in storage: PretendStorage) {
        for part in commits.flatMap(\.parts) where part.stream == .visitors {
            guard let body = storage.body("bronze", part.key), let lines = ShownVisitors.decompressed(body)
            else {
                unreadable.append(part.key)
                continue
            }
            lines.withUnsafeBytes { read($0, part.key) }
        }
    }

    private static func decompressed(_ file: [UInt8]) -> [UInt8]? {
        guard file.count > 18, let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        let size = file.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        var status = LIBDEFLATE_SUCCESS
        let content = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            status = libdeflate_gzip_decompress(
                decompressor, file, file.count, buffer.baseAddress, size, &count)
            if status != LIBDEFLATE_SUCCESS { count = 0 }
        }
        return status == LIBDEFLATE_SUCCESS ? content : nil
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, _ key: String) {
        var cursor = Cursor(bytes: bytes)
        while cursor.seek("\"fetched_at\":\"") {
            guard let fetched = Timestamp(rfc3339: cursor.text()) else {
                unreadable.append(key)
                return
            }
            let end = cursor.end(of: "\"fetched_at\":\"")
            while cursor.seek("\"visitor_key\":\"", before: end) {
                let visitor = cursor.text()
                guard cursor.seek("\"last_active_at\":\"", before: end) else { break }
                let active = Timestamp(rfc3339: cursor.text())
                guard cursor.seek("\"load_count\":", before: end), let active else { break }
                // A string there cannot be typed.
                if cursor.byte == UInt8(ascii: "\"") { continue }
                byKey[visitor, default: Shown()].note(active, at: fetched)
            }
        }
    }

    /// A place in some bytes.
    private struct Cursor {
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
    }
}
