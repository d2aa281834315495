import ClickstreamGenerator
import HTTP
import Testing

/// Repeats, late events and odd lines, as ``JSONReader`` finds them.
struct LineRolesTests {
    @Test(arguments: [
        (1_000, 0.05, 0.02, 0.03), (1_000, 0.5, 0.25, 0.25), (999, 0.0005, 0.0005, 0.0006), (7, 0.5, 0, 0.3),
        (1_000, 0.999, 0, 0), (1_000, 0, 1, 0), (1_000, 0, 0, 1), (10, 0.9, 0.1, 0), (0, 0.5, 0.2, 0.1),
    ])
    func `there are exactly as many repeats, late and odd lines as the shares say`(
        events: Int, repeatShare: Double, lateShare: Double, oddShare: Double
    ) throws {
        let file = try makeFile {
            $0.eventCount = events
            $0.repeatShare = repeatShare
            $0.lateShare = lateShare
            $0.oddShare = oddShare
        }
        #expect(file.lines.count == events)
        #expect(file.counts.events == events)
        #expect(file.counts.repeats == Int((repeatShare * Double(events)).rounded()))
        #expect(file.counts.late == Int((lateShare * Double(events)).rounded()))
        #expect(file.counts.odd == Int((oddShare * Double(events)).rounded()))

        let reader = JSONReader()
        var rows: Set<JSONReader.Row> = []
        var (repeats, unreadable, blank) = (0, 0, 0)
        for line in file.lines {
            switch reader.read(line) {
            case .row(let row): if !rows.insert(row).inserted { repeats += 1 }
            case .unreadable: unreadable += 1
            case .blank: blank += 1
            }
        }
        #expect(rows.count == file.counts.accepted)
        #expect(repeats == file.counts.repeats)
        #expect(unreadable == file.counts.quarantined)
        #expect(blank == file.counts.skipped)
    }

    @Test func `half of the repeats are exact`() throws {
        let file = try makeFile { $0.repeatShare = 0.4 }
        let exact = file.lines.count - Set(file.lines).count
        #expect((150...250).contains(exact), "\(exact) of 400")
    }

    @Test func `all but late events are in order, and those are late by no more than stated`() throws {
        let file = try makeFile {
            $0.lateShare = 0.1
            $0.lateSeconds = 600
            $0.spanSeconds = 0
        }
        let start = try #require(Timestamp(rfc3339: "2025-12-08T04:15:02Z"))
        let lateness = try file.textLines.map {
            start.seconds(
                since: try #require(Timestamp(rfc3339: String($0.dropFirst(15).prefix { $0 != "\"" }))))
        }
        let late = lateness.filter { $0 > 0 }
        #expect(late.count == 100)
        #expect(lateness.count { $0 == 0 } == 900)
        #expect(late.allSatisfy { $0 <= 600 })
        #expect(abs(late.reduce(0, +) / 100 - 300) < 75)
    }

    @Test func `roles are spread over the file`() throws {
        let lines = try makeFile { $0.repeatShare = 0.2 }.lines
        var seen: Set<[UInt8]> = []
        var places: [Int] = []
        for (place, line) in lines.enumerated() where !seen.insert(line).inserted { places.append(place) }
        #expect(places.count { $0 < 500 } > 30)
        #expect(places.count { $0 >= 500 } > 30)
    }
}
