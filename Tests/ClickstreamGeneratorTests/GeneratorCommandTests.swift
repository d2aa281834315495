import ArgumentParser
import ClickstreamGenerator
import Foundation
import HTTP
import Lake
import Testing

@testable import clickstream_generator

struct GeneratorCommandTests {
    /// Parses and makes the file, but writes nothing.
    private static func failure(_ arguments: [String]) -> (line: String, code: Int32)? {
        do {
            _ = try GeneratedFile(try GeneratorCommand.parse(arguments).options())
            Issue.record("\(arguments) were taken")
            return nil
        } catch {
            return GeneratorCommand.failure(of: error)
        }
    }

    @Test(arguments: [
        (["--event", "3"], "--event"), (["--seed", "-1"], "--seed"), (["--events", "many"], "many"),
        (["--start", "yesterday"], "--start yesterday"), (["--products", "0"], "--products 0"),
        (["--odd-share", "2"], "--odd-share 2.0"), (["file.gz"], "file.gz"), (["--out"], "--out"),
        (["--repeat-share", "1", "--events", "10"], "no line to repeat"),
    ])
    func `an option that cannot be taken gives one line and ends with 2`(arguments: [String], named: String)
        throws
    {
        let failure = try #require(Self.failure(arguments))
        #expect(failure.code == 2)
        #expect(failure.line.contains(named), "\(failure.line)")
        #expect(!failure.line.contains("\n"))
    }

    @Test func `asking for help is no failure`() {
        #expect(Self.failure(["--help"]) == nil)
    }

    @Test func `options reach the file`() throws {
        let options = try GeneratorCommand.parse([
            "--events", "100", "--seed", "9", "--start", "2026-01-08T00:00:00Z", "--span-seconds", "0.5",
            "--products",
            "7", "--repeat-share", "0.1", "--late-share", "0.2", "--late-seconds", "60", "--odd-share", "0.3",
            "--rees46",
        ]).options()
        #expect(options.shape == .rees46)
        #expect(options.eventCount == 100)
        #expect(options.seed == 9)
        #expect(options.start.iso8601 == "2026-01-08T00:00:00Z")
        #expect(options.spanSeconds == 0.5)
        #expect(options.productCount == 7)
        #expect([options.repeatShare, options.lateShare, options.oddShare] == [0.1, 0.2, 0.3])
        #expect(options.lateSeconds == 60)
    }

    @Test func `without options the library's own hold`() throws {
        let options = try GeneratorCommand.parse([]).options()
        #expect("\(options)" == "\(GeneratorOptions())")
    }

    @Test func `the file is gzip, or plain if asked for`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "generator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try makeFile { $0.eventCount = 50 }
        let (packed, plain) = (folder.appending(path: "a.gz"), folder.appending(path: "a"))
        try GeneratorCommand.parse(["--events", "50", "--out", packed.path]).run()
        try GeneratorCommand.parse(["--events", "50", "--out", plain.path, "--plain"]).run()
        #expect(try Gzip.decompress([UInt8](Data(contentsOf: packed))) == expected.text)
        #expect(try [UInt8](Data(contentsOf: plain)) == expected.text)
    }
}
