import Parquet
import TestSupport
import Testing

@testable import Tables

struct UpsertTests {
    /// Cells of an answer about a thing, which replaces another as a whole.
    static let cells = Table(
        name: "cells", layer: .silver, partitioning: .whole, grain: "thing, cell", key: ["id", "cell"],
        upsert: Upsert(group: ["id"], order: [.column("at")]),
        columns: [
            Column("id", .string, "The thing."), Column("cell", .int32, unit: "cell", "The cell."),
            Column("at", .int64, unit: "s", "When."),
            Column("count", .int64, nullable: true, unit: "n", "How many."),
        ])

    static func make(_ rows: [[Literal]]) -> ColumnBatch { cells.make(["id", "cell", "at", "count"], rows) }

    /// The cells of one answer.
    static func answer(_ id: String, at time: Int64, _ counts: Int64...) -> ColumnBatch {
        make(counts.enumerated().map { [.string(id), .integer(Int64($0)), .integer(time), .integer($1)] })
    }

    @Test func `a shorter newer answer leaves no old tail`() throws {
        let long = Self.answer("a", at: 1, 9, 9, 9, 9)
        let short = Self.answer("a", at: 2, 5, 5)
        let merged = try Self.cells.merge(current: long, incoming: short)
        #expect(
            merged == Merged(batch: short, newCount: 0, updatedCount: 2, unchangedCount: 0, displacedCount: 4)
        )
        let late = try Self.cells.merge(current: short, incoming: long)
        #expect(
            late == Merged(batch: short, newCount: 0, updatedCount: 0, unchangedCount: 4, displacedCount: 4))
        #expect(Self.cells.newest(of: .concatenated([short, long])).batch == short)
        #expect(Self.cells.newest(of: .concatenated([long, short])).batch == short)
    }

    @Test func `a longer newer answer replaces its group alone`() throws {
        let current = Self.make([["a", 0, 1, 1], ["b", 0, 5, 1], ["b", 1, 5, 1], ["d", 0, 1, 1]])
        let incoming = Self.make([["a", 0, 2, 7], ["a", 1, 2, 7], ["b", 0, 4, 7], ["c", 0, 1, 7]])
        let merged = try Self.cells.merge(current: current, incoming: incoming)
        #expect(
            merged.batch
                == Self.make([
                    ["a", 0, 2, 7], ["a", 1, 2, 7], ["b", 0, 5, 1], ["b", 1, 5, 1], ["c", 0, 1, 7],
                    ["d", 0, 1, 1],
                ]))
        #expect([merged.newCount, merged.updatedCount, merged.unchangedCount] == [1, 2, 1])
        #expect(merged.displacedCount == 2)
    }

    @Test func `of answers of one moment each cell's greater row stays`() throws {
        let left = Self.make([["a", 0, 1, 5], ["a", 1, 1, 5], ["a", 3, 1, nil]])
        let right = Self.make([["a", 0, 1, 4], ["a", 1, 1, 6], ["a", 2, 1, 1], ["a", 3, 1, 0]])
        let expected = Self.make([["a", 0, 1, 5], ["a", 1, 1, 6], ["a", 2, 1, 1], ["a", 3, 1, 0]])
        #expect(try Self.cells.merge(current: left, incoming: right).batch == expected)
        #expect(try Self.cells.merge(current: right, incoming: left).batch == expected)
        #expect(try Self.cells.merge(current: expected, incoming: left).unchangedCount == 3)
    }

    @Test func `rows that are sorted may still be of two answers`() {
        let rows = Self.make([["a", 0, 2, 1], ["a", 1, 1, 1], ["a", 2, 2, 1], ["b", 0, 1, 1]])
        #expect(
            Self.cells.newest(of: rows).batch
                == Self.make([["a", 0, 2, 1], ["a", 2, 2, 1], ["b", 0, 1, 1]]))
    }

    @Test(arguments: 0..<100) func `bringing in keeps the greatest answers, as a list of them would`(
        seed: Int
    ) throws {
        var generator = SeededGenerator(state: UInt64(seed))
        func random() -> [[Literal]] {
            (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                [
                    .string("ab".randomElement(using: &generator).map(String.init) ?? ""),
                    .integer(Int64.random(in: 0...2, using: &generator)),
                    .integer(Int64.random(in: 0...1, using: &generator)),
                    .integer(Int64.random(in: 0...2, using: &generator)),
                ]
            }
        }
        let (left, right) = (random(), random())
        // The newest answer of each thing, and of each of its cells the greatest count.
        var newest: [String: Int64] = [:]
        var counts: [String: [Int64: Int64]] = [:]
        for row in left + right {
            guard
                case (.string(let id), .integer(let cell), .integer(let time), .integer(let count)) =
                    (row[0], row[1], row[2], row[3])
            else { continue }
            if time > newest[id] ?? -1 { (newest[id], counts[id]) = (time, [:]) }
            if time == newest[id] { counts[id, default: [:]][cell] = [counts[id]?[cell] ?? 0, count].max() }
        }
        let expected = counts.keys.sorted().flatMap { id in
            (counts[id] ?? [:]).sorted { $0.key < $1.key }.map { cell, count in
                "\(id)|\(cell)|\(newest[id] ?? -1)|\(count)"
            }
        }
        let sides = [left, right].map { Self.cells.newest(of: Self.make($0)).batch }
        for (current, incoming) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            let merged = try Self.cells.merge(current: current, incoming: incoming)
            #expect(merged.batch.lines == expected)
            #expect(merged.displacedCount == current.rowCount + incoming.rowCount - merged.batch.rowCount)
        }
        #expect(Self.cells.newest(of: Self.make(right + left)).batch.lines == expected)
    }

    /// By answers: when they came, and the activity that they show; ten seconds under way at most.
    static let people = Table(
        name: "people", layer: .silver, partitioning: .whole, grain: "person", key: ["id"],
        upsert: Upsert(order: [.answered(arrival: "at", activity: "active_at", withinSeconds: 10)]),
        deletion: Deletion(seenAt: "at", withinSeconds: 10),
        columns: [
            Column("id", .string, "Who."),
            Column("active_at", .timestampMicroseconds, nullable: true, "When active."),
            Column("at", .timestampMicroseconds, "When answered."), Column("label", .string, "Which answer."),
        ])

    static func person(_ active: Int64?, at time: Int64, _ label: String) -> ColumnBatch {
        people.make(
            ["id", "active_at", "at", "label"],
            [
                [
                    "i", active.map { .integer($0 * 1_000_000) } ?? .null, .integer(time * 1_000_000),
                    .string(label),
                ]
            ])
    }

    @Test(
        arguments: [
            // Active at 5 or 6, answered within ten seconds: the activity decides.
            (5, 14, 6, 8), (5, 14, 6, 6), (0, 8, 1, 2),
            // The later can only have been made after the earlier had arrived.
            (6, 8, 0, 19), (6, 8, nil, 19), (100, 8, 0, 19),
            // No activity is before any: it can have been made ten seconds before it came.
            (nil, 15, 6, 8), (nil, 15, nil, 16),
            // Made at one moment at the earliest: by activity, null first, and then by arrival.
            (nil, 15, 5, 5), (nil, 15, 4, 15), (4, 15, 5, 5), (5, 14, 5, 15),
            // An activity after the arrival counts as the arrival.
            (20, 8, 9, 9), (20, 8, 21, 8),
        ] as [(Int64?, Int64, Int64?, Int64)])
    func `the greater earliest possible moment of the answer stays`(
        lesserActive: Int64?, lesserTime: Int64, greaterActive: Int64?, greaterTime: Int64
    ) throws {
        let lesser = Self.person(lesserActive, at: lesserTime, "z")
        let greater = Self.person(greaterActive, at: greaterTime, "a")
        #expect(try Self.people.merge(current: lesser, incoming: greater).batch == greater)
        #expect(try Self.people.merge(current: greater, incoming: lesser).batch == greater)
    }

    @Test func `a table without terms keeps the greatest by its other columns`() throws {
        let table = Table(
            name: "events", layer: .silver, partitioning: .whole, grain: "event", key: ["id"],
            upsert: Upsert(),
            columns: [
                Column("a", .boolean, nullable: true, "A."), Column("id", .string, "The id."),
                Column("b", .double, nullable: true, unit: "b", "B."),
            ])
        let ordered: [[Literal]] = [
            [nil, "i", nil], [nil, "i", 1.0], [false, "i", nil], [false, "i", -1.0], [true, "i", -2.0],
        ]
        for (position, lesser) in ordered.enumerated() {
            for greater in ordered[position...] {
                let (left, right) = (
                    table.make(["a", "id", "b"], [lesser]), table.make(["a", "id", "b"], [greater])
                )
                #expect(try table.merge(current: left, incoming: right).batch == right)
                #expect(try table.merge(current: right, incoming: left).batch == right)
            }
        }
    }

    @Test func `a table without a key has one row`() throws {
        let table = Table(
            name: "totals", layer: .silver, partitioning: .whole, grain: "whole", key: [],
            upsert: Upsert(order: [.column("at")]), columns: [Column("at", .int64, unit: "s", "When.")])
        let (early, late) = (table.make(["at"], [[1]]), table.make(["at"], [[2]]))
        #expect(try table.merge(current: early, incoming: late).batch == late)
        #expect(try table.merge(current: late, incoming: early).batch == late)
        #expect(table.newest(of: table.make(["at"], [[1], [3], [2]])).batch == table.make(["at"], [[3]]))
    }

    @Test(arguments: [
        Schema.FieldType.json, .int16, .decimal(precision: 9, scale: 2, storage: .int32),
        .timestamp(.milliseconds, isUTC: true),
    ])
    func `takes rows of every type that a builder makes`(type: Schema.FieldType) throws {
        let table = Table(
            name: "typed", layer: .silver, partitioning: .whole, grain: "id", key: ["id"], upsert: Upsert(),
            columns: [Column("id", .string, "The id."), Column("value", type, nullable: true, "A value.")])
        var builder = ColumnBuilder(type)
        builder.appendNull()
        var ids = ByteColumn()
        ids.append("i".utf8)
        let rows = ColumnBatch(rowCount: 1, columns: [ColumnVector(.bytes(ids)), builder.finish()])
        try table.check(rows)
        #expect(try table.merge(current: table.emptyRows, incoming: rows).batch == rows)
    }
}
