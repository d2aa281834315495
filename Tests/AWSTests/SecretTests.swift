import AWS
import Testing

struct SecretTests {
    struct Holder {
        var name = "holder"
        var secret = Secret("obviously-fake-secret")
        var optional: Secret? = Secret("obviously-fake-secret")
    }

    private func dumped(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }

    @Test func `no way of printing shows the value`() {
        let secret = Secret("obviously-fake-secret")
        let holder = Holder()
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret, sessionToken: secret)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped(secret),
            "\(holder)", String(reflecting: holder), dumped(holder), dumped([secret]),
            "\(credentials)", String(reflecting: credentials), dumped(credentials),
            "\(Optional(secret) as Any)",
        ]
        for text in texts {
            #expect(!text.contains("obviously-fake"), "\(text)")
        }
        #expect("\(secret)" == "<secret>")
    }

    @Test func `reflection finds no children`() {
        #expect(Mirror(reflecting: Secret("obviously-fake-secret")).children.isEmpty)
    }

    @Test func `reveals and compares the value`() {
        #expect(Secret("a").reveal() == "a")
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("").isEmpty)
    }
}
