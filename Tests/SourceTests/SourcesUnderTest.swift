import Clickstream
import SourceBattery
import Wistia

extension SourceUnderTest {
    /// Every source; a further one is one more value.
    static let all: [SourceUnderTest] = [.wistia, .clickstream, .toy]

    static let wistia = SourceUnderTest(
        bronze: Wistia.bronze, silver: Wistia.silver, gold: Wistia.gold,
        tablesOfManyRows: ["fact_media_engagement"], arrivalColumns: ["ingested_at", "snapshot_ts"],
        misread: ("fact_visitors", "play_count")
    ) { try WistiaWorld() }

    static let clickstream = SourceUnderTest(
        bronze: Clickstream.bronze, silver: Clickstream.silver, gold: Clickstream.gold,
        misread: ("events", "quantity")
    ) { ClickstreamWorld() }

    static let toy = SourceUnderTest(
        bronze: Toy.bronze, silver: Toy.silver, gold: Toy.gold, arrivalColumns: ["seen_at"],
        misread: ("readings", "battery_percent")
    ) { ToyWorld() }
}
