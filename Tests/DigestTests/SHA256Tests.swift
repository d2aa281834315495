import Digest
import Testing

struct SHA256Tests {
    /// FIPS 180-4's published examples (https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `answers the published examples`(message: String, expected: String) {
        #expect(SHA256.hash(Array(message.utf8)).hexEncoded == expected)
    }

    @Test func `hashes a million letters in pieces`() {
        var hash = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { hash.update(piece) }
        #expect(
            hash.finalize().hexEncoded
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a copy goes on by itself`() {
        var first = SHA256()
        first.update(Array("a".utf8))
        var second = first
        first.update(Array("bc".utf8))
        second.update(Array("xy".utf8))
        #expect(first.finalize() == SHA256.hash(Array("abc".utf8)))
        #expect(second.finalize() == SHA256.hash(Array("axy".utf8)))
    }

    @Test func `more bytes may follow a hash`() {
        var hash = SHA256()
        hash.update(Array("ab".utf8))
        #expect(hash.finalize() == SHA256.hash(Array("ab".utf8)))
        hash.update(Array("c".utf8))
        #expect(hash.finalize() == SHA256.hash(Array("abc".utf8)))
    }
}
