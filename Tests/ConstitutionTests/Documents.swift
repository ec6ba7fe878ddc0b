@testable import Constitution

/// A small valid document about harmless stand-ins, and ways to bend it.
enum Documents {
    static let small = """
        format: sluice-constitution/1
        name: Paper rules
        version: 3
        date: 2026-02-28
        preamble: {en: Fold with care., zh: 小心折叠。}
        principles:
          - id: calm-paper
            title: {en: Calm paper, zh: 平静的纸}
            text: {en: Paper should rest., zh: 纸应当休息。}
            sources: [The old book of paper]
        categories:
          - id: origami
            title: {en: Forbidden origami, zh: 禁止的折纸}
            principle: calm-paper
            absolute: true
            on_failure: closed
            budgets: {requests: 0.002, answers: 0.0005}
            permits:
              - {en: The history of origami., zh: 折纸的历史。}
              - {en: Paper planes for children in school., zh: 学校里孩子们的纸飞机。}
            forbids:
              - {en: Folding the crimson crane., zh: 折叠深红色的鹤。}
            phrases: [crimson origami ritual, 深红折纸]
          - id: kites
            title: {en: Kites, zh: 风筝}
            principle: calm-paper
            absolute: false
            on_failure: open
            budgets: {requests: 0.01, answers: 0.001}
            permits:
              - {en: Kites in the park., zh: 公园里的风筝。}
            forbids:
              - {en: Kites at night., zh: 夜里的风筝。}

        """

    /// The small document with one text replaced by another, once; a text that isn't there is a mistake in the test.
    static func small(_ old: String, _ new: String) -> [UInt8] {
        guard let range = small.firstRange(of: old) else { preconditionFailure("no such text: \(old)") }
        return Array(small.replacingCharacters(in: range, with: new).utf8)
    }

    static func load(_ document: [UInt8]) throws(ConstitutionError) -> ConstitutionRelease {
        try .load(document: document, signature: nil, trusting: [], allowingUnsigned: true)
    }

    /// What is wrong with a document; nothing if it is valid.
    static func problems(_ document: [UInt8]) -> [DocumentProblem] {
        do {
            _ = try load(document)
            return []
        } catch .invalidDocument(let problems) {
            return problems
        } catch {
            return []
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}

/// SplitMix64: the same numbers from the same seed on every machine.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
