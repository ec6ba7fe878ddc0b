import Testing

@testable import People

@Suite("What people prove themselves by")
struct ProofTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test(
        "scrypt gives what RFC 7914 says",
        arguments: [
            (
                "password", "NaCl", 10, 8, 16,
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride", 14, 8, 1,
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ])
    func scrypt(_ password: String, _ salt: String, _ ln: Int, _ r: Int, _ p: Int, _ expected: String) {
        let cost = PasswordHash.Cost(logRounds: ln, blockSize: r, parallelism: p)
        #expect(PasswordHash.derive(password, Array(salt.utf8), cost, bytes: 64).map(Self.hex) == expected)
    }

    @Test("A password's hash is read back, and fits that password alone")
    func passwords() throws {
        let cost = PasswordHash.Cost(logRounds: 4, blockSize: 8, parallelism: 1)
        let hash = PasswordHash("violet harbour 9 岸", cost: cost)
        let read = try #require(PasswordHash(stored: hash.text))
        #expect(read == hash && read.matches("violet harbour 9 岸"))
        for wrong in ["violet harbour 9", "Violet harbour 9 岸", "", "\u{0}"] { #expect(!read.matches(wrong)) }
        #expect(PasswordHash("violet harbour 9 岸", cost: cost).text != hash.text)
        let nobodys = PasswordHash(ofNobodyAt: cost)
        #expect(PasswordHash(stored: nobodys.text) == nobodys && !nobodys.matches("violet harbour 9 岸"))
    }

    @Test(
        "What is no hash is refused, whatever it costs to compute",
        arguments: [
            "", "$scrypt$", "$scrypt$ln=15,r=8,p=3$$", "$scrypt$ln=99,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$A",
            "$scrypt$ln=-1,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43),
            "$scrypt$ln=15,r=9999999999999999999,p=3$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43),
            "$argon2$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 43),
        ])
    func noHashes(_ text: String) { #expect(PasswordHash(stored: text) == nil) }

    @Test(
        "Passwords that are short, runs, or the name are refused",
        arguments: ["short", "aaaaaaaaaaaaaaaa", "passwordpassword", "ada.lovelace", "123456123456", "ADA.LOVELACE1"])
    func weakPasswords(_ password: String) {
        #expect(throws: PeopleError.self) { try PasswordRule.check(password, of: "ada.lovelace") }
    }

    @Test("Long phrases in any script are passwords")
    func goodPasswords() throws {
        for password in ["reed barge lantern", "芦苇 驳船 灯笼 水闸", "x8!fQ2-lmWz0"] {
            try PasswordRule.check(password, of: "ada")
        }
    }

    @Test(
        "One-time codes are those of RFC 6238",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ])
    func oneTimeCodes(_ seconds: Int64, _ code: String) {
        #expect(OneTimeCode.code(Array("12345678901234567890".utf8), counter: seconds / 30, digits: 8) == code)
    }

    @Test("A code is taken one step early or late, and never twice")
    func codeWindow() {
        let secret = Array("12345678901234567890".utf8)
        let now: Int64 = 1_700_000_000_000
        let counter = now / OneTimeCode.step
        for offset in -3...3 {
            let code = OneTimeCode.code(secret, counter: counter + Int64(offset))
            let found = OneTimeCode.counter(of: code, secret: secret, at: now, after: -1)
            #expect(found == (abs(offset) <= 1 ? counter + Int64(offset) : nil))
        }
        let code = OneTimeCode.code(secret, counter: counter)
        #expect(OneTimeCode.counter(of: code, secret: secret, at: now, after: counter) == nil)
        #expect(OneTimeCode.counter(of: code + "0", secret: secret, at: now, after: -1) == nil)
        #expect(OneTimeCode.counter(of: "", secret: secret, at: now, after: -1) == nil)
    }

    @Test("Base64url and base32 are those of RFC 4648")
    func alphabets() {
        for (text, url, thirtyTwo) in [
            ("", "", ""), ("f", "Zg", "MY"), ("fo", "Zm8", "MZXQ"), ("foo", "Zm9v", "MZXW6"),
            ("foob", "Zm9vYg", "MZXW6YQ"), ("fooba", "Zm9vYmE", "MZXW6YTB"), ("foobar", "Zm9vYmFy", "MZXW6YTBOI"),
        ] {
            #expect(Base64URL.encode(text.utf8) == url && Base32.encode(text.utf8) == thirtyTwo)
            #expect(Base64URL.decode(url) == Array(text.utf8))
        }
        for wrong in ["Z", "Zg=", "Zh", "Zg==", "Z g", "Zm9", "+/", "Zmé"] { #expect(Base64URL.decode(wrong) == nil) }
        for length in 0..<70 {
            let bytes = randomBytes(length)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test("Typed codes are read as they were meant")
    func typedCodes() {
        let code = Token.typed(groups: 4)
        #expect(code.text.count == 19 && Token.reading(code.text) == code)
        #expect(Token.reading(" \(code.text.uppercased()) ") == code)
        #expect(Token.reading("O0Il-LI10") == Token("0011-1110"))
    }

    @Test("Whoever is wrong waits: by name and address soon, by name from everywhere later, and not for ever")
    func limits() {
        var limit = SignInLimit()
        let now: Int64 = 1_700_000_000_000
        var tries = 0
        while limit.wait("ada", from: "192.0.2.1", at: now) == nil, tries < 1_000 {
            limit.note("ada", from: "192.0.2.1", at: now)
            tries += 1
        }
        #expect(tries == 8)
        #expect(limit.wait("ada", from: "192.0.2.2", at: now) == nil)
        #expect(limit.wait("ada", from: "192.0.2.1", at: now + 31_000) == nil)
        var (client, guesses) = (0, 0)
        while limit.wait("eve", from: "c\(client)", at: now) == nil || client < 50, guesses < 10_000 {
            limit.note("eve", from: "c\(client)", at: now)
            client += 1
            guesses += 1
        }
        #expect((90...101).contains(guesses))
    }

    @Test("Roles are named, once each, and nothing else is one")
    func roles() throws {
        #expect(try Role.parse(["auditor", "operator", "auditor"]) == [.operator, .auditor])
        #expect(throws: PeopleError.self) { try Role.parse(["admin"]) }
    }
}
