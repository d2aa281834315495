import AWS
import HTTP
import JSON
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
                // Streams have one format, whichever tables they feed.
                let format =
                    commit.landed.flatMap { ofStream[0].landedFormats[$0.format] } ?? ofStream[0].format
                group.addTask { try await typed(parts, of: run, format, tables: ofStream) }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { rows, _ in rows } }
        }
        for (table, rows) in rows where !rows.ledger.addsUp {
            throw LakeError.ledger(layer: "silver", table: table, counts: "\(rows.ledger)")
        }
        return TypedCommit(run: run, rows: rows, complete: Set(commit.complete), tables: wanted)
    }

    /// What one task types.
    private enum Share: Sendable {
        /// Neighbouring parts.
        case parts(ArraySlice<BronzeCommit.Part>)
        /// Neighbouring lines of one part.
        case lines(PartContent, PartContent.Lines, BronzeCommit.Part)
    }

    /// What a task made of its share.
    private struct Typed: Sendable {
        var tables: [TypedRows]
        /// The lines and the records that it found.
        var counts: (lines: Int, rows: Int)
    }

    /// Types a stream's parts, some side by side.
    ///
    /// Each task takes neighbouring parts, or neighbouring lines of a single part, and the results are joined in order, so that
    /// their number shows nowhere.
    private func typed(
        _ parts: [BronzeCommit.Part], of run: Run, _ format: PartFormat, tables: [SilverTable]
    ) async throws -> [String: TypedRows] {
        // What makes records of lines has to see them from the first to the last.
        let tasksMaximum = format.makeTranscoder == nil ? CommitTyping.tasksMaximum : 1
        let shares: [Share]
        if parts.count == 1 {
            let content = try await content(of: parts[0], format, run: run)
            shares = content.shares(tasksMaximum).map { .lines(content, $0, parts[0]) }
        } else {
            shares = (0..<tasksMaximum).map {
                .parts(parts[parts.count * $0 / tasksMaximum..<parts.count * ($0 + 1) / tasksMaximum])
            }
        }
        return try await withThrowingTaskGroup(of: (Int, Typed).self) { group in
            for (number, share) in shares.enumerated() {
                group.addTask { (number, try await typed(share, of: run, format, tables: tables)) }
            }
            var made: [Int: Typed] = [:]
            for try await (number, typed) in group { made[number] = typed }
            if parts.count == 1 {
                let counts = made.values.reduce((lines: 0, rows: 0)) {
                    ($0.lines + $1.counts.lines, $0.rows + $1.counts.rows)
                }
                try check(counts, of: parts[0], format)
            }
            let context = context(of: run)
            var result: [String: TypedRows] = [:]
            for (index, table) in tables.enumerated() {
                var joined = table.makeBuilder(context).finish()
                for number in shares.indices {
                    guard let rows = made[number]?.tables[index] else { continue }
                    made[number]?.tables[index].batch = .init(rowCount: 0, columns: [])
                    if number == 0 { joined = rows } else { try joined.append(rows, of: table.table) }
                }
                result[table.table.name] = joined
            }
            return result
        }
    }

    private func context(of run: Run) -> TypingContext {
        TypingContext(
            extractionDate: run.extractionDate.daysSinceEpoch, runAt: run.time?.microsecondsSinceEpoch,
            personalData: personalData)
    }

    private func typed(_ share: Share, of run: Run, _ format: PartFormat, tables: [SilverTable]) async throws
        -> Typed
    {
        let context = context(of: run)
        var builders = tables.map { $0.makeBuilder(context) }
        let reader = PartReader()
        let answeredAt = run.time?.microsecondsSinceEpoch ?? 0
        func read(_ content: PartContent, _ lines: PartContent.Lines, of part: BronzeCommit.Part) throws
            -> (lines: Int, rows: Int)
        {
            var counts = (lines: 0, rows: 0)
            let reject: (Int, FieldError) -> Void = { line, error in
                counts.lines += 1
                counts.rows += 1
                let origin = Origin(partKey: part.key, line: line, answeredAt: answeredAt)
                for index in builders.indices { builders[index].reject(error, from: origin) }
            }
            var transcoder = format.makeTranscoder?()
            try reader.forEachLine(
                in: content, lines, of: "s3://\(bucket)/\(part.key)", transcoder: &transcoder,
                reject: format.isForeign ? reject : nil
            ) { line, value in
                var origin = Origin(partKey: part.key, line: line, answeredAt: answeredAt)
                let (records, count) = try format.open(value, &origin)
                counts.lines += 1
                counts.rows += count
                for index in builders.indices { builders[index].append(records, from: origin) }
            }
            return counts
        }
        var counts = (lines: 0, rows: 0)
        switch share {
        case .lines(let content, let lines, let part): counts = try read(content, lines, of: part)
        case .parts(let parts):
            for part in parts {
                let content = try await content(of: part, format, run: run)
                try check(try read(content, content.lines, of: part), of: part, format)
            }
        }
        var typed: [TypedRows] = []
        // Given up one by one, so that columns can be freed once their rows are copied.
        while !builders.isEmpty { typed.append(builders.removeFirst().finish()) }
        return Typed(tables: typed, counts: counts)
    }

    private func check(_ counts: (lines: Int, rows: Int), of part: BronzeCommit.Part, _ format: PartFormat)
        throws
    {
        // The lines of a file that landed may be blank, or a header.
        guard counts.rows == part.rows, format.isForeign || counts.lines == part.lines else {
            throw LakeError.ledger(
                layer: "silver", table: part.key,
                counts:
                    "its commit names \(part.lines) lines and \(part.rows) rows, the part holds \(counts.lines) and \(counts.rows)"
            )
        }
    }

    private func content(of part: BronzeCommit.Part, _ format: PartFormat, run: Run) async throws
        -> PartContent
    {
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
        return try PartContent(object.body, isForeign: format.isForeign, of: resource)
    }
}
