package import HTTP
public import Tables

/// Where every object of the lake lies; the only place that spells keys.
public enum ObjectLayout {
    /// The prefix of all parts of a run's stream, numbered parts following it.
    public static func partPrefix(stream: Stream, run: Run) -> String {
        "raw/\(run.source)/\(stream.rawValue)/extraction_date=\(run.extractionDate)/\(run.id)-"
    }

    /// The key of one part; numbers start at 1.
    public static func partKey(
        stream: Stream, run: Run, number: Int, format: String = "jsonl", isGzip: Bool = true
    ) -> String {
        "\(partPrefix(stream: stream, run: run))\(fourDigits(number)).\(format)\(isGzip ? ".gz" : "")"
    }

    /// The part number in a key under ``partPrefix(stream:run:)``; nil when the rest of the key is not one.
    static func partNumber(
        ofKey key: String, prefix: String, format: String = "jsonl", isGzip: Bool = true
    ) -> Int? {
        let suffix = ".\(format)\(isGzip ? ".gz" : "")"
        guard key.hasPrefix(prefix), key.hasSuffix(suffix) else { return nil }
        let digits = key.dropFirst(prefix.count).dropLast(suffix.count)
        guard digits.count >= 4, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(digits)
    }

    /// The key of a run's commit, the same in every layer's bucket.
    public static func commitKey(run: Run) -> String {
        "\(commitPrefix(source: run.source, date: run.extractionDate))\(run.id).json"
    }

    package static func commitPrefix(source: String, date: UTCDate) -> String {
        "\(commitPrefix(source: source))\(date)/"
    }

    package static func commitPrefix(source: String) -> String { "commits/\(source)/" }

    /// The key of the object that starts a run's next invocation; numbers start at 2, the first invocation being 1.
    public static func continuationKey(run: Run, number: Int) -> String {
        "continuations/\(run.source)/\(run.id)/\(fourDigits(number)).json"
    }

    /// The key of bronze's cache of its newest commit.
    public static func stateKey(source: String) -> String { "state/\(source).json" }

    package static func tablePrefix(source: String, table: String) -> String { "\(source)/\(table)/" }

    /// The key of a table's partition, which is one object.
    public static func partitionKey(source: String, table: String, partition: PartitionKey) -> String {
        let folder = partition.path.isEmpty ? "" : partition.path + "/"
        return "\(tablePrefix(source: source, table: table))\(folder)part-0.parquet"
    }

    /// The key of the rows that a run's table could not type.
    public static func quarantineKey(table: String, run: Run) -> String {
        "quarantine/\(run.source)/\(table)/extraction_date=\(run.extractionDate)/\(run.id).jsonl.gz"
    }

    /// The date in a folder like `…/extraction_date=2026-01-08/` or `…/2026-01-08/`; nil when there is none.
    static func date(ofFolder folder: String) -> UTCDate? {
        guard let last = folder.split(separator: "/").last else { return nil }
        return PartitionKey(path: String(last)).extractionDate ?? UTCDate(String(last))
    }

    /// The run that a commit's key belongs to; nil when the key is not a commit's.
    public static func run(ofCommitKey key: String) -> Run? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "commits", parts[3].hasSuffix(".json"),
            let date = UTCDate(String(parts[2])), Run.isID(parts[3].dropLast(5), of: date)
        else { return nil }
        return Run(source: String(parts[1]), id: String(parts[3].dropLast(5)), extractionDate: date)
    }

    private static func fourDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
