import Lake
import Tables

/// What follows from slots of readings, and from the sensors.
enum ToyGold {
    static func compute(_ changes: Changes, _ lake: GoldLake) async throws {
        for slot in changes.partitions(of: [Readings.table]) {
            try await lake.attempt(slot) { lake in
                try await lake.replace([SensorSlots.table], in: slot) { inputs in
                    let readings = try await inputs.rows(of: Readings.table, in: slot)
                    return [GoldOutput(SensorSlots.table, SensorSlots.make(readings: readings))]
                }
            }
        }
        guard !changes.partitions(of: [Sensors.table]).isEmpty else { return }
        try await lake.attempt(.whole) { lake in
            try await lake.replace([Places.table], in: .whole) { inputs in
                let sensors = try await inputs.rows(of: Sensors.table, in: .whole)
                return [GoldOutput(Places.table, Places.make(sensors: sensors))]
            }
        }
    }
}
