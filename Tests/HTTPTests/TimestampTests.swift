import Foundation
import HTTP
import Testing

struct TimestampTests {
    @Test func `prints every form`() throws {
        let moment = try #require(Timestamp(rfc3339: "2026-01-08T02:03:04.250007Z"))
        #expect(moment.iso8601 == "2026-01-08T02:03:04.250007Z")
        #expect(moment.iso8601Seconds == "2026-01-08T02:03:04Z")
        #expect(moment.iso8601Milliseconds == "2026-01-08T02:03:04.250Z")
        #expect(moment.compact == "20260108T020304Z")
        #expect(moment.compactDate == "20260108")
        #expect(moment.date.description == "2026-01-08")
        #expect(moment.httpDate == "Thu, 08 Jan 2026 02:03:04 GMT")
        #expect(moment.millisecondsSinceEpoch == 1_767_837_784_250)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (500_000, "1970-01-01T00:00:00.5Z"), (1_120, "1970-01-01T00:00:00.00112Z"),
        (-86_400_000_000, "1969-12-31T00:00:00Z"),
    ])
    func `prints as many digits of a second as there are`(microseconds: Int64, text: String) {
        #expect(Timestamp(microsecondsSinceEpoch: microseconds).iso8601 == text)
        #expect(Timestamp(rfc3339: text)?.microsecondsSinceEpoch == microseconds)
    }

    @Test func `rounds a moment before the epoch down`() {
        let moment = Timestamp(microsecondsSinceEpoch: -1)
        #expect(moment.millisecondsSinceEpoch == -1)
        #expect(moment.iso8601Seconds == "1969-12-31T23:59:59Z")
        #expect(moment.date.description == "1969-12-31")
        #expect(Timestamp(millisecondsSinceEpoch: 1500).microsecondsSinceEpoch == 1_500_000)
    }

    @Test(arguments: [
        ("2026-01-08T02:00:00Z", "2026-01-08T02:00:00Z"), ("2026-01-08t02:00:00z", "2026-01-08T02:00:00Z"),
        ("2026-01-08 02:00:00Z", "2026-01-08T02:00:00Z"),
        ("2026-01-08T02:00:00+02:00", "2026-01-08T00:00:00Z"),
        ("2026-01-08T23:30:00-01:45", "2026-01-09T01:15:00Z"),
        ("2026-01-08T02:00:00-00:00", "2026-01-08T02:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2026-01-08T02:00:00.1234567899Z", "2026-01-08T02:00:00.123456Z"),
        ("2026-01-08T02:00:00.10Z", "2026-01-08T02:00:00.1Z"),
    ])
    func `reads RFC 3339`(text: String, expected: String) {
        #expect(Timestamp(rfc3339: text)?.iso8601 == expected)
    }

    @Test(arguments: [
        "", "2026-01-08", "2026-01-08T02:00:00", "2026-01-08T02:00Z", "2026-01-08T24:00:00Z",
        "2026-01-08T02:60:00Z",
        "2026-01-08T02:00:61Z", "2026-01-08T02:00:00.Z", "2026-01-08T02:00:00,5Z", "2026-01-08T02:00:00+0200",
        "2026-01-08T02:00:00+24:00", "2026-01-08T02:00:00+02:60", "2026-01-08T02:00:00ZZ",
        "2026-02-30T02:00:00Z",
        "2026-01-08T02:00:00 Z", "20260108T020000Z", "1767837600",
    ])
    func `refuses what is not RFC 3339`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `reads the three HTTP dates`(text: String) {
        #expect(Timestamp(httpDate: text)?.iso8601 == "1994-11-06T08:49:37Z")
    }

    @Test(arguments: [
        "", "06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT", "Sun, 06 NOV 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994", "120",
    ])
    func `refuses what is not an HTTP date`(text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }

    @Test func `tells the century of a short year`() {
        #expect(Timestamp(httpDate: "Thursday, 08-Jan-26 02:00:00 GMT")?.iso8601 == "2026-01-08T02:00:00Z")
        #expect(Timestamp(httpDate: "Thursday, 08-Jan-70 02:00:00 GMT")?.iso8601 == "1970-01-08T02:00:00Z")
    }

    @Test func `reads the HTTP date that it prints`() {
        for day in stride(from: Int64(0), to: 20_000, by: 37) {
            let moment = Timestamp(microsecondsSinceEpoch: (day * 86_400 + day) * 1_000_000)
            #expect(Timestamp(httpDate: moment.httpDate) == moment)
        }
    }

    @Test func `travels through JSON as text`() throws {
        struct Row: Codable, Equatable {
            var at: Timestamp
            var day: UTCDate
        }
        let row = Row(
            at: Timestamp(microsecondsSinceEpoch: 1_500_000), day: UTCDate(daysSinceEpoch: 20_461))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(row)
        #expect(
            String(decoding: json, as: UTF8.self) == #"{"at":"1970-01-01T00:00:01.5Z","day":"2026-01-08"}"#)
        #expect(try JSONDecoder().decode(Row.self, from: json) == row)
        for bad in [
            #"{"at":"yesterday","day":"2026-01-08"}"#, #"{"at":"1970-01-01T00:00:01Z","day":"2026-1-8"}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Row.self, from: Data(bad.utf8)) }
        }
    }
}
