import JSON
import Lake
import Parquet
import Tables

/// Rows are accounted for in each layer, and the tables hold as many as the ledgers say.
struct LedgerCheck {
    var source: SourceUnderTest

    /// What silver's function returns.
    private struct Reports: Decodable {
        struct Report: Decodable {
            var tables: [String: OfTable]
        }

        struct OfTable: Decodable {
            var ledger: TableLedger
            var new: Int?
            var updated: Int?
            var unchanged: Int?
            var deleted: Int?
        }

        var reports: [Report]
    }

    func violations() async throws -> [Violation] {
        let lake = try TestLake(source)
        var found: [Violation] = []
        /// Rows that came in less those that left, by table.
        var balance: [String: Int] = [:]
        for pass in Pass.some {
            for invocation in try await lake.play(pass) where invocation.layer == .silver {
                let reports = try LakeObject.decode(
                    Reports.self, try invocation.result.get(), "report of silver")
                for (table, report) in reports.reports.flatMap(\.tables) {
                    balance[table, default: 0] += (report.new ?? 0) - (report.deleted ?? 0)
                    let sum = (report.new ?? 0) + (report.updated ?? 0) + (report.unchanged ?? 0)
                    guard sum != report.ledger.accepted else { continue }
                    found.append(
                        Violation(
                            "\(table): \(report.ledger.accepted) rows were accepted, \(sum) were brought in"))
                }
            }
            for table in source.silver.tables.map(\.table) {
                let held = try rowCount(of: table, lake)
                if table.upsert?.group == nil, balance[table.name] != held {
                    found.append(
                        Violation(
                            "\(table.name) holds \(held) rows, its reports say \(balance[table.name] ?? 0)"))
                }
                if let wanted = lake.world.rowCount(of: table.name, after: pass), wanted != held {
                    found.append(
                        Violation("\(table.name) holds \(held) rows after \(pass), the source has \(wanted)"))
                }
            }
        }
        for key in lake.commits(.bronze) { found += try bronze(key, lake) }
        for key in lake.commits(.silver) { found += try silver(key, lake) }
        for key in lake.commits(.gold) { found += try gold(key, lake) }
        let keys = Layer.allCases.map(lake.commits)
        if Set(keys).count != 1 { found.append(Violation("the layers have different commits: \(keys)")) }
        return found
    }

    private func rowCount(of table: Table, _ lake: TestLake) throws -> Int {
        try lake.objects(of: table.name, in: table.layer == .silver ? .silver : .gold).values
            .reduce(0) { $0 + (try LakeFile($1)).rows.rowCount }
    }

    // MARK: Bronze

    private func bronze(_ key: String, _ lake: TestLake) throws -> [Violation] {
        let objects = lake.objects(.bronze)
        let commit = try LakeObject.decode(BronzeCommit.self, objects[key], key)
        var found: [Violation] = []
        var rowsOfStream: [String: Int] = [:]
        for part in commit.parts {
            guard let bytes = objects[part.key] else {
                found.append(Violation("\(key) names \(part.key), which is not there"))
                continue
            }
            let lines = try LakeObject.lines(bytes)
            let rows = try rowCount(lines, part)
            rowsOfStream[part.stream.rawValue, default: 0] += rows
            if part.lines != lines.count || part.rows != rows || part.sizeBytes != bytes.count {
                found.append(
                    Violation("\(key) counts \(part) of a part with \(lines.count) lines and \(rows) rows"))
            }
        }
        for (stream, ledger) in commit.ledger
        where ledger.rowsAnswered != ledger.rowsInParts || ledger.rowsInParts != rowsOfStream[stream] ?? 0 {
            found.append(Violation("\(key): \(stream) does not add up: \(ledger)"))
        }
        for stream in rowsOfStream.keys where commit.ledger[stream] == nil {
            found.append(Violation("\(key) has no ledger of \(stream)"))
        }
        let runID = commit.runID
        for raw in objects.keys where raw.hasPrefix("raw/") && raw.contains(runID) {
            if !commit.parts.contains(where: { $0.key == raw }) {
                found.append(Violation("\(key) leaves out \(raw)"))
            }
        }
        return found
    }

    private func rowCount(_ lines: [[UInt8]], _ part: BronzeCommit.Part) throws -> Int {
        guard let table = source.silver.tables.first(where: { $0.stream == part.stream }) else {
            return part.rows
        }
        let parser = JSONParser()
        return try lines.enumerated().reduce(0) { count, line in
            try parser.withDocument(line.element) { value in
                var origin = Origin(partKey: part.key, line: line.offset + 1)
                return count + (try table.format.open(value, &origin)).rowCount
            }
        }
    }

    // MARK: Silver

    private func silver(_ key: String, _ lake: TestLake) throws -> [Violation] {
        let commit = try LakeObject.decode(SilverCommit.self, lake.objects(.silver)[key], key)
        let bronze = try LakeObject.decode(BronzeCommit.self, lake.objects(.bronze)[key], key)
        var found: [Violation] = []
        for table in source.silver.tables {
            let name = table.table.name
            guard let ledger = commit.ledger[name] else {
                if !bronze.skipped.contains(table.stream) {
                    found.append(Violation("\(key) has no ledger of \(name)"))
                }
                continue
            }
            let answered = bronze.parts.filter { $0.stream == table.stream }.reduce(0) { $0 + $1.rows }
            if !ledger.addsUp { found.append(Violation("\(key): \(name) does not add up: \(ledger)")) }
            if !source.tablesOfManyRows.contains(name), ledger.read != answered {
                found.append(Violation("\(key): \(name) read \(ledger.read) rows of \(answered) in bronze"))
            }
            let outputs = (commit.outputs ?? []).filter { $0.table == name }
            let rows = outputs.reduce(0) { $0 + $1.rows }
            if rows != ledger.accepted {
                found.append(
                    Violation("\(key): \(name) accepted \(ledger.accepted) rows, its outputs name \(rows)"))
            }
            for output in outputs {
                guard let bytes = lake.objects(.silver)[output.key] else {
                    found.append(Violation("\(key) names \(output.key), which is not there"))
                    continue
                }
                let held = try LakeFile(bytes).rows.rowCount
                if table.table.upsert?.group == nil, table.table.deletion == nil, held < output.rows {
                    found.append(
                        Violation("\(output.key) holds \(held) rows, of which \(key) brought \(output.rows)"))
                }
            }
        }
        return found
    }

    // MARK: Gold

    private func gold(_ key: String, _ lake: TestLake) throws -> [Violation] {
        let commit = try LakeObject.decode(GoldCommit.self, lake.objects(.gold)[key], key)
        let silver = try LakeObject.decode(SilverCommit.self, lake.objects(.silver)[key], key)
        var found: [Violation] = []
        for (table, ledger) in commit.ledger
        where !ledger.addsUp || ledger.accepted != silver.ledger[table]?.accepted {
            found.append(Violation("\(key): gold's \(table) does not add up: \(ledger)"))
        }
        if commit.outputs?.isEmpty ?? true { found.append(Violation("\(key) names nothing that gold made")) }
        for output in commit.outputs ?? [] {
            guard let bytes = lake.objects(.gold)[output.key] else {
                found.append(Violation("\(key) names \(output.key), which is not there"))
                continue
            }
            guard let table = source.gold.tables.first(where: { $0.name == output.table }) else {
                found.append(Violation("\(key) names \(output.table), which is not declared"))
                continue
            }
            if try LakeFile(bytes).schema != table.schema {
                found.append(Violation("\(output.key) has other columns than \(output.table)"))
            }
        }
        return found
    }
}
