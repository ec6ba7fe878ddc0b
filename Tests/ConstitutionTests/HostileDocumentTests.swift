import Testing

@testable import Constitution

@Suite("Hostile documents")
struct HostileDocumentTests {
    static let shapes: [(name: String, document: [UInt8])] = [
        ("nothing", []),
        ("blanks", Array("   \n\n".utf8)),
        ("a comment", Array("# only this".utf8)),
        ("one character", Array("a".utf8)),
        ("a list", Array("- 1\n- 2\n".utf8)),
        ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(Documents.small.utf8)),
        ("UTF-16", Documents.small.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }),
        ("broken UTF-8", Array(Documents.small.utf8.prefix(80)) + [0xC3] + Array(Documents.small.utf8.dropFirst(80))),
        ("a NUL", Array("name: a\0b".utf8)),
        ("an escaped surrogate", Documents.small("Fold with care.", #""\uD800""#)),
        ("an escape beyond Unicode", Documents.small("Fold with care.", #""\UFFFFFFFF""#)),
        ("nested lists", Array(String(repeating: "[", count: 100_000).utf8)),
        ("nested mappings", Array(String(repeating: "{a: ", count: 50_000).utf8)),
        ("closed nested lists", Array((String(repeating: "[", count: 990) + String(repeating: "]", count: 990)).utf8)),
        ("nested blocks", Array(String(repeating: "- ", count: 100_000).utf8)),
        ("nested keys", Array(String(repeating: "? ", count: 100_000).utf8)),
        ("deep indents", (0..<600).flatMap { Array((String(repeating: " ", count: $0) + "a:\n").utf8) }),
        ("laughing aliases", Array(laughs.utf8)),
        ("an alias as a key", Array("a: &a [x]\n? *a\n: 1\n".utf8)),
        ("an alias behind a bracket", Array("{a: &a x, b: [*a]}\n".utf8)),
        ("too many bytes", Array(repeating: 0x20, count: DocumentScan.sizeLimit + 1)),
        ("a long line", Array(("name: " + String(repeating: "x", count: 200_000)).utf8)),
        ("many keys", (0..<15_000).flatMap { Array("k\($0): 1\n".utf8) }),
        ("many quotes", Array(String(repeating: "\"", count: 200_001).utf8)),
        ("a merge key", Documents.small("name: Paper rules", "<<: {name: x}")),
        ("a list as a key", Array("[a, b]: c\n".utf8)),
    ]

    static let laughs = (1..<30).reduce("a0: &a0 [x, x]\n") {
        $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1), *a\($1 - 1)]\n"
    }

    @Test("Each is refused with a place and a reason, and quickly", arguments: shapes)
    func refused(name: String, document: [UInt8]) {
        let clock = ContinuousClock()
        let start = clock.now
        let problems = Documents.problems(document)
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.description.utf8.count < 1000 })
        #expect(clock.now - start < .seconds(5), "\(name)")
    }

    @Test(
        "An alias is seen wherever YAML would take one",
        arguments: ["[*a]", "{*a : 1}", "- *a", "'x': *a", "\"x\"\n*a"])
    func aliases(_ text: String) {
        #expect(Documents.problems(Array(text.utf8)).map(\.kind) == [.aliasOrAnchor])
    }

    @Test("Random bytes in a valid document never bring the reader down", arguments: 0..<8)
    func mutations(seed: Int) {
        var random = SeededNumbers(state: UInt64(seed))
        let documents = [Array(Documents.small.utf8), ConstitutionRelease.builtInDocument]
        let signs = Array("{}[]:,-?!|>'\"%@`#&* \n\t\r~0.en".utf8)
        for round in 0..<150 {
            var document = documents[round % 16 == 0 ? 1 : 0]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<document.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: document[index] = UInt8.random(in: 0...255, using: &random)
                case 1: document[index] = signs[Int.random(in: 0..<signs.count, using: &random)]
                case 2: document.insert(signs[Int.random(in: 0..<signs.count, using: &random)], at: index)
                case 3: document.removeSubrange(index..<min(document.count, index + Int(random.next() % 40)))
                default:
                    let end = min(document.count, index + Int(random.next() % 200))
                    document.insert(contentsOf: document[index..<end], at: Int(random.next() % UInt64(document.count)))
                }
                if document.isEmpty { document = [0x20] }
            }
            // Half of them as valid UTF-8 again, so that they get past the first look and into the YAML.
            if round.isMultiple(of: 2) { document = Array(String(decoding: document, as: UTF8.self).utf8) }
            let problems = Documents.problems(document)
            #expect(problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.description.isEmpty })
        }
    }

    @Test("A document cut at any byte is refused or read, never fatal")
    func cuts() {
        let document = Array(Documents.small.utf8)
        for end in document.indices { _ = Documents.problems(Array(document[..<end])) }
    }
}
