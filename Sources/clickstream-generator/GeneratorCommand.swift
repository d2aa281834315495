internal import ArgumentParser
internal import ClickstreamGenerator
internal import Foundation
internal import HTTP

/// Makes one file of made-up events.
@main
struct GeneratorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clickstream-generator",
        abstract: "Makes a file of made-up e-commerce events.",
        discussion: """
            The file is gzip of JSON lines without a final line feed. The same options give the same bytes. Then one line \
            of JSON on standard error says what the file holds: events, bytes and gz_bytes; repeats, late and odd lines; \
            of the odd ones those that are events all the same (kept), cannot be typed (quarantined) or are blank \
            (skipped); and how many lines tell an event that no earlier line told (accepted).

            Half of the repeats are exact, the others say the same in another order, spacing, escape or number. Odd \
            lines are of one kind after the other. Shares are exact: --repeat-share 0.05 makes 25,000 of 500,000 lines \
            repeats.

            It ends with 2 if an option cannot be taken, and with 1 if the file cannot be written.
            """)

    @Option(help: "Lines, repeats and odd ones included; up to 10,000,000.")
    var events = 500_000

    @Option(help: "What the made-up events follow from.")
    var seed: UInt64 = 1

    @Option(help: "The earliest moment, such as 2025-12-08T04:15:02Z.")
    var start = "2025-12-08T04:15:02Z"

    @Option(help: "Within how many seconds the events happen; 0 means all at once.")
    var spanSeconds = 20.0

    @Option(help: "How many products there are; 30 without this option, and 500 with --rees46.")
    var products: Int?

    @Option(help: "The share of lines that repeat an earlier one, 0 to 1.")
    var repeatShare = 0.0

    @Option(help: "The share of events that happened earlier than their place says, 0 to 1.")
    var lateShare = 0.0

    @Option(help: "By how many seconds late events are earlier at most.")
    var lateSeconds = 3_600

    @Option(help: "The share of lines that are not as they should be, 0 to 1.")
    var oddShare = 0.0

    @Flag(help: "Write REES46's CSV instead of JSON lines.")
    var rees46 = false

    @Option(help: "The file to write; standard output without this option.")
    var out: String?

    @Flag(help: "Do not compress.")
    var plain = false

    /// The options as the library takes them.
    ///
    /// - Returns: What the file is to hold.
    /// - Throws: ``GeneratorError`` when the start is no moment.
    func options() throws(GeneratorError) -> GeneratorOptions {
        var options = GeneratorOptions()
        options.shape = rees46 ? .rees46 : .jsonLines
        options.eventCount = events
        options.seed = seed
        guard let moment = Timestamp(rfc3339: start) else {
            throw GeneratorError(
                "--start \(start) unreadable: expected a moment such as 2025-12-08T04:15:02Z")
        }
        options.start = moment
        options.spanSeconds = spanSeconds
        options.productCount = products
        options.repeatShare = repeatShare
        options.lateShare = lateShare
        options.lateSeconds = lateSeconds
        options.oddShare = oddShare
        return options
    }

    func run() throws {
        let file = try GeneratedFile(try options())
        let compressed = plain ? nil : try file.gzipped()
        try write(Data(compressed ?? file.text))
        let counts = file.counts
        Self.say(
            "{\"events\":\(counts.events),\"bytes\":\(file.text.count),\"gz_bytes\":"
                + (compressed.map { "\($0.count)" } ?? "null")
                + ",\"repeats\":\(counts.repeats),\"late\":\(counts.late),\"odd\":\(counts.odd)"
                + ",\"kept\":\(counts.kept),\"quarantined\":\(counts.quarantined),\"skipped\":\(counts.skipped)"
                + ",\"accepted\":\(counts.accepted)}")
    }

    private func write(_ data: Data) throws(OutputError) {
        do {
            if let out {
                try data.write(to: URL(fileURLWithPath: out))
            } else {
                try FileHandle.standardOutput.write(contentsOf: data)
            }
        } catch {
            throw OutputError(
                description: "cannot write \(out ?? "standard output"): \(error.localizedDescription)")
        }
    }

    /// The output is missing, full or closed.
    private struct OutputError: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs, and says in one line what is wrong.
    ///
    /// ArgumentParser would print the usage after each error, which buries that line.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard let failure = failure(of: error) else { exit(withError: error) }
            say("clickstream-generator: \(failure.line)")
            Foundation.exit(failure.code)
        }
    }

    /// What to say of an error, and the code to end with; nil for what is none, such as `--help`.
    static func failure(of error: any Error) -> (line: String, code: Int32)? {
        if let error = error as? GeneratorError { return (error.description, 2) }
        let code = exitCode(for: error)
        if code == .success { return nil }
        let line = message(for: error).split(separator: "\n").joined(separator: " ")
        guard code == .validationFailure else { return (line, 1) }
        return (line + (line.hasSuffix("?") ? "" : ".") + " See --help.", 2)
    }

    private static func say(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
}
