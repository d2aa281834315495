/// The little XML that S3 answers with: elements and text, read whole.
///
/// Attributes, comments and declarations are passed over. Document types and CDATA are refused: S3 sends neither, and a
/// document type could make a small answer large.
struct XMLElement: Equatable {
    /// The name as written, with its prefix if there is one.
    var name: String
    /// The text between the tags with its entities resolved, without that of children.
    var text = ""
    /// The elements inside, in order.
    var children: [XMLElement] = []

    /// The first child of a name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// Reads a document of one root element.
    ///
    /// - Parameter bytes: UTF-8, with or without a byte order mark.
    /// - Throws: ``XMLError`` for anything that is cut off or is not this kind of XML.
    init(document bytes: [UInt8]) throws(XMLError) {
        var scanner = XMLScanner(bytes: bytes)
        self = try scanner.document()
    }

    fileprivate init(name: String) {
        self.name = name
    }
}

/// Where and why an XML answer could not be read.
struct XMLError: Error, Equatable, CustomStringConvertible {
    /// The number of bytes before the fault.
    var offset: Int
    /// What was wrong.
    var reason: String

    var description: String { "XML at byte \(offset): \(reason)" }
}

private struct XMLScanner {
    private static let depthMaximum = 32

    var bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(XMLError) -> XMLElement {
        _ = skip("\u{FEFF}")
        try skipMiscellany()
        guard index < bytes.count else { throw failure("no element") }
        let root = try element(depth: 1)
        try skipMiscellany()
        guard index == bytes.count else { throw failure("something follows the root element") }
        return root
    }

    private func failure(_ reason: String) -> XMLError { XMLError(offset: index, reason: reason) }

    private mutating func element(depth: Int) throws(XMLError) -> XMLElement {
        guard depth <= Self.depthMaximum else { throw failure("more than \(Self.depthMaximum) levels") }
        guard skip("<") else { throw failure("expected an element") }
        var element = XMLElement(name: try name())
        if try skipAttributes() { return element }
        var text: [UInt8] = []
        while true {
            guard index < bytes.count else { throw failure("ends inside <\(element.name)>") }
            if skip("</") {
                let closing = try name()
                guard closing == element.name else {
                    throw failure("</\(closing)> where </\(element.name)> belongs")
                }
                skipWhiteSpace()
                guard skip(">") else { throw failure("an end tag without its >") }
                element.text = String(decoding: text, as: UTF8.self)
                return element
            }
            if try skipCommentOrInstruction() { continue }
            switch bytes[index] {
            case UInt8(ascii: "<"):
                element.children.append(try self.element(depth: depth + 1))
            case UInt8(ascii: "&"):
                text += try entity()
            default:
                text.append(bytes[index])
                index += 1
            }
        }
    }

    private mutating func name() throws(XMLError) -> String {
        let start = index
        while index < bytes.count, !Self.isWhiteSpace(bytes[index]),
            ![UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "<"), UInt8(ascii: "=")].contains(
                bytes[index])
        {
            index += 1
        }
        guard index > start, bytes[start] != UInt8(ascii: "!"), bytes[start] != UInt8(ascii: "?") else {
            throw XMLError(offset: start, reason: "expected a name")
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Passes over the rest of a start tag; true when the element ends with it (`/>`).
    private mutating func skipAttributes() throws(XMLError) -> Bool {
        while index < bytes.count {
            skipWhiteSpace()
            if skip("/>") { return true }
            if skip(">") { return false }
            _ = try name()
            skipWhiteSpace()
            guard skip("=") else { throw failure("an attribute without its value") }
            skipWhiteSpace()
            guard index < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[index]) else {
                throw failure("an attribute without quotes")
            }
            let quote = bytes[index]
            index += 1
            while index < bytes.count, bytes[index] != quote { index += 1 }
            index = min(index + 1, bytes.count)
        }
        throw failure("ends inside a tag")
    }

    private mutating func entity() throws(XMLError) -> [UInt8] {
        // The longest that there is: &#x10FFFF;
        guard let end = bytes[index...].prefix(10).firstIndex(of: UInt8(ascii: ";")) else {
            throw failure("an entity without its ;")
        }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        let resolved: String? =
            switch name {
            case "amp": "&"
            case "lt": "<"
            case "gt": ">"
            case "quot": "\""
            case "apos": "'"
            case _ where name.hasPrefix("#x"):
                UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init).map { String($0) }
            case _ where name.hasPrefix("#"):
                UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init).map { String($0) }
            default: nil
            }
        guard let resolved else { throw failure("unknown entity &\(name);") }
        index = end + 1
        return Array(resolved.utf8)
    }

    private mutating func skipMiscellany() throws(XMLError) {
        repeat { skipWhiteSpace() } while try skipCommentOrInstruction()
    }

    private mutating func skipCommentOrInstruction() throws(XMLError) -> Bool {
        let kinds: [(opening: StaticString, closing: StaticString)] = [("<!--", "-->"), ("<?", "?>")]
        for (opening, closing) in kinds where skip(opening) {
            while !skip(closing) {
                guard index < bytes.count else { throw failure("ends inside \(opening)") }
                index += 1
            }
            return true
        }
        return false
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index + length <= bytes.count else { return false }
        for place in 0..<length where bytes[index + place] != text.utf8Start[place] { return false }
        index += length
        return true
    }

    private mutating func skipWhiteSpace() {
        while index < bytes.count, Self.isWhiteSpace(bytes[index]) { index += 1 }
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
}
