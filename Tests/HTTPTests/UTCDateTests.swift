import HTTP
import Testing

struct UTCDateTests {
    @Test(arguments: [
        ("1970-01-01", Int32(0)), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2000-03-01", 11_017),
        ("2026-01-08", 20_461), ("1900-02-28", -25_509), ("1900-03-01", -25_508), ("0000-01-01", -719_528),
        ("9999-12-31", 2_932_896),
    ])
    func `counts days from the epoch and back`(text: String, days: Int32) throws {
        let date = try #require(UTCDate(text))
        #expect(date.daysSinceEpoch == days)
        #expect(UTCDate(daysSinceEpoch: days).description == text)
    }

    @Test func `numbers every day from 1600 to 2400 one after the other`() throws {
        var expected = try #require(UTCDate("1600-01-01")).daysSinceEpoch
        for year in 1600...2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, dayCount) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
                .enumerated()
            {
                for day in 1...dayCount {
                    let date = try #require(UTCDate(year: year, month: index + 1, day: day))
                    try #require(date.daysSinceEpoch == expected)
                    try #require(date.components == (year, index + 1, day))
                    expected += 1
                }
            }
        }
    }

    @Test(arguments: [
        "", "2026-1-08", "2026-01-8", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32", "2026-02-29",
        "1900-02-29", "2026-04-31", "+026-01-08", "-026-01-08", " 2026-01-08", "2026-01-08 ", "2026-01-08T",
        "20260108", "2026/01/08", "２０２６-01-08", "12026-01-08",
    ])
    func `refuses what is not a day`(text: String) {
        #expect(UTCDate(text) == nil)
    }

    @Test func `adds and subtracts days`() throws {
        let date = try #require(UTCDate("2026-01-31"))
        #expect(date.adding(days: 1).description == "2026-02-01")
        #expect(date.adding(days: -31).description == "2025-12-31")
        #expect(date.adding(days: 365).days(since: date) == 365)
        #expect(date < date.adding(days: 1))
        #expect(date.start.iso8601 == "2026-01-31T00:00:00Z")
    }
}
