/// What a function returns: a report per commit or run.
struct Reports<Report: Encodable>: Encodable {
    var reports: [Report]

    init(_ reports: [Report]) {
        self.reports = reports
    }

    func encoded() throws -> [UInt8] { try ObjectJSON.encode(self) }
}
