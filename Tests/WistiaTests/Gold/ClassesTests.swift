import Tables
import TestSupport
import Testing

@testable import Wistia

struct ClassesTests {
    @Test(
        arguments: [
            (0, .low), (0.0999, .low), (0.1, .medium), (0.1999, .medium), (0.2, .high), (1, .high),
        ] as [(Double, MediaClass)])
    func `play rate is Medium from 0.1 and High from 0.2`(playRate: Double, expected: MediaClass) {
        #expect(MediaClass.ofPlayRate(playRate) == expected)
    }

    @Test(
        arguments: [
            (0, .low), (99.99, .low), (100, .medium), (499.99, .medium), (500, .high),
        ] as [(Double, MediaClass)])
    func `hours are Medium from 100 and High from 500`(hours: Double, expected: MediaClass) {
        #expect(MediaClass.ofHoursWatched(hours) == expected)
    }

    @Test(
        arguments: [
            (0, 0.9, .low), (499, 0.9, .low), (500, 0, .medium), (1_000, 0.9, .medium), (1_001, 0.2, .low),
            (1_001, 0.2001, .high), (1_001, nil, nil), (1_000, nil, .medium), (499, nil, .low),
        ] as [(Int64, Double?, MediaClass?)])
    func `engagement is Medium with 500 to 1,000 plays and High above with a rate above 0.2`(
        playCount: Int64, playRate: Double?, expected: MediaClass?
    ) {
        #expect(MediaClass.ofEngagement(playCount: playCount, playRate: playRate) == expected)
    }

    @Test(
        arguments: [
            (0, .rare), (1, .rare), (2, .occasional), (4, .occasional), (5, .frequent), (.max, .frequent),
        ] as [(Int64, VisitorSegment)])
    func `visitors are Occasional from 2 and Frequent from 5`(frequency: Int64, expected: VisitorSegment) {
        #expect(VisitorSegment.of(frequency: frequency) == expected)
    }

    @Test(
        arguments: [
            (0, 0, .active), (7, 0, .active), (8, 3, .infrequent), (8, 2, .dormant), (-1, 0, .active),
            (nil, 3, .infrequent), (nil, 2, .dormant),
        ] as [(Int32?, Int64, RecencyFrequencySegment)])
    func `visitors are Active for 7 days, then Infrequent from 3, else Dormant`(
        recencyDays: Int32?, frequency: Int64, expected: RecencyFrequencySegment
    ) {
        #expect(RecencyFrequencySegment.of(recencyDays: recencyDays, frequency: frequency) == expected)
    }

    @Test func `names are spelled as in the published tables`() {
        #expect(MediaClass.allCases.map(\.name) == ["Low", "Medium", "High"])
        #expect(VisitorSegment.allCases.map(\.name) == ["Frequent", "Occasional", "Rare"])
        #expect(RecencyFrequencySegment.allCases.map(\.name) == ["Active", "Infrequent", "Dormant"])
    }
}
