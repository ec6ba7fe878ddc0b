import Crypto
import Testing

@testable import Constitution

@Suite("Releases")
struct ReleaseTests {
    static let document = Array(Documents.small.utf8)

    @Test("The shipped constitution is valid, unsigned, and has the eight categories")
    func shipped() {
        let release = ConstitutionRelease.builtIn
        #expect(
            release.constitution.categories.map(\.id) == [
                "chemical", "biological", "dual_use_biology", "nuclear_radiological",
                "conventional_weapons_military", "cyber",
                "model_extraction", "other_harm",
            ])
        #expect(
            release.constitution.categories.filter(\.isAbsolute).map(\.id) == [
                "chemical", "biological", "nuclear_radiological",
            ])
        #expect(release.signature == nil)
        #expect(release.hash == Array(SHA256.hash(data: ConstitutionRelease.builtInDocument)))
        #expect(release.hashText.count == 64)
    }

    @Test("The shipped budgets together stay well under one ordinary request in fifty, and every principle is used")
    func shippedBudgets() {
        let constitution = ConstitutionRelease.builtIn.constitution
        #expect(constitution.categories.map(\.requestBudget).reduce(0, +) < 0.02)
        #expect(constitution.categories.map(\.answerBudget).reduce(0, +) < 0.005)
        #expect(Set(constitution.categories.map(\.principle)) == Set(constitution.principles.map(\.id)))
    }

    @Test("Chinese texts are Chinese: Han characters in each, and no blanks from folded lines")
    func shippedChinese() {
        let constitution = ConstitutionRelease.builtIn.constitution
        var texts = [constitution.preamble] + constitution.principles.flatMap { [$0.title, $0.text] }
        for category in constitution.categories { texts += [category.title] + category.permits + category.forbids }
        for text in texts {
            let han = text.chinese.unicodeScalars.filter { (0x4E00...0x9FFF).contains($0.value) }
            #expect(han.count * 2 > text.chinese.unicodeScalars.count, "\(text.chinese)")
            #expect(!text.chinese.contains(" "), "\(text.chinese)")
            #expect(text.english.unicodeScalars.allSatisfy { !(0x4E00...0x9FFF).contains($0.value) })
        }
    }

    @Test("What was signed is accepted by those who trust the key")
    func signed() throws {
        let key = SigningKey()
        let file = try key.sign(Self.document).file
        let release = try ConstitutionRelease.load(
            document: Self.document, signature: file, trusting: [SigningKey().verifyingKey, key.verifyingKey])
        #expect(release.signature?.key == key.verifyingKey.id)
    }

    @Test("An unsigned document is refused unless the caller allows it")
    func unsigned() throws {
        #expect(throws: ConstitutionError.unsigned) {
            try ConstitutionRelease.load(document: Self.document, signature: nil, trusting: [SigningKey().verifyingKey])
        }
        #expect(try Documents.load(Self.document).signature == nil)
    }

    @Test("A key that is not trusted does not count, even where unsigned documents are allowed")
    func untrusted() throws {
        let (key, other) = (SigningKey(), SigningKey())
        let file = try key.sign(Self.document).file
        for trusted in [[], [other.verifyingKey]] {
            #expect(throws: ConstitutionError.untrustedKey(key.verifyingKey.id, trusted: trusted.map(\.id))) {
                try ConstitutionRelease.load(
                    document: Self.document, signature: file, trusting: trusted, allowingUnsigned: true)
            }
        }
    }

    @Test("A document that changed by any byte no longer fits its signature")
    func changed() throws {
        let key = SigningKey()
        let file = try key.sign(Self.document).file
        for changed in [Self.document + [0x0A], Documents.small("version: 3", "version: 4")] {
            #expect(throws: ConstitutionError.signatureMismatch(key: key.verifyingKey.id)) {
                try ConstitutionRelease.load(document: changed, signature: file, trusting: [key.verifyingKey])
            }
        }
    }

    @Test("A signature file with any byte changed is refused")
    func changedSignature() throws {
        let key = SigningKey()
        let file = try key.sign(Self.document).file
        for index in file.indices {
            var bent = file
            bent[index] ^= 0x01
            #expect(throws: ConstitutionError.self) {
                try ConstitutionRelease.load(document: Self.document, signature: bent, trusting: [key.verifyingKey])
            }
        }
    }

    @Test("The signed message starts with its context and ends with hash and version")
    func message() {
        let message = ReleaseSignature.message(hash: Array(repeating: 7, count: 32), version: 258)
        #expect(message.count == 73)
        #expect(message.starts(with: Array("sluice-constitution-signature v1\0".utf8)))
        #expect(message.suffix(8) == [0, 0, 0, 0, 0, 0, 1, 2])
    }

    @Test(
        "A signature file that does not read as one says why",
        arguments: [
            "", "hello", "sluice-constitution-signature v2\nkey 0011223344556677\nsignature AAAA",
            "sluice-constitution-signature v1\nkey 00\nsignature AAAA",
            "sluice-constitution-signature v1\nkey 0011223344556677\nsignature AAAA",
            "sluice-constitution-signature v1\nkey 0011223344556677\nsignature %%%%\nmore",
        ])
    func malformedSignature(_ text: String) {
        #expect {
            try ReleaseSignature(file: Array(text.utf8))
        } throws: { error in
            if case .malformedSignature = error as? ConstitutionError { true } else { false }
        }
    }
}

@Suite("Keys")
struct KeyTests {
    /// The key of RFC 8410 §10.3 and its public half of §10.1.
    static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----
        """
    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----
        """

    @Test("Keys of the standard's examples are read, and fit together")
    func standard() throws {
        let signing = try SigningKey(file: Array(Self.privateKey.utf8))
        let verifying = try VerifyingKey(file: Array(Self.publicKey.utf8))
        #expect(signing.verifyingKey == verifying)
        #expect(String(decoding: signing.file, as: UTF8.self) == Self.privateKey + "\n")
        #expect(String(decoding: verifying.file, as: UTF8.self) == Self.publicKey + "\n")
    }

    @Test("Both halves survive being written and read, as PEM, hexadecimal and base64")
    func roundTrip() throws {
        let key = SigningKey()
        #expect(try SigningKey(file: key.file).verifyingKey == key.verifyingKey)
        #expect(try VerifyingKey(file: key.verifyingKey.file) == key.verifyingKey)
        for text in [hexadecimal(key.verifyingKey.bytes), encodeBase64(key.verifyingKey.bytes)] {
            #expect(try VerifyingKey(file: Array("# a comment\n\(text)\n".utf8)) == key.verifyingKey)
        }
    }

    @Test("A key never shows itself when it is printed")
    func silent() {
        let key = SigningKey()
        let body = String(decoding: key.file, as: UTF8.self).split(separator: "\n")[1]
        #expect(!"\(key) \(String(reflecting: key))".contains(body))
        #expect("\(key)".contains(key.verifyingKey.id))
    }

    @Test(
        "A file that is no key says why",
        arguments: [
            "", "# nothing\n", "0011", String(repeating: "g", count: 64), "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----", publicKey,
        ])
    func malformed(_ text: String) {
        #expect {
            try SigningKey(file: Array(text.utf8))
        } throws: { error in
            if case .malformedKey = error as? ConstitutionError { true } else { false }
        }
    }

    @Test("A private key handed in as a public one is refused")
    func wrongHalf() {
        #expect(throws: ConstitutionError.self) { try VerifyingKey(file: Array(Self.privateKey.utf8)) }
    }

    @Test("Base64 agrees with the standard's examples and refuses other spellings")
    func base64() {
        let examples = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy"]
        for (plain, coded) in examples {
            #expect(encodeBase64(Array(plain.utf8)) == coded)
            #expect(decodeBase64(coded) == Array(plain.utf8))
        }
        for wrong in ["Zg=", "Zg", "Zh==", "Z===", "====", "Zm9v=", "Zm 9", "Zg==Zg=="] {
            #expect(decodeBase64(wrong) == nil, "\(wrong)")
        }
    }
}
