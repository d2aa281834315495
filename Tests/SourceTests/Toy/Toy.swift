import Lake
import Tables

/// Sensors that report readings: a source as small as one can be that goes through all three layers.
enum Toy {
    static let name = "toy"

    /// Reads the feed.
    static let bronze: any BronzeSource.Type = ToyBronze.self

    /// Types what the feed said.
    static let silver = SilverSource(
        name: name,
        tables: [
            SilverTable(Readings.table, of: .readings, format: .records, ignoring: ["seq"]),
            SilverTable(Sensors.table, of: .sensors, format: .arrivals, mustHaveRows: true),
        ])

    /// Computes the answers.
    static let gold = GoldSource(
        name: name, tables: [SensorSlots.table, Places.table], inputs: silver.tables.map(\.table),
        compute: ToyGold.compute)
}

extension Stream {
    /// What the sensors measured; the feed only ever grows.
    static let readings: Stream = "readings"
    /// The sensors as they are now.
    static let sensors: Stream = "sensors"
}
