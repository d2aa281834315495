/// Texts that are looked for in bytes, all at once.
struct Needles {
    private var texts: [UInt8: [[UInt8]]] = [:]

    init(_ texts: some Collection<String>) {
        for text in texts.map({ Array($0.utf8) }) {
            guard let first = text.first else { continue }
            self.texts[first, default: []].append(text)
        }
    }

    /// Those that some bytes hold.
    func found(in bytes: [UInt8]) -> Set<String> {
        var found: Set<String> = []
        bytes.withUnsafeBufferPointer { buffer in
            for (first, texts) in texts {
                var position = buffer.startIndex
                while let start = buffer[position...].firstIndex(of: first) {
                    for text in texts where start + text.count <= buffer.count {
                        if buffer[start..<start + text.count].elementsEqual(text) {
                            found.insert(String(decoding: text, as: UTF8.self))
                        }
                    }
                    position = start + 1
                }
            }
        }
        return found
    }
}
