import HTTP
import Lake
import Tables
import TestSupport

/// No personal value leaves bronze, unless the policy says so, and no secret shows anywhere.
struct PrivacyCheck {
    var source: SourceUnderTest

    func violations() async throws -> [Violation] {
        var found: [Violation] = []
        for mode in ["hash", "drop", "keep"] { found += try await violations(mode: mode) }
        return found
    }

    private func violations(mode: String) async throws -> [Violation] {
        var lake = try TestLake(source)
        lake.personalDataMode = mode
        var bad = lake.world.spoil(3, of: Pass(2))
        bad += lake.world.spoil(30, of: Pass(3))
        var answers: [[UInt8]] = []
        for pass in [Pass(1), Pass(2)] { answers += try await lake.play(pass).map { try $0.result.get() } }
        // This one is refused: its error must not tell either.
        let commits = try await lake.playBronze(Pass(3))
        let refused = await lake.send(TestLake.notification(of: commits, in: .bronze), to: .silver)
        try await lake.deliver(refused.commits, from: .silver)
        let personal = lake.world.personalValues
        guard !personal.isEmpty || !source.silver.allTables.contains(where: \.hasPersonalData) else {
            return [Violation("the world has no personal values, so nothing was checked")]
        }
        var found: [Violation] = []
        // Bronze keeps JSON, in which these stand with a backslash.
        let plain = personal.filter { !$0.contains("\"") && !$0.contains("\\") }
        let kept = try values(plain, in: lake, .bronze)
        if !kept.isSuperset(of: plain) {
            let lost = plain.subtracting(kept).sorted().prefix(3)
            found.append(Violation("bronze does not keep what the source said: \(lost)"))
        }
        if mode == "keep" {
            if !personal.isEmpty, try values(personal, in: lake, .silver).isEmpty {
                found.append(Violation("\(mode): no personal value is in silver"))
            }
        } else {
            let forbidden = personal.union(bad.map(\.value))
            for layer in [Layer.silver, .gold] { found += try leaks(forbidden, in: lake, layer, mode) }
            found += texts(lake, answers).flatMap { place, text in
                Needles(forbidden).found(in: text).map { Violation("\(mode): \(place) tell \($0)") }
            }
        }
        // The names of secrets are no secrets.
        let secrets = Set(lake.world.secrets.values).union([TestLake.key])
        for layer in Layer.allCases { found += try leaks(secrets, in: lake, layer, mode) }
        found += texts(lake, answers).flatMap { place, text in
            Needles(secrets).found(in: text).map { _ in Violation("\(mode): \(place) tell a secret") }
        }
        return found
    }

    private func texts(_ lake: TestLake, _ answers: [[UInt8]]) -> [(String, [UInt8])] {
        [("logs and errors", Array(lake.log.content.utf8))] + answers.map { ("answers", $0) }
    }

    private func leaks(_ values: Set<String>, in lake: TestLake, _ layer: Layer, _ mode: String) throws
        -> [Violation]
    {
        let needles = Needles(values)
        return try lake.objects(layer).sorted { $0.key < $1.key }.flatMap { key, bytes in
            try ([Array(key.utf8)] + LakeObject.content(key, bytes)).flatMap(needles.found).map {
                Violation("\(mode): \(layer.rawValue)'s \(key) holds \($0)")
            }
        }
    }

    private func values(_ values: Set<String>, in lake: TestLake, _ layer: Layer) throws -> Set<String> {
        let needles = Needles(values)
        return try lake.objects(layer).reduce(into: []) { found, object in
            for content in try LakeObject.content(object.key, object.value) {
                found.formUnion(needles.found(in: content))
            }
        }
    }
}
