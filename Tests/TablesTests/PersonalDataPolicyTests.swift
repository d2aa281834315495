import Tables
import Testing

struct PersonalDataPolicyTests {
    static let key = [UInt8](repeating: 0x4B, count: 32)

    @Test(
        arguments: [
            (nil, PersonalDataPolicy.hash(key: key)), ("", .hash(key: key)), ("hash", .hash(key: key)),
            ("drop", .drop),
            ("keep", .keep),
        ] as [(String?, PersonalDataPolicy)])
    func `reads the setting`(mode: String?, policy: PersonalDataPolicy) throws {
        #expect(try PersonalDataPolicy(mode: mode, key: Self.key) == policy)
        #expect(try PersonalDataPolicy(mode: policy.mode, key: Self.key) == policy)
    }

    @Test(arguments: ["drop", "keep"]) func `needs no key unless it hashes`(mode: String) throws {
        #expect(try PersonalDataPolicy(mode: mode, key: nil).mode == mode)
    }

    @Test(
        arguments: [
            ("Hash", key, #"read PII_MODE failed: "Hash" is no mode; set it to hash, drop or keep"#),
            ("hash ", key, #"read PII_MODE failed: "hash " is no mode; set it to hash, drop or keep"#),
            (
                nil, nil,
                "read PII_MODE failed: hash needs a key and the secret has none; add one, or set PII_MODE to drop"
            ),
            (
                "hash", [1, 2, 3],
                "read PII_MODE failed: hash needs a key of 32 bytes or more and the secret's has 3; make it longer,"
                    + " or set PII_MODE to drop"
            ),
        ] as [(String?, [UInt8]?, String)])
    func `refuses other words, and hashing without a key`(mode: String?, key: [UInt8]?, message: String) {
        let error = #expect(throws: PersonalDataPolicyError.self) {
            try PersonalDataPolicy(mode: mode, key: key)
        }
        #expect(error?.description == message)
    }

    @Test func `shows no key, however it is printed`() {
        let policy = PersonalDataPolicy.hash(key: Self.key)
        var dumped = ""
        dump(policy, to: &dumped)
        dump([policy], to: &dumped)
        for text in [
            "\(policy)", String(reflecting: policy), "\([policy])", "\(Optional(policy) as Any)", dumped,
        ] {
            #expect(!text.contains("75"), "\(text)")
            #expect(text.contains("hash"), "\(text)")
        }
    }
}
