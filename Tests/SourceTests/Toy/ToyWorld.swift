import AWS
import Foundation
import HTTP
import SourceBattery
import Synchronization

/// A feed of readings that grows with each pass, and a list of sensors that changes from day to day.
final class ToyWorld: World, Transport {
    private struct Record {
        var key: String
        /// Its JSON without number.
        var members: String

        /// Its JSON with another temperature.
        func spoiled(_ bad: BadRecord) -> String {
            let value = bad.jsonType == "string" ? "\"\(bad.value)\"" : bad.value
            return members.replacing(/"celsius":[-0-9.]+/, with: "\"celsius\":\(value)")
        }
    }

    private struct State {
        var pass = Pass(1)
        var bad: [Pass: [BadRecord]] = [:]
        var personalValues: Set<String> = []
        /// What each pass adds to the feed, once it is asked for.
        var batches: [Pass: [Record]] = [:]

        mutating func records(of pass: Pass) -> [Record] {
            if let known = batches[pass] { return known }
            let records = ToyWorld.records(of: pass)
            batches[pass] = records
            return records
        }
    }

    private static let sensorCount = 12
    /// This sensor is there on the first day only.
    private static let goneSensor = 11

    private let state = Mutex(State())

    var environment: [String: String] { [:] }
    var secrets: [String: String] { [:] }
    var transport: any Transport { self }
    var personalValues: Set<String> { state.withLock { $0.personalValues } }

    func turn(to pass: Pass, store: any ObjectStore) async throws -> [[UInt8]] {
        state.withLock { $0.pass = pass }
        return [pass.schedule]
    }

    func spoil(_ count: Int, of pass: Pass) -> [BadRecord] {
        let records = (0..<count).map { number in
            number.isMultiple(of: 2)
                ? BadRecord(
                    table: "readings", field: "celsius", jsonType: "string",
                    value: "reader\(number)@example.com says it is warm")
                : BadRecord(
                    table: "readings", field: "celsius", jsonType: "number", value: "4321.\(1_000 + number)")
        }
        state.withLock { $0.bad[pass] = records }
        return records
    }

    func rowCount(of table: String, after pass: Pass) -> Int? {
        switch table {
        case "readings": Set(ToyWorld.passes(until: pass).flatMap(ToyWorld.records).map(\.key)).count
        // Two lists that lack it are needed to tell that it is gone.
        case "sensors": pass.day >= 3 ? ToyWorld.sensorCount - 1 : ToyWorld.sensorCount
        default: nil
        }
    }

    // MARK: Answers

    func send(_ request: Request) async throws -> Response {
        let address = request.url.dropFirst("http://toy.example.com".count)
        func parameter(_ name: String) -> Int {
            let query = address.split(separator: "?").last ?? ""
            return query.split(separator: "&").first { $0.hasPrefix("\(name)=") }
                .flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
        }
        let lines =
            address.hasPrefix("/readings")
            ? readings(after: parameter("after"), limit: parameter("limit"))
            : sensors(page: parameter("page"))
        note(lines)
        return Response(status: 200, body: Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private func readings(after: Int, limit: Int) -> [String] {
        state.withLock { state in
            var number = 0
            var lines: [String] = []
            for pass in ToyWorld.passes(until: state.pass) {
                let records = state.records(of: pass)
                if number + records.count > after, lines.count < limit {
                    let spoiled = state.bad[pass] ?? []
                    for (index, record) in records.enumerated().dropFirst(max(0, after - number)).prefix(
                        limit - lines.count)
                    {
                        let bad = index < spoiled.count ? spoiled[index] : nil
                        lines.append(
                            #"{"seq":\#(number + index + 1),\#(bad.map(record.spoiled) ?? record.members)}"#)
                    }
                }
                number += records.count
            }
            return lines
        }
    }

    private func sensors(page: Int) -> [String] {
        let pass = state.withLock { $0.pass }
        let all = (0..<ToyWorld.sensorCount).filter { $0 != ToyWorld.goneSensor || pass.day == 1 }
        return all.dropFirst((page - 1) * 5).prefix(5).map { sensor in
            let place = sensor % 4 == 3 ? "null" : "\"hall \(sensor % 4)\""
            let owner = sensor % 3 == 0 ? "null" : "\"Ms Owner No \(sensor)\""
            return
                #"{"id":"s\#(sensor)","place":\#(place),"owner":\#(owner),"revision":\#(pass.day * 10 + pass.run)}"#
        }
    }

    /// Notes the people that an answer tells of.
    private func note(_ lines: [String]) {
        let found = lines.flatMap { line in
            line.split(separator: "\"").map(String.init).filter {
                $0.hasPrefix("reader") && $0.hasSuffix(".com") || $0.hasPrefix("Ms Owner")
            }
        }
        state.withLock { $0.personalValues.formUnion(found) }
    }

    // MARK: The feed

    private static func passes(until pass: Pass) -> [Pass] {
        (1...pass.day).flatMap { [Pass($0), Pass($0, 1)] }.filter { $0 <= pass }
    }

    /// What a pass adds to the feed.
    ///
    /// The first run of a day brings 48 readings of the minutes before it, the second one 12; each also brings readings that
    /// come late, readings that were there before, and a second value for a reading.
    private static func records(of pass: Pass) -> [Record] {
        let (day, run) = (pass.day, pass.run)
        let minutes = run == 0 ? [101, 106, 107, 113] : [172]
        var records = minutes.flatMap { minute in
            (0..<sensorCount).map { reading(day, minute, sensor: $0, celsius: "\(15 + $0).5") }
        }
        records += (0..<3).map {
            reading(run == 0 ? day - 1 : day, run == 0 ? 1_438 : 112, sensor: $0, celsius: "-3.25")
        }
        records += (0..<4).map { reading(day, 113, sensor: $0, celsius: "\(15 + $0).5") }
        records.append(reading(day, 113, sensor: 5, celsius: "\(run).75"))
        return records
    }

    private static func reading(_ day: Int, _ minute: Int, sensor: Int, celsius: String) -> Record {
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let at = "\(Pass(day).date)T\(twoDigits(minute / 60)):\(twoDigits(minute % 60)):1\(sensor % 10)Z"
        var members = #""sensor":"s\#(sensor)","at":"\#(at)","celsius":\#(celsius)"#
        if sensor % 2 == 0 { members += #","battery":\#(sensor == 4 ? 120 : 80)"# }
        if sensor % 3 == 0 { members += #","reporter":{"email":"reader\#(sensor)@example.com"}"# }
        if sensor == 7 { members += #","firmware":"1.2""# }
        return Record(key: "s\(sensor) \(at)", members: members)
    }
}
