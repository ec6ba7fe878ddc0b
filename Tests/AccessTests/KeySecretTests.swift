import Testing

@testable import Access

@Suite("A key's secret")
struct KeySecretTests {
    @Test("has the announced form, and no two are alike")
    func form() {
        let secrets = (0..<200).map { _ in KeySecret.random() }
        #expect(Set(secrets.map(\.text)).count == 200)
        for secret in secrets {
            #expect(secret.text.utf8.count == KeySecret.length)
            #expect(secret.text.hasPrefix("sk-sluice-"))
            #expect(isWellFormed(secret.text))
            #expect(secret.hash.count == 32)
            #expect(secret.text.hasPrefix(secret.hint) && secret.hint.utf8.count == 14)
        }
    }

    @Test("fits its 43 digits at both ends of the range", arguments: [UInt8.min, .max])
    func extremes(_ byte: UInt8) {
        #expect(isWellFormed(KeySecret(random: Array(repeating: byte, count: 32)).text))
    }

    @Test("shows no more than its hint when it is printed, dumped or interpolated")
    func redaction() {
        let secret = KeySecret.random()
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(!text.contains(secret.text.dropFirst(14)))
        }
    }

    @Test("with any one character changed or two swapped is told from a real one")
    func typing() {
        let text = Array(KeySecret.random().text.utf8)
        for place in text.indices {
            var wrong = text
            wrong[place] = text[place] == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
            #expect(!isWellFormed(String(decoding: wrong, as: UTF8.self)))
        }
        for place in 10..<52 where text[place] != text[place + 1] {
            var wrong = text
            wrong.swapAt(place, place + 1)
            #expect(!isWellFormed(String(decoding: wrong, as: UTF8.self)))
        }
    }

    @Test(
        "is not anything else",
        arguments: [
            "", "sk-", "sk-sluice-", "Bearer sk-sluice-x", String(repeating: "s", count: 59), "sk-ant-api03-abc",
        ])
    func otherTexts(_ text: String) {
        #expect(!isWellFormed(text))
    }

    private func isWellFormed(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer { KeySecret.isWellFormed($0) }
    }
}
