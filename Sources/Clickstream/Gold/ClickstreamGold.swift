import Lake
import Parquet
import Tables

/// What follows from slots of events: their hours, and then their days.
enum ClickstreamGold {
    static func compute(_ changes: Changes, _ lake: GoldLake) async throws {
        let slots = changes.partitions(of: [Events.table])
        let days = Dictionary(grouping: slots) { start(of: $0, minutes: 1_440) }
        for (day, slots) in days.sorted(by: { $0.key < $1.key }) {
            let hours = Dictionary(grouping: slots) { start(of: $0, minutes: 60) }
            for (hour, slots) in hours.sorted(by: { $0.key < $1.key }) {
                try await lake.attempt(slots) { try await replaceHour(hour, $0) }
            }
            try await lake.attempt(slots) { try await replaceDay(day, $0) }
        }
    }

    private static func start(of slot: PartitionKey, minutes: Int) -> Int64 {
        let length = Int64(minutes) * 60_000_000
        guard let time = slot.eventTime else { preconditionFailure("\(slot) is a slot of event time") }
        return time - time % length
    }

    /// The partitions that a longer one is made of.
    private static func parts(of start: Int64, minutes: Int, each: Int) -> [PartitionKey] {
        stride(from: 0, to: minutes, by: each).map {
            .eventTime(start + Int64($0) * 60_000_000, minutes: each)
        }
    }

    private static func replaceHour(_ hour: Int64, _ lake: GoldLake) async throws {
        let partition = PartitionKey.eventTime(hour, minutes: 60)
        let slots = parts(of: hour, minutes: 60, each: Events.slotMinutes)
        try await lake.replace(
            [ProductHourly.table, HourlyUsers.table, HourlySessions.table], in: partition, isNamed: true
        ) { inputs in
            async let summaries = batches(slots) {
                try await inputs.rowsIfPresent(of: EventSummaries.table, in: $0)
            }
            async let users = batches(slots) { try await inputs.rowsIfPresent(of: EventUsers.table, in: $0) }
            async let sessions = batches(slots) {
                try await inputs.rowsIfPresent(of: EventSessions.table, in: $0)
            }
            return [
                GoldOutput(
                    ProductHourly.table, ProductCounts.sum(try await summaries, as: EventSummaries.table)),
                GoldOutput(
                    HourlyUsers.table, try DistinctTexts.union(try await users, as: HourlyUsers.table)),
                GoldOutput(
                    HourlySessions.table,
                    try DistinctTexts.union(try await sessions, as: HourlySessions.table)),
            ]
        }
    }

    private static func replaceDay(_ day: Int64, _ lake: GoldLake) async throws {
        let partition = PartitionKey.eventTime(day, minutes: 1_440)
        let hours = parts(of: day, minutes: 1_440, each: 60)
        try await lake.replace(
            [
                ConversionFunnel.table, HourlyRevenue.table, TopProducts.table, CategoryPerformance.table,
                UserActivity.table,
            ], in: partition, isNamed: true
        ) { inputs in
            async let products = hourly(hours) { try await inputs.gold(ProductHourly.table, in: $0) }
            async let users = batches(hours) { try await inputs.gold(HourlyUsers.table, in: $0) }
            async let sessions = batches(hours) { try await inputs.gold(HourlySessions.table, in: $0) }
            let byHour = try await products
            let total = ProductCounts.sum(byHour.map(\.rows), as: ProductHourly.table)
            return [
                GoldOutput(ConversionFunnel.table, ConversionFunnel.make(products: total)),
                GoldOutput(HourlyRevenue.table, HourlyRevenue.make(hours: byHour)),
                GoldOutput(TopProducts.table, TopProducts.make(products: total)),
                GoldOutput(CategoryPerformance.table, CategoryPerformance.make(products: total)),
                GoldOutput(
                    UserActivity.table,
                    UserActivity.make(
                        products: total,
                        users: try DistinctTexts.union(try await users, as: HourlyUsers.table).rowCount,
                        sessions: try DistinctTexts.union(try await sessions, as: HourlySessions.table)
                            .rowCount)),
            ]
        }
    }

    // MARK: Reading

    /// What some partitions hold, those that are there, in order; all are asked for at once.
    private static func batches(
        _ partitions: [PartitionKey], read: @escaping @Sendable (PartitionKey) async throws -> ColumnBatch?
    ) async throws -> [ColumnBatch] {
        try await hourly(partitions, read: read).map(\.rows)
    }

    /// As ``batches(_:read:)``, each with its number.
    private static func hourly(
        _ partitions: [PartitionKey], read: @escaping @Sendable (PartitionKey) async throws -> ColumnBatch?
    ) async throws -> [(number: Int, rows: ColumnBatch)] {
        try await withThrowingTaskGroup(of: (Int, ColumnBatch?).self) { group in
            for (number, partition) in partitions.enumerated() {
                group.addTask { (number, try await read(partition)) }
            }
            var found: [(number: Int, rows: ColumnBatch)] = []
            for try await (number, rows) in group { if let rows { found.append((number, rows)) } }
            return found.sorted { $0.number < $1.number }
        }
    }
}
