internal import Foundation

/// The body of a `POST /sandbox/...`; every field is optional.
struct Order: Decodable {
    var day: Int?
    var new: Int?
    var returning: Int?
    var perSecond: Double?
    var next: [String]?
    var profile: String?

    enum CodingKeys: String, CodingKey {
        case day, new, returning, next, profile
        case perSecond = "per_second"
    }

    /// Reads JSON; nil when it is not an object of these fields.
    init?(_ bytes: [UInt8]) {
        guard let order = try? JSONDecoder().decode(Order.self, from: Data(bytes)) else { return nil }
        self = order
    }
}
