import Testing

@testable import Tables

struct SightingsTests {
    static func make(_ seenAt: KeyValuePairs<String, Int64>) -> Sightings {
        var sightings = Sightings()
        for (key, time) in seenAt { sightings.note(key, at: time) }
        return sightings
    }

    @Test func `keep the latest time of each key`() {
        let sightings = Self.make(["a": 2, "b": 1, "a": 3, "a": 1])
        #expect(sightings.seenAt == ["a": 3, "b": 1])
        #expect(sightings.areAll)
    }

    @Test func `know that they are not all without a key`() {
        var sightings = Self.make(["a": 1])
        sightings.note(nil, at: 5)
        #expect(sightings.seenAt == ["a": 1])
        #expect(!sightings.areAll)
    }

    @Test func `take a thousand keys, and times of known ones ever after`() {
        var sightings = Sightings()
        for number in 0..<1_000 { sightings.note("k\(number)", at: 1) }
        sightings.note("k7", at: 2)
        #expect(sightings.areAll)
        sightings.note("one more", at: 1)
        #expect(!sightings.areAll)
        #expect(sightings.seenAt.count == 1_000)
        #expect(sightings.seenAt["k7"] == 2)
        sightings.note("k8", at: 9)
        #expect(sightings.seenAt["k8"] == 9)
    }

    @Test func `join others in any order`() {
        let left = Self.make(["a": 2, "b": 1])
        var right = Self.make(["b": 5, "c": -1])
        right.note(nil, at: 0)
        var (forth, back) = (left, right)
        forth.formUnion(right)
        back.formUnion(left)
        #expect(forth == back)
        #expect(forth.seenAt == ["a": 2, "b": 5, "c": -1])
        #expect(!forth.areAll)
        forth.formUnion(forth)
        #expect(forth == back)
    }

    @Test func `forget those from before a time`() {
        var sightings = Self.make(["a": 1, "b": 2, "c": 3])
        sightings.remove(before: 2)
        #expect(sightings.seenAt == ["b": 2, "c": 3])
    }

    @Test(
        arguments: [
            ([:], ""), (["a": 1], "1@61"), (["b": 2, "a": -1], "-1@61 2@62"), (["é@ \n": 0], "0@c3a940200a"),
            (["": 7], "7@"),
        ] as [([String: Int64], String)])
    func `come back from the text that they write`(seenAt: [String: Int64], text: String) throws {
        var sightings = Sightings()
        for (key, time) in seenAt { sightings.note(key, at: time) }
        #expect(sightings.text == text)
        #expect(try #require(Sightings(text: text)) == sightings)
    }

    @Test(arguments: [
        "a", "1", "1@6", "1@zz", "x@61", "@61", "1@61@61", "1@61  2@62", " 1@61", "2@62 1@61", "1@61 1@61",
        "1@61 2@61",
        "+1@61", "1@+6", "1@4A", "1@ff", "1@6é",
    ])
    func `refuse another text`(text: String) {
        #expect(Sightings(text: text) == nil)
    }
}
