import ClickstreamGenerator

extension GeneratedFile {
    /// The lines, blank ones included, without what follows the last line feed if that is nothing.
    var lines: [[UInt8]] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(
            Array.init)
        if text.isEmpty { lines.removeLast() }
        return lines
    }

    /// The lines as text; bytes that are no UTF-8 are replaced.
    var textLines: [String] { lines.map { String(decoding: $0, as: UTF8.self) } }
}

/// A file of options that differ from the usual ones.
func makeFile(_ change: (inout GeneratorOptions) -> Void = { _ in }) throws -> GeneratedFile {
    var options = GeneratorOptions()
    options.eventCount = 1_000
    change(&options)
    return try GeneratedFile(options)
}
