import Constitution
import Testing

@testable import Safeguards

@Suite("Texts written by template")
struct SynthesisTests {
    private static func texts(_ count: Int, seed: UInt64 = 5) -> [LabelledText] {
        var synthesis = Synthesis(constitution: ConstitutionRelease.builtIn.constitution, seed: seed)
        return synthesis.texts(count)
    }

    private static func words(_ text: LabelledText) -> String { String(decoding: text.text, as: UTF8.self) }

    @Test("The same seed writes the same texts, another seed others")
    func seeds() {
        let texts = Self.texts(600).map(\.text)
        #expect(texts == Self.texts(600).map(\.text))
        let others = Set(Self.texts(600, seed: 6).map(\.text))
        #expect(texts.filter { others.contains($0) }.count < 100)
    }

    @Test("What is asked for stays the same when more is asked for")
    func prefix() {
        #expect(Self.texts(300).map(\.text) == Self.texts(900).prefix(300).map(\.text))
    }

    @Test("Every entry names only sections that exist")
    func sections() {
        for book in Phrasebook.all {
            for name in book.names {
                for entry in book[name] {
                    for part in entry.split(separator: "{").dropFirst(entry.first == "{" ? 0 : 1) {
                        let inner = part.prefix { $0 != "}" }
                        #expect(
                            inner.isEmpty || !book[String(inner)].isEmpty, "\(book.language): {\(inner)} in \(entry)")
                    }
                }
            }
        }
    }

    @Test("No text keeps a place that nothing was put in, and none of the forbidden ones holds a number")
    func complete() {
        for text in Self.texts(6000) where text.kind != .benign {
            let words = Self.words(text)
            #expect(!words.contains("{") && !words.contains("}"), "\(words)")
            #expect(words.count >= 2)
            guard text.kind == .harmful else { continue }
            let numbers = words.filter { ("0"..."9").contains($0) }
            #expect(numbers.isEmpty, "\(words)")
            // A request, not an answer: nothing long enough to hold steps.
            #expect(text.text.count < 400, "\(words)")
        }
    }

    @Test("Harm is outnumbered by what is permitted, in every language and category")
    func balance() {
        let texts = Self.texts(12_000)
        for language in Set(texts.map(\.language)) {
            let members = texts.filter { $0.language == language }
            let harmful = members.filter { $0.kind == .harmful }.count
            #expect(harmful > 20, "\(language)")
            #expect(harmful * 2 <= members.count + 5, "\(language): \(harmful) of \(members.count)")
        }
        for label in HarmLabel.decisive {
            #expect(texts.filter { $0.labels.contains(label) }.count > 200, "\(label)")
        }
        #expect(texts.allSatisfy { ($0.kind == .harmful) == $0.labels.contains(.harmful) })
        #expect(texts.allSatisfy { $0.source == Synthesis.source })
    }

    @Test("A forbidden act and its ordinary twin are asked for in the same words")
    func twins() {
        let texts = Self.texts(4000)
        var same = 0
        var pairs = 0
        for (text, next) in zip(texts, texts.dropFirst()) where text.kind == .harmful && next.kind == .benign {
            pairs += 1
            let (one, other) = (Self.words(text), Self.words(next))
            if zip(one, other).prefix(while: ==).count >= 2 || one.last == other.last { same += 1 }
        }
        #expect(pairs > 500)
        #expect(same * 10 > pairs * 9, "\(same) of \(pairs)")
    }

    @Test("One who wants an act prevented or punished names it and is not refused")
    func shields() {
        let texts = Self.texts(20_000)
        for book in Phrasebook.all where !book["shield"].isEmpty {
            let own = texts.filter { $0.language == book.language }
            let beginnings = book["shield"].map { $0.prefix { $0 != "{" } }
                .filter { $0.count > (book.language == "zh" ? 4 : 13) }
            let shielded = own.filter { text in beginnings.contains { Self.words(text).hasPrefix($0) } }
            guard !beginnings.isEmpty else { continue }
            #expect(shielded.count > 4, "\(book.language): \(shielded.count)")
            #expect(!shielded.contains { $0.kind == .harmful }, "\(book.language)")
        }
    }

    @Test(
        "Where verbs and people are known by themselves, the same people stand in ordinary texts",
        arguments: Phrasebook.all)
    func wide(_ book: Phrasebook) {
        guard book.isWide else { return }
        #expect(book["hurt"].count >= 12 && book["nice"].count >= 8 && book["person"].count >= 10)
        #expect(Set(book["hurt"]).isDisjoint(with: book["nice"]) && Set(book["take"]).isDisjoint(with: book["handle"]))
        for name in ["ordinary", "other_harm"] {
            #expect(book[name].contains { $0.contains("{person}") } && book[name].contains { $0.contains("{goods}") })
        }
    }

    @Test("Words that name people stand in permitted texts about as often as in forbidden ones")
    func people() {
        let texts = Self.texts(20_000).filter { $0.language == "en" }
        var book = Phrasebook.english["group"].filter { !$0.contains("{") }
        book.append("women")
        let counts = book.map { group in
            let named = texts.filter { Self.words($0).contains(group) }
            return (group, named.filter { $0.kind == .harmful }.count, named.count)
        }
        // One alone may be drawn more often by chance.
        for (group, harmful, all) in counts { #expect(harmful * 4 <= all * 3, "\(group): \(harmful) of \(all)") }
        let harmful = counts.reduce(0) { $0 + $1.1 }
        let all = counts.reduce(0) { $0 + $1.2 }
        #expect(harmful * 20 <= all * 11, "\(harmful) of \(all)")
    }
}
