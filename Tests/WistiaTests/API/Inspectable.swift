import JSON
import Wistia

/// What can look at a body; tests have its bytes.
protocol Inspectable {
    static func inspect(_ root: JSONValue) -> Self
}

extension Inspectable {
    static func inspect(_ body: [UInt8]) throws -> Self {
        try JSONParser().withDocument(body) { inspect($0) }
    }
}

extension VisitorsPage: Inspectable {}
