/// One media of the account as of day 1.
struct Media {
    var id: Int
    var hashedID: String
    var name: String
    var type: String
    var durationSeconds: Double?
    var created: Int64
    var updated: Int64
    var status: String
    var archived: Bool
    var project: Int
    /// v1 only, and not on every media.
    var shareLink: String?
    var counters: MediaCounters
    var curve: EngagementCurve

    /// Cells of the engagement arrays: one a second, at most 1,000, none without a duration.
    static func cells(durationSeconds: Double?) -> Int {
        guard let durationSeconds else { return 0 }
        return min(1_000, Int(durationSeconds.rounded(.up)))
    }

    /// The media whose statistics were published as gskhw4w4lm, as of about 2026-01-07.
    ///
    /// The counters, the ends and the sums of the arrays are those of the API's answers shown by the project that seed 001
    /// describes; titles, ids, dates and the middle of the arrays are made up.
    static let youtube = Media(
        id: 90_000_001, hashedID: "gskhw4w4lm", name: "Sandbox Brand Film Youtube Paid Ads", type: "Video",
        durationSeconds: 435.456, created: 1_711_000_531, updated: 1_746_110_792, status: "ready",
        archived: false,
        project: 0, shareLink: "https://sandbox.example.com/medias/gskhw4w4lm",
        counters: MediaCounters(
            loads: 111_165, plays: 16_681, players: 16_201, visitors: 104_555, engagementMillionths: 167_007),
        curve: EngagementCurve(
            engagement: EngagementCurve.filled(
                first: [16_108, 9_796, 9_394, 8_996, 8_649], last: [1_790, 1_785, 1_780, 1_754, 2_060],
                cells: 436, sum: 1_297_210),
            rewatch: EngagementCurve.filled(
                first: [1_542, 663, 629, 570, 542], last: [53, 52, 52, 48, 133], cells: 436, sum: 57_850)))

    /// The media whose statistics were published as v08dlrgr7v; the same remarks hold.
    static let facebook = Media(
        id: 90_000_002, hashedID: "v08dlrgr7v", name: "Sandbox Brand Film Facebook Paid Ads", type: "Video",
        durationSeconds: 435.456, created: 1_710_988_531, updated: 1_746_110_792, status: "ready",
        archived: false,
        project: 0, shareLink: "https://sandbox.example.com/medias/v08dlrgr7v",
        counters: MediaCounters(
            loads: 110_734, plays: 43_810, players: 41_173, visitors: 94_642, engagementMillionths: 500_445),
        curve: EngagementCurve(
            engagement: EngagementCurve.filled(
                first: [45_074, 40_660, 40_227, 39_499, 38_867],
                last: [15_529, 15_386, 15_225, 14_965, 15_719],
                cells: 436, sum: 10_103_978),
            rewatch: EngagementCurve.filled(
                first: [4_645, 2_517, 2_502, 2_390, 2_286], last: [440, 436, 414, 400, 738], cells: 436,
                sum: 435_865)))

    /// A made-up media; the number decides what is odd about it.
    ///
    /// Of every ten: number 3 is audio, 2 lasts longer than 1,000 s, 4 was never played, 5 has no duration yet, 6 is
    /// archived, 7 lacks a share link and has a part of a second.
    static func synthetic(_ number: Int, seed: UInt64) -> Media {
        var noise = Noise(seed: seed, UInt64(number), 5)
        let kind = number % 10
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let hashedID = String((0..<10).map { _ in alphabet[noise.below(36)] })
        let duration: Double? =
            switch kind {
            case 5: nil
            case 2: Double(1_000_500 + noise.below(3_000_000)) / 1_000
            case 7: Double(1 + noise.below(999)) / 1_000
            default: Double(20_000 + noise.below(900_000)) / 1_000
            }
        let plays = kind == 4 ? 0 : 20 + noise.below(4_000)
        let players = plays - plays / 20
        let visitors = plays == 0 ? 0 : players * (2 + noise.below(6))
        let created = CivilTime.seconds(year: 2023, month: 1, day: 26) + Int64(noise.below(900 * 86_400))
        return Media(
            id: 90_000_100 + number, hashedID: hashedID, name: "Sandbox Media \(number)",
            type: kind == 3 ? "Audio" : "Video", durationSeconds: duration, created: created,
            updated: created + Int64(noise.below(200 * 86_400)), status: kind == 5 ? "processing" : "ready",
            archived: kind == 6, project: 1 + noise.below(4),
            shareLink: kind == 7 ? nil : "https://sandbox.example.com/medias/\(hashedID)",
            counters: MediaCounters(
                loads: visitors + visitors / 9, plays: plays, players: players, visitors: visitors,
                engagementMillionths: plays == 0 ? 0 : 120_000 + noise.below(600_000)),
            curve: .synthetic(
                cells: cells(durationSeconds: duration), plays: plays, steepness: 1 + noise.unit() * 9))
    }

    /// Appends the object of `/v1/medias`.
    func write(to json: inout JSONBytes) {
        json.raw("{\"id\":")
        json.int(id)
        json.raw(",\"name\":")
        json.string(name)
        json.raw(",\"type\":")
        json.string(type)
        json.raw(",\"archived\":")
        json.bool(archived)
        json.raw(",\"created\":")
        json.time(created, suffix: "+00:00")
        json.raw(",\"updated\":")
        json.time(updated, suffix: "+00:00")
        json.raw(",\"duration\":")
        if let durationSeconds {
            json.double(durationSeconds)
        } else {
            json.raw("null")
        }
        json.raw(",\"hashed_id\":")
        json.string(hashedID)
        json.raw(",\"description\":\"<p>Made up &amp; harmless</p>\",\"progress\":")
        json.double(status == "ready" ? 1 : 0.5)
        json.raw(",\"status\":")
        json.string(status)
        json.raw(
            ",\"thumbnail\":{\"url\":\"https://sandbox.example.com/thumbnail.jpg\",\"width\":200,\"height\":120}"
        )
        json.raw(",\"protected\":null,\"project\":{\"id\":")
        json.int(80_000_000 + project)
        json.raw(",\"name\":")
        json.string("Sandbox Project \(project)")
        json.raw(",\"hashed_id\":\"sandboxp0")
        json.int(project)
        json.raw(
            "\"},\"tags\":[],\"assets\":[{\"url\":\"https://sandbox.example.com/deliveries/original.bin\"")
        json.raw(",\"width\":1920,\"height\":1080,\"fileSize\":88985020,\"contentType\":\"video/mp4\"")
        json.raw(",\"type\":\"OriginalFile\"}]")
        if let shareLink {
            json.raw(",\"share_link\":")
            json.string(shareLink)
        }
        json.raw("}")
    }

    /// Appends the object of `/v1/stats/medias/{id}`.
    func writeStats(_ counters: MediaCounters, to json: inout JSONBytes) {
        json.raw("{\"load_count\":")
        json.int(counters.loads)
        json.raw(",\"play_count\":")
        json.int(counters.plays)
        json.raw(",\"play_rate\":")
        json.double(counters.playRate)
        json.raw(",\"hours_watched\":")
        if counters.plays == 0 {
            json.raw("0")
        } else {
            json.double(counters.hours(durationSeconds: durationSeconds))
        }
        json.raw(",\"engagement\":")
        json.double(counters.engagement)
        json.raw(",\"visitors\":")
        json.int(counters.visitors)
        json.raw("}")
    }

    /// Appends the object of `/v1/stats/medias/{id}/engagement`.
    func writeEngagement(_ counters: MediaCounters, to json: inout JSONBytes) {
        let curve = curve.scaled(plays: counters.plays, from: self.counters.plays)
        func array(_ cells: [Int]) {
            json.raw("[")
            for (index, cell) in cells.enumerated() {
                if index > 0 {
                    json.raw(",")
                }
                json.int(cell)
            }
            json.raw("]")
        }
        json.raw("{\"engagement\":")
        json.double(counters.engagement)
        json.raw(",\"engagement_data\":")
        array(curve.engagement)
        json.raw(",\"rewatch_data\":")
        array(curve.rewatch)
        json.raw("}")
    }
}
