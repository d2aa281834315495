import Lake
import Parquet
import Tables
import TestSupport

/// Files of other releases do not stop anything: the next commit goes on with them, or makes them anew.
struct OlderFilesCheck {
    /// What is other about a file.
    private enum Difference: CaseIterable {
        /// It has none of the columns that may be null: they came later.
        case lacksColumns
        /// It has a column that only a later release knows.
        case hasAnother
        /// Its personal fields were made under another policy.
        case personalMark
        /// Its rows were typed by another declaration.
        case digest
        /// It cannot be read.
        case isDamaged

        var occasion: String {
            switch self {
            case .lacksColumns: "a file without columns that came later"
            case .hasAnother: "a file with a column of another release"
            case .personalMark: "a file whose personal fields were made under another policy"
            case .digest: "a file whose rows were typed by another declaration"
            case .isDamaged: "a damaged file"
            }
        }
    }

    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        let base = try TestLake(source)
        for pass in [Pass(1), Pass(2)] { try await base.play(pass) }
        let commits = try await base.playBronze(Pass(2, 1))
        let fresh = try base.copy()
        let touched = try await fresh.deliver(commits, from: .bronze).flatMap(\.writes).map(\.key)
        var found: [Violation] = []
        for table in source.silver.tables.map(\.table) {
            for difference in Difference.allCases {
                let lake = try base.copy()
                guard try change(table, difference, touched, lake) else { continue }
                do {
                    found += try await violations(table, difference, commits, lake, fresh)
                } catch {
                    found.append(Violation("\(difference.occasion) of \(table.name): \(error)"))
                }
            }
        }
        return found
    }

    private func violations(
        _ table: Table, _ difference: Difference, _ commits: [String], _ lake: TestLake, _ fresh: TestLake
    ) async throws -> [Violation] {
        let occasion = "\(difference.occasion) of \(table.name)"
        var found: [Violation] = []
        // Gold reads it by name, also if silver never touches it again.
        for commit in lake.commits(.silver) where difference != .isDamaged {
            let answer = await lake.send(TestLake.notification(of: [commit], in: .silver), to: .gold)
            if case .failure(let error) = answer.result { found.append(Violation("\(occasion): \(error)")) }
        }
        let invocations = try await lake.deliver(commits, from: .bronze)
        guard let key = invocations.flatMap(\.commits).first else {
            throw BatteryError("silver wrote no commit")
        }
        let commit = try LakeObject.decode(SilverCommit.self, lake.objects(.silver)[key], key)
        let outputs = (commit.outputs ?? []).filter { $0.table == table.name }
        if outputs.isEmpty { throw BatteryError("the pass brings nothing into \(table.name)") }
        for output in outputs {
            let (ours, theirs) = (lake.objects(.silver)[output.key], fresh.objects(.silver)[output.key])
            guard let ours, let theirs, ours != theirs else { continue }
            guard difference == .lacksColumns else {
                found.append(
                    Violation("\(occasion): after the next commit \(output.key) is not a fresh lake's"))
                continue
            }
            let problem = try gaps(table, LakeFile(ours), LakeFile(theirs), incoming: output.rows)
            if let problem { found.append(Violation("\(occasion): \(output.key) \(problem)")) }
        }
        let reprocess = await lake.send(lake.reprocess(), to: .silver)
        _ = try reprocess.result.get()
        try await lake.deliver(reprocess.commits, from: .silver)
        return found + lake.differences(from: fresh, "\(occasion), after a reprocess")
    }

    /// Makes a table's files what they are in another release; false where they cannot be.
    ///
    /// Damaged are only those that are written next: one that nobody touches stays damaged, and gold says so.
    private func change(
        _ table: Table, _ difference: Difference, _ touched: [String], _ lake: TestLake
    ) throws -> Bool {
        let columns = Set(table.columns.filter { $0.isNullable && !table.key.contains($0.name) }.map(\.name))
        for (key, bytes) in lake.objects(of: table.name, in: .silver) {
            var file = try LakeFile(bytes)
            switch difference {
            case .lacksColumns:
                if columns.isEmpty { return false }
                file.remove(columns)
            case .hasAnother:
                file.schema = Schema(
                    file.schema.fields + [Schema.Field("of_another_release", .int64, isNullable: false)])
                file.rows.columns.append(
                    ColumnVector(.int64([Int64](repeating: 7, count: file.rows.rowCount))))
            case .personalMark:
                guard set("medallion.personal_data", "hash:0123456789abcdef", in: &file) else { return false }
            case .digest:
                guard set("medallion.digest", "0123456789abcdef", in: &file) else { return false }
            case .isDamaged:
                guard touched.contains(key) else { continue }
                lake.store.seed(key, bucket: Layer.silver.rawValue, body: Array(bytes.dropLast(9)))
                continue
            }
            lake.store.seed(key, bucket: Layer.silver.rawValue, body: try file.encoded())
        }
        return true
    }

    /// Changes what a file says of itself; false where it does not say that.
    private func set(_ name: String, _ value: String, in file: inout LakeFile) -> Bool {
        guard let place = file.metadata.firstIndex(where: { $0.key == name }) else { return false }
        file.metadata[place].value = value
        return true
    }

    /// What is wrong with a file that lacked columns, apart from older rows that have nothing in them; nil where nothing is.
    private func gaps(_ table: Table, _ ours: LakeFile, _ theirs: LakeFile, incoming: Int) throws -> String? {
        let columns = Set(table.columns.filter { $0.isNullable && !table.key.contains($0.name) }.map(\.name))
        guard ours.schema == theirs.schema else { return "has other columns" }
        guard ours.rows(without: columns) == theirs.rows(without: columns) else { return "has other rows" }
        for name in columns.sorted() {
            guard let index = ours.index(of: name) else { continue }
            let (our, their) = (ours.rows.columns[index], theirs.rows.columns[index])
            var gaps = 0
            for row in 0..<ours.rows.rowCount where our.isValid(row) != their.isValid(row) {
                guard !our.isValid(row) else { return "has a \(name) that nobody sent" }
                gaps += 1
            }
            let rows = (0..<ours.rows.rowCount).filter { our.isValid($0) }
            guard our.gathered(at: rows).values == their.gathered(at: rows).values else {
                return "has another \(name)"
            }
            if gaps > ours.rows.rowCount - incoming { return "lacks \(name) in rows that the commit brought" }
        }
        return nil
    }
}
