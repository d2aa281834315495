import HTTP
import Lake
import Parquet
import SourceBattery
import Tables

extension Twin {
    static let ofGold = [
        Twin("a gold that uses the clock", .redelivery, "s3://gold/toy/places/part-0.parquet has other bytes")
        {
            $0.makePlaces { _, _ in SystemTimeSource().now().microsecondsSinceEpoch }
        },
        Twin(
            "a gold that adds to what it has", .redelivery,
            "s3://gold/toy/places/part-0.parquet has other bytes"
        ) {
            $0.makePlaces { current, _ in (current ?? 0) + 1 }
        },
        Twin(
            "a gold that keeps what came first", .anyOrder,
            "s3://gold/toy/places/part-0.parquet has other bytes"
        ) {
            $0.makePlaces { current, sensors in
                current ?? BatchView(sensors, as: Sensors.table).integers("revision").values.reduce(0, +)
            }
        },
        Twin("a gold that notes as done what it has yet to do", .kills, "sensor_slots") {
            $0.gold.compute = Twin.computeHastily
        },
        Twin("a gold that reads all history", .budget, "gold's gets of s3://silver/toy/readings") {
            $0.gold.compute = Twin.computeFromHistory
        },
        Twin("a gold that needs a column which came later", .olderFiles, "no reading tells of its battery") {
            $0.gold.compute = Twin.computeFromBatteries
        },
        Twin("a gold that tells nothing of what it made", .ledger, "names nothing that gold made") {
            $0.gold.compute = { _, _ in }
        },
    ]

    private static func slots(_ slot: PartitionKey, _ lake: GoldLake) async throws {
        try await lake.replace([SensorSlots.table], in: slot) { inputs in
            let readings = try await inputs.rows(of: Readings.table, in: slot)
            return [GoldOutput(SensorSlots.table, SensorSlots.make(readings: readings))]
        }
    }

    /// Notes in another table which slots are done, before they are.
    private static let computeHastily: GoldSource.Compute = { changes, lake in
        let slots = changes.partitions(of: [Readings.table])
        let mark = Int64(slots.last?.path.filter(\.isNumber) ?? "") ?? 0
        var isDone = false
        try await lake.replace([Places.table], in: .whole) { inputs in
            let current = try await inputs.current(Places.table)
            isDone =
                current.map { BatchView($0, as: Places.table).integers("sensors").values == [mark] } ?? false
            return [GoldOutput(Places.table, Places.row(sensors: mark))]
        }
        if isDone { return }
        for slot in slots { try await lake.attempt(slot) { try await Twin.slots(slot, $0) } }
    }

    /// Reads a slot of every day since the first.
    private static let computeFromHistory: GoldSource.Compute = { changes, lake in
        for slot in changes.partitions(of: [Readings.table]) {
            try await lake.attempt(slot) { lake in
                try await lake.replace([SensorSlots.table], in: slot) { inputs in
                    var day = Pass(1).date
                    while slot.path > "event_date=\(day)/event_slot=0140" {
                        _ = try await inputs.rows(
                            of: Readings.table, in: PartitionKey(path: "event_date=\(day)/event_slot=0140"))
                        day = UTCDate(daysSinceEpoch: day.daysSinceEpoch + 1)
                    }
                    let readings = try await inputs.rows(of: Readings.table, in: slot)
                    return [GoldOutput(SensorSlots.table, SensorSlots.make(readings: readings))]
                }
            }
        }
    }

    private static let computeFromBatteries: GoldSource.Compute = { changes, lake in
        for slot in changes.partitions(of: [Readings.table]) {
            try await lake.attempt(slot) { lake in
                try await lake.replace([SensorSlots.table], in: slot) { inputs in
                    let readings = try await inputs.rows(of: Readings.table, in: slot)
                    let batteries = BatchView(readings, as: Readings.table).integers("battery_percent")
                    guard batteries.validity?.contains(true) ?? true else {
                        throw LakeError("Toy", "no reading tells of its battery")
                    }
                    return [GoldOutput(SensorSlots.table, SensorSlots.make(readings: readings))]
                }
            }
        }
        try await ToyGold.compute(changes.without(Readings.table), lake)
    }
}

extension Changes {
    /// Those of the sensors alone.
    fileprivate func without(_ table: Table) -> Changes {
        var others = Changes()
        for partition in partitions(of: [Sensors.table]) { others.note(partition, of: Sensors.table.name) }
        return others
    }
}

extension Places {
    /// One row with a number of sensors.
    fileprivate static func row(sensors: Int64) -> ColumnBatch {
        var place = ColumnBuilder(.string)
        place.appendNull()
        return ColumnBatch(
            rowCount: 1,
            columns: [place.finish(), ColumnVector(.int64([sensors])), ColumnVector(.int64([0]))])
    }
}

extension SourceUnderTest {
    /// Makes of `places` one row, whose number follows from the one that is there and from the sensors.
    fileprivate mutating func makePlaces(
        _ number: @escaping @Sendable (_ current: Int64?, _ sensors: ColumnBatch) -> Int64
    ) {
        gold.compute = { changes, lake in
            guard !changes.partitions(of: [Sensors.table]).isEmpty else { return }
            try await lake.attempt(.whole) { lake in
                try await lake.replace([Places.table], in: .whole) { inputs in
                    let current = try await inputs.current(Places.table)
                    let sensors = try await inputs.rows(of: Sensors.table, in: .whole)
                    let there = current.flatMap {
                        BatchView($0, as: Places.table).integers("sensors").values.first
                    }
                    return [GoldOutput(Places.table, Places.row(sensors: number(there, sensors)))]
                }
            }
        }
    }
}
