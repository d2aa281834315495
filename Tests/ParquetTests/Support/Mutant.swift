/// Damaged files: mutant = f(file, number), so that a number reproduces a failure.
///
/// Damage is aimed at what a reader trusts: lengths, counts and varints of the footer and of page headers. The footer's own length is
/// kept right, so that damage within it is reached. A file in four is also cut into or stretched.
enum Mutant {
    /// Numbers that arithmetic stumbles over.
    private static let numbers: [UInt64] = [
        0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x3fff, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe,
        0xffff_ffff,
        0x1_0000_0000, 0x1_ffff_fffe, 1 << 61, 1 << 62, (1 << 63) - 1, 1 << 63, .max - 1, .max,
    ]

    static func make(of file: [UInt8], _ number: Int) -> [UInt8] {
        var random = SampleRandom(seed: UInt64(number) &* 0x9e37_79b9 ^ UInt64(file.count))
        guard file.count >= 12 else { return file }
        let footerSizeBytes = file[(file.count - 8)...].prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let footerStart = max(0, file.count - 8 - footerSizeBytes)
        var pages = Array(file[..<footerStart])
        var footer = Array(file[footerStart..<file.count - 8])
        var end = Array(file.suffix(8))
        for _ in 0...random.next(below: 3) {
            switch random.next(below: 16) {
            case 0...8: damage(&footer, &random)
            case 9...14: damage(&pages, &random)
            default:
                let position = random.next(below: 8)
                end[position] = UInt8(truncatingIfNeeded: random.next())
                return pages + footer + end
            }
        }
        var length: [UInt8] = []
        length.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> ($0 * 8)) })
        return pages + footer + length + end.suffix(4)
    }

    private static func damage(_ bytes: inout [UInt8], _ random: inout SampleRandom) {
        guard bytes.count > 4 else { return }
        // The first bytes of what is there, or any: headers come first.
        let position = random.next(below: random.next(below: 3) == 0 ? min(64, bytes.count) : bytes.count)
        let number = numbers[random.next(below: numbers.count)]
        switch random.next(below: 8) {
        case 0: bytes[position] ^= 1 << UInt8(random.next(below: 8))
        case 1: bytes[position] = UInt8(truncatingIfNeeded: random.next())
        case 2: overwrite(&bytes, position, varint(number))
        case 3: overwrite(&bytes, position, (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
        case 4:
            // A varint in the place of another, so that what comes after it keeps its meaning.
            var end = position
            while end < bytes.count - 1, bytes[end] & 0x80 != 0 { end += 1 }
            bytes.replaceSubrange(position...end, with: varint(number))
        case 5:
            let end = min(bytes.count, position + 1 + random.next(below: 8))
            bytes.removeSubrange(position..<end)
        case 6:
            let from = random.next(below: bytes.count)
            let count = 1 + random.next(below: min(24, bytes.count - from))
            bytes.insert(contentsOf: Array(bytes[from..<from + count]), at: position)
        default:
            let from = random.next(below: bytes.count)
            let count = 1 + random.next(below: min(24, bytes.count - from))
            overwrite(&bytes, position, Array(bytes[from..<from + count]))
        }
    }

    private static func overwrite(_ bytes: inout [UInt8], _ position: Int, _ content: [UInt8]) {
        for (index, byte) in content.enumerated() where position + index < bytes.count {
            bytes[position + index] = byte
        }
    }

    private static func varint(_ number: UInt64) -> [UInt8] {
        var rest = number
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
