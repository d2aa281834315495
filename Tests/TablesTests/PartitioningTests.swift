import HTTP
import Parquet
import TestSupport
import Testing

@testable import Tables

struct PartitioningTests {
    static func table(_ partitioning: Partitioning) -> Table {
        Table(
            name: "events", layer: .silver, partitioning: partitioning, grain: "event", key: ["at", "id"],
            upsert: Upsert(),
            columns: [Column("at", .timestampMicroseconds, "When."), Column("id", .string, "Which.")])
    }

    static func rows(_ moments: [Int64]) -> ColumnBatch {
        table(.whole).make(
            ["at", "id"], moments.enumerated().map { [.integer($1), .string("e\($0)")] })
    }

    @Test(
        arguments: [
            (0, 15, "event_date=1970-01-01/event_slot=0000"),
            (899_999_999, 15, "event_date=1970-01-01/event_slot=0000"),
            (900_000_000, 15, "event_date=1970-01-01/event_slot=0015"),
            (3_599_999_999, 15, "event_date=1970-01-01/event_slot=0045"),
            (3_600_000_000, 60, "event_date=1970-01-01/event_hour=01"),
            (1_767_837_600_000_000, 15, "event_date=2026-01-08/event_slot=0200"),
            (1_767_916_799_999_999, 1, "event_date=2026-01-08/event_slot=2359"),
            (-1, 15, "event_date=1969-12-31/event_slot=2345"),
            (-900_000_000, 15, "event_date=1969-12-31/event_slot=2345"),
            (-900_000_001, 15, "event_date=1969-12-31/event_slot=2330"),
            (-86_400_000_000, 60, "event_date=1969-12-31/event_hour=00"),
            (-86_400_000_001, 60, "event_date=1969-12-30/event_hour=23"),
            (-1, 1_440, "event_date=1969-12-31"), (86_400_000_000, 1_440, "event_date=1970-01-02"),
        ] as [(Int64, Int, String)])
    func `names the slot that a moment lies in`(moment: Int64, minutes: Int, path: String) {
        let key = PartitionKey.eventTime(moment, minutes: minutes)
        #expect(key.path == path)
        #expect(key.description == path)
        #expect(key.extractionDate == nil)
        // A table's rows go where the slot's name says.
        let table = Self.table(.eventTime(column: "at", minutes: minutes))
        let rows = Self.rows([moment])
        #expect(table.partitions(of: rows, extractionDate: UTCDate(daysSinceEpoch: 0)) == [key: rows])
    }

    @Test func `names dates and the whole table`() throws {
        let date = try #require(UTCDate("2026-01-08"))
        let key = PartitionKey.extractionDate(date)
        #expect(key.path == "extraction_date=2026-01-08")
        #expect(key.extractionDate == date)
        #expect(PartitionKey.whole.path == "")
        #expect(PartitionKey.whole.description == "the whole table")
        #expect(PartitionKey.whole.extractionDate == nil)
        #expect(PartitionKey(path: "extraction_date=2026-02-30").extractionDate == nil)
        #expect(PartitionKey(path: "extraction_date=2026-01-08") == key)
        #expect(PartitionKey.whole < key)
        #expect(key < .extractionDate(UTCDate(daysSinceEpoch: date.daysSinceEpoch + 1)))
        #expect(PartitionKey.eventTime(0, minutes: 15) < .eventTime(900_000_000, minutes: 15))
    }

    @Test func `gives each slot its rows, in their order`() {
        let table = Self.table(.eventTime(column: "at", minutes: 15))
        let rows = Self.rows([-1, 900_000_000, 0, 899_999_999, -900_000_001, 900_000_000, -900_000_000])
        let partitions = table.partitions(of: rows, extractionDate: UTCDate(daysSinceEpoch: 5))
        let expected = [
            "event_date=1969-12-31/event_slot=2330": ["e4"],
            "event_date=1969-12-31/event_slot=2345": ["e0", "e6"],
            "event_date=1970-01-01/event_slot=0000": ["e2", "e3"],
            "event_date=1970-01-01/event_slot=0015": ["e1", "e5"],
        ]
        #expect(Set(partitions.keys.map(\.path)) == Set(expected.keys))
        for (key, batch) in partitions {
            #expect((0..<batch.rowCount).map { batch.columns[1].text($0) } == expected[key.path])
        }
    }

    @Test func `makes a run's own day and the whole table also of no rows, and slots of none`() {
        let date = UTCDate(daysSinceEpoch: 5)
        let none = Self.rows([])
        #expect(Self.table(.whole).partitions(of: none, extractionDate: date) == [.whole: none])
        #expect(
            Self.table(.extractionDate).partitions(of: none, extractionDate: date) == [
                .extractionDate(date): none
            ])
        #expect(
            Self.table(.eventTime(column: "at", minutes: 5)).partitions(of: none, extractionDate: date)
                .isEmpty)
        let rows = Self.rows([1, 2])
        #expect(Self.table(.whole).partitions(of: rows, extractionDate: date) == [.whole: rows])
        #expect(
            Self.table(.extractionDate).partitions(of: rows, extractionDate: date) == [
                .extractionDate(date): rows
            ])
    }

    @Test(arguments: 0..<20) func `a row's partition depends on nothing but its key`(seed: Int) {
        var generator = SeededGenerator(state: UInt64(seed))
        let table = Self.table(.eventTime(column: "at", minutes: 20))
        let moments = (0..<40).map { _ in Int64.random(in: -9_000...9_000, using: &generator) * 1_000_000 }
        let rows = Self.rows(moments)
        let partitions = table.partitions(of: rows, extractionDate: UTCDate(daysSinceEpoch: 5))
        #expect(partitions.values.reduce(0) { $0 + $1.rowCount } == moments.count)
        for (key, batch) in partitions {
            for row in table.literals(batch, "at") {
                guard case .integer(let moment) = row else { continue }
                #expect(PartitionKey.eventTime(moment, minutes: 20) == key)
            }
        }
    }
}
