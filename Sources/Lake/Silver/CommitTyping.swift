import AWS
import HTTP
import Parquet
import Tables

/// Reads bronze's commits and types their rows.
struct CommitTyping: Sendable {
    /// Tasks that type one stream side by side: Lambda has two processors below 3 GB of memory, at a share of their time.
    private static let tasksMaximum = 2

    var source: SilverSource
    var bucket: String
    var personalData: PersonalDataPolicy
    var store: any ObjectStore

    /// Reads a commit.
    ///
    /// - Parameters:
    ///   - run: Whose commit it is.
    ///   - namedBy: What names it, for errors.
    /// - Returns: The commit.
    /// - Throws: ``LakeError`` when it is not there, cannot be read, or its parts do not hold what it counts.
    func commit(of run: Run, namedBy: String) async throws -> BronzeCommit {
        let key = ObjectLayout.commitKey(run: run)
        let resource = "s3://\(bucket)/\(key)"
        guard let object = try await store.objectIfPresent(key, bucket: bucket) else {
            throw LakeError.missingObject(resource: resource, namedBy: namedBy)
        }
        let commit = try ObjectJSON.decode(BronzeCommit.self, from: object.body, of: resource)
        for (stream, ledger) in commit.ledger.sorted(by: { $0.key < $1.key }) {
            let listed = commit.parts.filter { $0.stream.rawValue == stream }.reduce(0) { $0 + $1.rows }
            guard listed == ledger.rowsInParts else {
                throw LakeError.ledger(
                    layer: "silver", table: key,
                    counts:
                        "it counts \(ledger.rowsInParts) rows of \(stream), the parts that it lists hold \(listed)"
                )
            }
        }
        return commit
    }

    /// Types a commit's rows.
    ///
    /// - Parameters:
    ///   - commit: The commit.
    ///   - run: Whose it is.
    ///   - tables: Which tables to make; nil makes all.
    /// - Returns: The rows by table, and whether they are too many that cannot be typed.
    /// - Throws: ``LakeError`` when a part cannot be read or rows are unaccounted for; what the store throws.
    func typed(_ commit: BronzeCommit, of run: Run, tables: [SilverTable]? = nil) async throws -> TypedCommit
    {
        // Streams that a run left out make no tables. But where some of them was answered in time, the day has all of their tables,
        // if empty ones: the layer after reads them together.
        let isInPart = commit.parts.contains { commit.skipped.contains($0.stream) }
        let wanted = (tables ?? source.tables).filter { isInPart || !commit.skipped.contains($0.stream) }
        let rows = try await withThrowingTaskGroup(of: [String: TypedRows].self) { group in
            for stream in Set(wanted.map(\.stream)).sorted() {
                let ofStream = wanted.filter { $0.stream == stream }
                let parts = commit.parts.filter { $0.stream == stream }
                group.addTask { try await typed(parts, of: run, tables: ofStream) }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { rows, _ in rows } }
        }
        for (table, rows) in rows where !rows.ledger.addsUp {
            throw LakeError.ledger(layer: "silver", table: table, counts: "\(rows.ledger)")
        }
        return TypedCommit(run: run, rows: rows, complete: Set(commit.complete), tables: wanted)
    }

    /// Types a stream's parts, some side by side.
    ///
    /// Each task takes a run of neighbouring parts and the results are joined in order, so that their number shows nowhere.
    private func typed(_ parts: [BronzeCommit.Part], of run: Run, tables: [SilverTable]) async throws
        -> [String: TypedRows]
    {
        let taskCount = min(CommitTyping.tasksMaximum, max(1, parts.count))
        return try await withThrowingTaskGroup(of: (Int, [TypedRows]).self) { group in
            for task in 0..<taskCount {
                let share = parts[parts.count * task / taskCount..<parts.count * (task + 1) / taskCount]
                group.addTask { (task, try await typed(share, of: run, tables: tables)) }
            }
            var shares: [Int: [TypedRows]] = [:]
            for try await (task, rows) in group { shares[task] = rows }
            var result: [String: TypedRows] = [:]
            for (index, table) in tables.enumerated() {
                var joined = shares[0]?[index]
                shares[0]?[index].batch = .init(rowCount: 0, columns: [])
                for task in 1..<taskCount {
                    guard let rows = shares[task]?[index] else { continue }
                    try joined?.append(rows, of: table.table)
                }
                result[table.table.name] = joined
            }
            return result
        }
    }

    private func typed(_ parts: ArraySlice<BronzeCommit.Part>, of run: Run, tables: [SilverTable])
        async throws
        -> [TypedRows]
    {
        let context = TypingContext(
            extractionDate: run.extractionDate.daysSinceEpoch, personalData: personalData)
        var builders = tables.map { $0.makeBuilder(context) }
        let reader = PartReader()
        for part in parts {
            let bytes = try await bytes(of: part, run: run)
            var lines = 0
            var rows = 0
            try reader.forEachLine(in: bytes, of: "s3://\(bucket)/\(part.key)") { line, value in
                var origin = Origin(partKey: part.key, line: line)
                let (records, count) = try tables[0].format.open(value, &origin)
                lines += 1
                rows += count
                for index in builders.indices { builders[index].append(records, from: origin) }
            }
            guard lines == part.lines, rows == part.rows else {
                throw LakeError.ledger(
                    layer: "silver", table: part.key,
                    counts:
                        "its commit names \(part.lines) lines and \(part.rows) rows, the part holds \(lines) and \(rows)"
                )
            }
        }
        var typed: [TypedRows] = []
        // Given up one by one, so that columns can be freed once their rows are copied.
        while !builders.isEmpty { typed.append(builders.removeFirst().finish()) }
        return typed
    }

    private func bytes(of part: BronzeCommit.Part, run: Run) async throws -> [UInt8] {
        let resource = "s3://\(bucket)/\(part.key)"
        let commit = "the commit of run \(run.id)"
        guard let object = try await store.objectIfPresent(part.key, bucket: bucket) else {
            throw LakeError.missingObject(resource: resource, namedBy: commit)
        }
        guard object.attributes.etag.value == part.etag else {
            throw LakeError.otherVersion(
                resource: resource, namedBy: commit, expected: part.etag,
                found: object.attributes.etag.value)
        }
        return object.body
    }
}
