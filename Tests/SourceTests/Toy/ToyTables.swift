import Parquet
import Tables

/// What the sensors measured, by slots of five minutes.
enum Readings {
    static let slotMinutes = 5

    static let table = Table(
        name: "readings", layer: .silver,
        partitioning: .eventTime(column: "measured_at", minutes: slotMinutes),
        grain: "sensor, moment", key: ["sensor_id", "measured_at"], upsert: Upsert(),
        columns: [
            Column("sensor_id", .string, from: "sensor", "The sensor's id."),
            Column("measured_at", .timestampMicroseconds, from: "at", "When the sensor measured."),
            Column(
                "celsius", .double, from: "celsius", unit: "°C", rules: [.within(-90...90, .quarantine)],
                "The temperature."),
            Column(
                "battery_percent", .int64, nullable: true, from: "battery", unit: "%",
                rules: [.within(0...100)],
                "How full the battery is; null where the sensor does not tell."),
            Column(
                "reporter_email", .string, nullable: true, from: "reporter.email", personal: .email,
                "Who read the sensor, under the policy for personal fields; null where it reports by itself."),
        ])
}

/// The sensors that there are.
enum Sensors {
    static let table = Table(
        name: "sensors", layer: .silver, partitioning: .whole, grain: "sensor", key: ["sensor_id"],
        upsert: Upsert(order: [.column("seen_at"), .column("revision")]),
        deletion: Deletion(seenAt: "seen_at", withinSeconds: 0),
        columns: [
            Column("sensor_id", .string, from: "id", "The sensor's id."),
            Column(
                "place", .string, nullable: true, from: "place", "Where it hangs; null where nobody knows."),
            Column(
                "owner", .string, nullable: true, from: "owner", personal: .text,
                "Whose it is, under the policy for personal fields; null where it is nobody's."),
            Column("revision", .int64, from: "revision", unit: "changes", "How often the entry was changed."),
            Column(
                "seen_at", .timestampMicroseconds, from: .answeredAt,
                "When the list that showed it had arrived."),
        ])
}

/// Each sensor's slot of five minutes in one row.
enum SensorSlots {
    static let table = Table(
        name: "sensor_slots", layer: .gold,
        partitioning: .eventTime(column: "slot_at", minutes: Readings.slotMinutes), grain: "sensor, slot",
        key: ["sensor_id", "slot_at"],
        columns: [
            Column("sensor_id", .string, "The sensor's id."),
            Column("slot_at", .timestampMicroseconds, "When the slot begins."),
            Column("readings", .int64, unit: "readings", "How often the sensor measured."),
            Column("lowest_celsius", .double, unit: "°C", "The lowest temperature."),
            Column("highest_celsius", .double, unit: "°C", "The highest temperature."),
        ])

    /// Makes a slot's rows of the rows of ``Readings``.
    static func make(readings: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(readings, as: Readings.table)
        let sensors = rows.strings("sensor_id")
        let moments = rows.integers("measured_at")
        let celsius = rows.doubles("celsius")
        let length = Int64(Readings.slotMinutes) * 60_000_000
        var sensorIDs = ColumnBuilder(.string)
        var (slots, counts, lowest, highest): ([Int64], [Int64], [Double], [Double]) = ([], [], [], [])
        // Rows are sorted by sensor.
        for row in 0..<rows.rowCount {
            let value = celsius.values[row]
            if row > 0, sensors.compare(row - 1, to: sensors, row) == 0 {
                let last = counts.count - 1
                counts[last] += 1
                lowest[last] = min(lowest[last], value)
                highest[last] = max(highest[last], value)
            } else {
                sensorIDs.append(sensors, row: row)
                slots.append(moments.values[row] - moments.values[row] % length)
                counts.append(1)
                lowest.append(value)
                highest.append(value)
            }
        }
        return ColumnBatch(
            rowCount: counts.count,
            columns: [
                sensorIDs.finish(), ColumnVector(.int64(slots)), ColumnVector(.int64(counts)),
                ColumnVector(.double(lowest)), ColumnVector(.double(highest)),
            ])
    }
}

/// How many sensors each place has now.
enum Places {
    static let table = Table(
        name: "places", layer: .gold, partitioning: .whole, grain: "place", key: ["place"],
        columns: [
            Column("place", .string, nullable: true, "Where the sensors hang; null where nobody knows."),
            Column("sensors", .int64, unit: "sensors", "How many there are."),
            Column("owned", .int64, unit: "sensors", "How many of them have an owner."),
        ])

    /// Makes the rows of those of ``Sensors``.
    static func make(sensors: ColumnBatch) -> ColumnBatch {
        let rows = BatchView(sensors, as: Sensors.table)
        let (places, owners) = (rows.strings("place"), rows.strings("owner"))
        var names = ColumnBuilder(.string)
        var (counts, owned): ([Int64], [Int64]) = ([], [])
        var previous: Int?
        for row in places.sortedRows() {
            if previous.map({ places.compare($0, to: places, row) != 0 }) ?? true {
                names.append(places, row: row)
                counts.append(0)
                owned.append(0)
            }
            counts[counts.count - 1] += 1
            owned[owned.count - 1] += owners.isValid(row) ? 1 : 0
            previous = row
        }
        return ColumnBatch(
            rowCount: counts.count,
            columns: [names.finish(), ColumnVector(.int64(counts)), ColumnVector(.int64(owned))])
    }
}
