import Foundation
import JSON
import Lake
import Parquet
import Tables
import TestSupport

/// Bad records are named, and do no harm to good ones; too many stop their commit until a release can type them.
struct QuarantineCheck {
    /// As few as say nothing about the source.
    private static let fewRecords = 3
    /// As many as mean that the source has changed.
    private static let manyRecords = 30

    private static let pass = Pass(2)

    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        try await few() + many() + changed() + stricter()
    }

    // MARK: Few

    private struct Line: Decodable {
        var part: String
        var line: Int
        var index: Int
        var field: String
        var reason: String
        var found: String
    }

    private func few() async throws -> [Violation] {
        let clean = try TestLake(source)
        let lake = try TestLake(source)
        let bad = lake.world.spoil(QuarantineCheck.fewRecords, of: QuarantineCheck.pass)
        for lake in [clean, lake] {
            for pass in [Pass(1), QuarantineCheck.pass] { try await lake.play(pass) }
        }
        // Of a file that landed with other bytes the run is another one.
        guard let key = lake.commits(.silver).last, let cleanKey = clean.commits(.silver).last else {
            throw BatteryError("the pass has no commit")
        }
        let commit = try LakeObject.decode(SilverCommit.self, lake.objects(.silver)[key], key)
        let cleanCommit = try LakeObject.decode(SilverCommit.self, clean.objects(.silver)[cleanKey], cleanKey)
        var found: [Violation] = []
        if commit.refused != nil { found.append(Violation("\(bad.count) bad records refused the commit")) }
        for (table, ledger) in commit.ledger {
            let ofTable = bad.filter { $0.table == table }
            let accepted = cleanCommit.ledger[table]?.accepted ?? 0
            if ledger.accepted != accepted - ofTable.count {
                found.append(
                    Violation(
                        "\(table) accepted \(ledger.accepted) rows, \(accepted - ofTable.count) are good"))
            }
            if ledger.quarantined < ofTable.count || ofTable.isEmpty && ledger.quarantined > 0 {
                found.append(
                    Violation("\(table) counts \(ledger.quarantined) of \(ofTable.count) bad records"))
            }
            guard !ofTable.isEmpty else { continue }
            found += try named(ofTable, table, ledger, commit, lake)
        }
        for layer in [Layer.silver, .gold] { found += quoted(bad, lake, layer) }
        return found
    }

    /// Whether the list of a table's bad records says what it has to, of records that are what it says.
    private func named(
        _ bad: [BadRecord], _ table: String, _ ledger: TableLedger, _ commit: SilverCommit, _ lake: TestLake
    ) throws -> [Violation] {
        guard let key = commit.quarantine[table], let bytes = lake.objects(.silver)[key] else {
            return [Violation("\(table)'s bad records are listed nowhere")]
        }
        guard let declared = source.silver.tables.first(where: { $0.table.name == table }) else {
            throw BatteryError("there is no table \(table)")
        }
        var found: [Violation] = []
        var left = Set(bad.map { "\($0.field) \($0.jsonType)" })
        let lines = try LakeObject.lines(bytes)
        if lines.count != ledger.quarantined {
            found.append(Violation("\(key) has \(lines.count) lines for \(ledger.quarantined) bad records"))
        }
        for bytes in lines {
            let members = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
            if Set(members.keys) != ["part", "line", "index", "field", "reason", "found", "code"] {
                found.append(Violation("\(key) says \(members.keys.sorted()) of a bad record"))
                continue
            }
            let line = try LakeObject.decode(Line.self, bytes, key)
            left.remove("\(line.field) \(line.found)")
            guard !line.reason.isEmpty else {
                found.append(Violation("\(key) gives no reason"))
                continue
            }
            let there = try jsonType(line, declared, lake)
            if there != line.found {
                found.append(
                    Violation(
                        "\(key) says \(line.field) is \(line.found), in the part it is \(there ?? "no record")"
                    ))
            }
        }
        return found + left.sorted().map { Violation("\(key) does not name a bad record: \($0)") }
    }

    /// What a field of a record in a part is; nil where there is no such record.
    private func jsonType(_ named: Line, _ table: SilverTable, _ lake: TestLake) throws -> String? {
        guard let bytes = lake.objects(.bronze)[named.part] else { return nil }
        let lines = try LakeObject.lines(bytes)
        guard lines.indices.contains(named.line - 1) else { return nil }
        return try JSONParser().withDocument(lines[named.line - 1]) { value in
            var origin = Origin(partKey: named.part, line: named.line)
            let records = try table.format.open(value, &origin).records
            var record: JSONValue? = records
            if let list = records.array {
                var iterator = list.makeIterator()
                for _ in 0..<named.index { _ = iterator.next() }
                record = iterator.next()
            }
            guard record != nil else { return nil }
            for name in named.field.split(separator: ".") {
                record = record?.object?.first { $0.name.elementsEqual(name.utf8) }?.value
            }
            return record?.kind.rawValue ?? "absent"
        }
    }

    private func quoted(_ bad: [BadRecord], _ lake: TestLake, _ layer: Layer) -> [Violation] {
        let needles = Needles(bad.map(\.value))
        return lake.objects(layer).sorted { $0.key < $1.key }.flatMap { key, bytes in
            ((try? LakeObject.content(key, bytes)) ?? []).flatMap(needles.found).map {
                Violation("\(key) repeats \($0)")
            }
        }
    }

    // MARK: Many

    private func many() async throws -> [Violation] {
        let lake = try TestLake(source)
        let bad = lake.world.spoil(QuarantineCheck.manyRecords, of: QuarantineCheck.pass)
        try await lake.play(Pass(1))
        let before = try lake.copy()
        let commits = try await lake.playBronze(QuarantineCheck.pass)
        return try await refused(commits, of: lake, before) + quoted(bad, lake, .silver)
    }

    /// Delivers commits of which nothing may come into any table.
    private func refused(_ commits: [String], of lake: TestLake, _ before: TestLake) async throws
        -> [Violation]
    {
        var found: [Violation] = []
        let invocation = await lake.send(TestLake.notification(of: commits, in: .bronze), to: .silver)
        if case .success = invocation.result {
            found.append(Violation("a commit with too many bad records is no error"))
        }
        for key in commits {
            let commit = try? LakeObject.decode(SilverCommit.self, lake.objects(.silver)[key], key)
            guard let commit else {
                found.append(Violation("a refused commit has no answer"))
                continue
            }
            if commit.refused == nil {
                found.append(Violation("a commit with too many bad records is not refused"))
            }
            if commit.quarantine.isEmpty {
                found.append(Violation("the refused commit's bad records are listed nowhere"))
            }
        }
        try await lake.deliver(invocation.commits, from: .silver)
        for layer in [Layer.silver, .gold] {
            let tables = { (lake: TestLake) in
                lake.objects(layer).filter { $0.key.hasPrefix("\(source.name)/") }
            }
            if tables(lake) != tables(before) {
                found.append(Violation("the refused commit changed tables of \(layer.rawValue)"))
            }
            let answer = await lake.send(lake.reconcile, to: layer)
            switch answer.result {
            case .failure(let error):
                found.append(
                    Violation("\(layer.rawValue)'s reconcile names the refused commit again: \(error)"))
            case .success where !answer.writes.isEmpty:
                found.append(Violation("\(layer.rawValue)'s reconcile answers the refused commit again"))
            case .success: break
            }
        }
        return found
    }

    // MARK: A release that cannot type the source, and one that can

    private func changed() async throws -> [Violation] {
        var lake = try TestLake(source)
        try await lake.play(Pass(1))
        let before = try lake.copy()
        let commits = try await lake.playBronze(Pass(2))
        lake.silver = try misreading()
        var found = try await refused(commits, of: lake, before)
        lake.silver = nil
        try await lake.play(Pass(3))
        let answer = await lake.send(lake.reprocess(isQuarantined: true), to: .silver)
        _ = try answer.result.get()
        if answer.commits != commits {
            found.append(
                Violation("a reprocess of what was quarantined typed \(answer.commits), not \(commits)"))
        }
        try await lake.deliver(answer.commits, from: .silver)
        let fresh = try lake.withBronzeAlone()
        try await fresh.deliver(lake.commits(.bronze), from: .bronze)
        // The list of what was bad stays, and is empty.
        for key in lake.objects(.silver).keys where key.hasPrefix("quarantine/") {
            guard let bytes = lake.objects(.silver)[key], try LakeObject.lines(bytes).isEmpty else {
                found.append(Violation("after the reprocess \(key) is not empty"))
                continue
            }
            try await lake.store.delete(key, bucket: Layer.silver.rawValue)
        }
        return found + lake.differences(from: fresh, "after the reprocess of what was quarantined")
    }

    // MARK: A release that refuses what an older one let pass

    /// A commit that is refused now and was not before leaves every table of both layers.
    private func stricter() async throws -> [Violation] {
        var lake = try TestLake(source)
        _ = lake.world.spoil(QuarantineCheck.manyRecords, of: QuarantineCheck.pass)
        try await lake.play(Pass(1))
        let before = try lake.copy()
        lake.silver = lax()
        let commits = try await lake.playBronze(QuarantineCheck.pass)
        try await lake.deliver(commits, from: .bronze)
        lake.silver = nil
        var found: [Violation] = []
        for occasion in ["redelivery", "a second redelivery", "a reprocess"] {
            let event =
                occasion == "a reprocess"
                ? lake.reprocess() : TestLake.notification(of: commits, in: .bronze)
            let answer = await lake.send(event, to: .silver)
            if case .success = answer.result {
                found.append(Violation("\(occasion) of a commit that is refused now is no error"))
            }
            try await lake.deliver(answer.commits, from: .silver)
            found += try leftovers(in: lake, before, "after \(occasion) of a commit that is refused now")
        }
        return found
    }

    /// The tables' objects that are not as before, nor without rows where there was none.
    private func leftovers(in lake: TestLake, _ before: TestLake, _ occasion: String) throws -> [Violation] {
        try [Layer.silver, .gold].flatMap { layer in
            try lake.objects(layer).filter { $0.key.hasPrefix("\(source.name)/") }
                .sorted { $0.key < $1.key }.compactMap { key, bytes -> Violation? in
                    if let there = before.objects(layer)[key] {
                        return there == bytes ? nil : Violation("\(occasion) \(key) is not as before it")
                    }
                    let count = try LakeFile(bytes).rows.rowCount
                    return count == 0 ? nil : Violation("\(occasion) \(key) keeps \(count) rows")
                }
        }
    }

    /// The silver of a release that lets bad records pass without a word.
    private func lax() -> SilverSource {
        var silver = source.silver
        for place in silver.tables.indices {
            let make = silver.tables[place].makeBuilder
            silver.tables[place].makeBuilder = { LaxBuilder(builder: make($0)) }
        }
        return silver
    }

    private struct LaxBuilder: RowBuilder {
        var builder: any RowBuilder

        mutating func append(_ records: JSONValue, from origin: Origin) {
            builder.append(records, from: origin)
        }

        mutating func reject(_ error: FieldError, from origin: Origin) {
            builder.reject(error, from: origin)
        }

        consuming func finish() -> TypedRows {
            var rows = builder.finish()
            rows.ledger.read -= rows.ledger.quarantined
            rows.ledger.quarantined = 0
            rows.rejected = []
            return rows
        }
    }

    /// The silver of a release that takes a column of numbers for truth values.
    private func misreading() throws -> SilverSource {
        var silver = source.silver
        guard let place = silver.tables.firstIndex(where: { $0.table.name == source.misread.table }) else {
            throw BatteryError("there is no table \(source.misread.table)")
        }
        let old = silver.tables[place]
        var table = old.table
        let column = table.index(of: source.misread.column)
        table.columns[column].type = .boolean
        table.columns[column].isNullable = false
        table.columns[column].rules = []
        silver.tables[place] = SilverTable(
            table, of: old.stream, format: old.format, mustHaveRows: old.mustHaveRows)
        return silver
    }
}
