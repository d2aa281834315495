import JSON
import Tables

/// Why a line is no line of its format.
public struct PartLineError: Error, Equatable {
    /// What is wrong with it.
    public var cause: String

    /// Names what is wrong.
    public init(_ cause: String) { self.cause = cause }
}

/// Reads the lines of a part, each a JSON value.
struct PartReader {
    /// The longest line of a file that somebody landed.
    private static let lineLimitBytes = 16 << 20

    private let parser = JSONParser()

    /// Hands out every line, in order.
    ///
    /// - Parameters:
    ///   - bytes: The part as it lies in S3.
    ///   - resource: Where it lies, for errors.
    ///   - visit: Gets the line's number, from 1, and its value, which is valid only within the call.
    /// - Throws: ``LakeError`` that names part and line; what `visit` throws, a ``PartLineError`` as a ``LakeError``.
    func forEachLine(in bytes: [UInt8], of resource: String, _ visit: (Int, JSONValue) throws -> Void) throws
    {
        let content = try PartContent(bytes, of: resource)
        var transcoder: (any LineTranscoder)?
        try forEachLine(in: content, content.lines, of: resource, transcoder: &transcoder, visit)
    }

    /// Hands out some lines, in order.
    ///
    /// - Parameters:
    ///   - content: The part.
    ///   - lines: Which lines.
    ///   - resource: Where it lies, for errors.
    ///   - transcoder: Makes JSON of each line; nil where each line is JSON.
    ///   - reject: Gets the number of a line that is no JSON, and why; nil where that means that the part is damaged. Then blank
    ///     lines are none, and a byte order mark and carriage returns are passed over.
    ///   - visit: Gets the line's number, from 1, and its value, which is valid only within the call.
    /// - Throws: ``LakeError`` that names part and line; what `visit` throws, a ``PartLineError`` as a ``LakeError``.
    func forEachLine(
        in content: PartContent, _ lines: PartContent.Lines, of resource: String,
        transcoder: inout (any LineTranscoder)?, reject: ((Int, FieldError) -> Void)? = nil,
        _ visit: (Int, JSONValue) throws -> Void
    ) throws {
        try content.bytes.withUnsafeBytes { buffer in
            var start = lines.bytes.lowerBound
            let end = lines.bytes.upperBound
            var number = lines.first - 1
            var transcoded: [UInt8] = []
            if reject != nil, start == 0, buffer[..<end].starts(with: [0xef, 0xbb, 0xbf]) { start = 3 }
            while start < end {
                number += 1
                let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
                let length = LineCounter.length(upToNewlineIn: rest)
                defer { start += length + 1 }
                let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
                // The same lines as bronze counted, or the ledger would not add up.
                if reject != nil, line.allSatisfy(LineCounter.isBlank) { continue }
                if let reject, length > PartReader.lineLimitBytes {
                    reject(
                        number,
                        FieldError("body", "must be a line of at most 16 MiB", found: nil, code: .json))
                    continue
                }
                if transcoder != nil {
                    do throws(FieldError) {
                        guard let record = try transcoder?.record(of: line) else { continue }
                        transcoded = record
                    } catch {
                        reject?(number, error)
                        continue
                    }
                    do {
                        try parser.withDocument(transcoded) { try visit(number, $0) }
                    } catch let error as JSONError {
                        reject?(number, FieldError(line: error, hasLoneSurrogate: false))
                    }
                    continue
                }
                do {
                    try parser.withDocument(line, readableBytesAfter: buffer.count - start - length) {
                        try visit(number, $0)
                    }
                } catch let error as JSONError {
                    guard let reject else {
                        throw LakeError.unreadablePart(resource: resource, line: number, cause: "\(error)")
                    }
                    try visitOddNumbers(of: line, error, { try visit(number, $0) }) { reject(number, $0) }
                } catch let error as PartLineError {
                    throw LakeError.unreadablePart(resource: resource, line: number, cause: error.cause)
                }
            }
        }
    }

    /// Reads a line again whose whole numbers have more digits than a parser takes: they become fractions, which it rounds.
    ///
    /// Then the column that a number is for says what is wrong with it.
    private func visitOddNumbers(
        of line: UnsafeRawBufferPointer, _ error: JSONError, _ visit: (JSONValue) throws -> Void,
        reject: (FieldError) -> Void
    ) throws {
        guard error.reason == .badNumber, let text = LongIntegers.asFractions(line) else {
            return reject(FieldError(line: error, hasLoneSurrogate: PartReader.hasSurrogate(line)))
        }
        do {
            try parser.withDocument(text, visit)
        } catch let error as JSONError {
            reject(FieldError(line: error, hasLoneSurrogate: PartReader.hasSurrogate(line)))
        }
    }

    /// Whether a line has an escape of a surrogate: if its strings are bad, that is why.
    private static func hasSurrogate(_ line: UnsafeRawBufferPointer) -> Bool {
        line.indices.dropLast(5).contains { position in
            line[position] == UInt8(ascii: "\\") && line[position + 1] == UInt8(ascii: "u")
                && line[position + 2] | 0x20 == UInt8(ascii: "d")
                && "89abcdefABCDEF".utf8.contains(line[position + 3])
        }
    }
}

/// Whole numbers of more digits than 64 bits hold.
private enum LongIntegers {
    /// Whether a whole number fits 64 bits, with or without a sign.
    private static func fits(_ digits: some Collection<UInt8>, isNegative: Bool) -> Bool {
        let greatest = isNegative ? "9223372036854775808" : "18446744073709551615"
        return digits.count < greatest.utf8.count
            || digits.count == greatest.utf8.count && !greatest.utf8.lexicographicallyPrecedes(digits)
    }

    /// A JSON text in which they have an exponent of 0; nil where there are none.
    static func asFractions(_ line: UnsafeRawBufferPointer) -> [UInt8]? {
        var text: [UInt8] = []
        var isInString = false
        var isEscaped = false
        var isChanged = false
        var position = 0
        while position < line.count {
            let byte = line[position]
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if (48...57).contains(byte) {
                let digits = line[position...].prefix { (48...57).contains($0) }
                text.append(contentsOf: digits)
                position += digits.count
                let isWhole = position == line.count || !".eE".utf8.contains(line[position])
                let isNegative =
                    text.count > digits.count && text[text.count - digits.count - 1] == UInt8(ascii: "-")
                if isWhole, !fits(digits, isNegative: isNegative) {
                    text.append(contentsOf: "e0".utf8)
                    isChanged = true
                } else if !isWhole {
                    // The rest of the number follows as it is.
                    let rest = line[position...].prefix { "0123456789.eE+-".utf8.contains($0) }
                    text.append(contentsOf: rest)
                    position += rest.count
                }
                continue
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
            text.append(byte)
            position += 1
        }
        return isChanged ? text : nil
    }
}
