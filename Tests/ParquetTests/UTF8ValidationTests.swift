import Testing

@testable import Parquet

struct UTF8ValidationTests {
    /// Every sequence of up to three bytes out of those at the borders of the Unicode Standard's table 3-7.
    @Test func `agrees with the standard library`() {
        let borders: [UInt8] = [
            0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
            0xee, 0xef,
            0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
        ]
        var sequences: [[UInt8]] = [[]]
        for first in borders {
            for second in borders {
                for third in borders {
                    sequences += [
                        [first, second, third], [first, second, third, 0x80], [first, second], [first],
                    ]
                }
            }
        }
        for sequence in sequences {
            let isValid = String(validating: sequence, as: UTF8.self) != nil
            let padded = [UInt8](repeating: 97, count: 9) + sequence + [UInt8](repeating: 98, count: 9)
            let found = padded.withUnsafeBytes { UTF8Validation.firstInvalid($0) }
            #expect((found == nil) == isValid, "\(sequence)")
        }
    }

    @Test func `finds the one byte that is no ASCII`() {
        for count in [0, 1, 7, 1023, 1024, 1025, 3000] {
            var bytes = [UInt8](repeating: 0x7f, count: count)
            #expect(bytes.withUnsafeBytes { UTF8Validation.isASCII($0) })
            for position in Set([0, count / 2, count - 1]) where bytes.indices.contains(position) {
                bytes[position] = 0x80
                #expect(!bytes.withUnsafeBytes { UTF8Validation.isASCII($0) })
                bytes[position] = 0x7f
            }
        }
    }
}
