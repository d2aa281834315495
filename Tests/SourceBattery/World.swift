public import AWS
public import HTTP

/// What a source reads from, played day by day.
///
/// What it answers follows from the pass that it was last turned to, and from what was spoiled, alone.
public protocol World: Sendable {
    /// The way to it.
    var transport: any Transport { get }
    /// The source's own variables.
    var environment: [String: String] { get }
    /// The source's own secrets, by id.
    var secrets: [String: String] { get }

    /// Turns the world to a pass.
    ///
    /// - Parameters:
    ///   - pass: The pass.
    ///   - store: S3, for sources whose data lands there.
    /// - Returns: The events that start it.
    /// - Throws: What the store throws.
    func turn(to pass: Pass, store: any ObjectStore) async throws -> [[UInt8]]

    /// Makes some records of a pass such that they cannot be typed, and different in how.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - pass: The pass that reads them first.
    /// - Returns: What they are.
    func spoil(_ count: Int, of pass: Pass) -> [BadRecord]

    /// The personal values that it has told so far.
    var personalValues: Set<String> { get }

    /// How many rows a silver table must hold after a pass and all before it; nil where the world cannot tell.
    func rowCount(of table: String, after pass: Pass) -> Int?
}

/// A record that cannot be typed.
public struct BadRecord: Sendable {
    /// The table that it would be a row of.
    public var table: String
    /// The field that is wrong, dotted where nested.
    public var field: String
    /// What it holds in place of the right thing, as JSON calls it.
    public var jsonType: String
    /// The value, which must not be repeated.
    public var value: String

    /// Describes a record.
    public init(table: String, field: String, jsonType: String, value: String) {
        self.table = table
        self.field = field
        self.jsonType = jsonType
        self.value = value
    }
}

/// One of the runs of a day.
public struct Pass: Sendable, Hashable, Comparable {
    /// The day from 1, which is 2026-01-08.
    public var day: Int
    /// The run of the day, from 0; each an hour after the one before, the first at two o'clock.
    public var run: Int

    /// Names a pass.
    public init(_ day: Int, _ run: Int = 0) {
        self.day = day
        self.run = run
    }

    /// By time.
    public static func < (left: Pass, right: Pass) -> Bool { (left.day, left.run) < (right.day, right.run) }

    /// The passes that most checks play.
    public static let some = [Pass(1), Pass(2), Pass(2, 1), Pass(3)]

    /// The date.
    public var date: UTCDate { UTCDate(daysSinceEpoch: 20_460 + Int32(day)) }

    /// When it begins.
    public var time: Timestamp {
        Timestamp(microsecondsSinceEpoch: Int64(date.daysSinceEpoch) * 86_400_000_000)
            .adding(seconds: Double(7_200 + run * 3_600))
    }

    /// The event of a schedule.
    public var schedule: [UInt8] {
        let digits = String(day * 16 + run, radix: 16)
        let id = String(repeating: "0", count: 8 - digits.count) + digits
        return Array(
            #"""
            {"version":"0","id":"\#(id)-0000-4000-8000-000000000000","detail-type":"Scheduled Event",
             "source":"aws.events","account":"000000000000","time":"\#(date)T0\#(2 + run):00:00Z",
             "region":"us-east-1","resources":[],"detail":{}}
            """#.utf8)
    }
}
