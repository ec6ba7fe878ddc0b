/// Parts whose position was published by name, used only where their numbers leave it open.
struct NamedItem {
    /// Words that stand together in the name; a trailing `*` stands for any ending.
    let words: [String]
    /// The designer's seat.
    let designer: String
    /// The classification under a version.
    let classifications: [RuleVersion: String]
    /// Whether letters of April 2025 are known to name it.
    let isInLetters: Bool
    /// Where that is written.
    let source: RuleSource

    /// The part that a name stands for, if it is one of these.
    static func find(_ name: String) -> NamedItem? {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        return all.first { $0.matches(words) }
    }

    private func matches(_ name: [Substring]) -> Bool {
        guard name.count >= words.count else { return false }
        return (0...name.count - words.count).contains { start in
            words.indices.allSatisfy { index in
                let word = words[index]
                return word.hasSuffix("*")
                    ? name[start + index].hasPrefix(word.dropLast()) : name[start + index] == word
            }
        }
    }

    private static let gp10 = RuleSource("BIS guidance on General Prohibition 10 (2025-05-13), which names it")
    private static let belowLine: [RuleVersion: String] = [
        .october2023: "none", .diffusion2025: "none", .current: "none",
    ]

    private static let all: [NamedItem] = [
        NamedItem(
            words: ["ascend", "910b*"], designer: "CN", classifications: [.current: "3A090.a"], isInLetters: false,
            source: gp10),
        NamedItem(
            words: ["ascend", "910c*"], designer: "CN", classifications: [.current: "3A090.a"], isInLetters: false,
            source: gp10),
        NamedItem(
            words: ["ascend", "910d*"], designer: "CN", classifications: [.current: "3A090.a"], isInLetters: false,
            source: gp10),
        NamedItem(
            words: ["h20"], designer: "US", classifications: belowLine, isInLetters: true,
            source: RuleSource("NVIDIA Form 8-K (2025-04-15), in press reports")),
        NamedItem(
            words: ["mi308*"], designer: "US", classifications: belowLine, isInLetters: true,
            source: RuleSource("AMD on the licence requirement of April 2025, in press reports")),
        NamedItem(
            words: ["hl", "328"], designer: "US", classifications: belowLine, isInLetters: false,
            source: RuleSource("The Register (2024-04-12): designed below the lines of 2023")),
        NamedItem(
            words: ["hl", "388"], designer: "US", classifications: belowLine, isInLetters: false,
            source: RuleSource("The Register (2024-04-12): designed below the lines of 2023")),
    ]
}
