/// Numbers that are written as words, and ordinals.
enum NumberWords {
    private static let small: [String: Int] = {
        let ones =
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
        var all: [String: Int] = [:]
        for (value, word) in ones.split(separator: " ").enumerated() where value > 2 { all[String(word)] = value }
        let tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(separator: " ")
        for (index, word) in tens.enumerated() { all[String(word)] = (index + 2) * 10 }
        all["fourty"] = 40
        return all
    }()

    /// The digits of a number word or an ordinal ("seven", "811th"); nil for any other word.
    static func digits(_ word: String) -> String? {
        if let value = small[word] { return String(value) }
        guard word.count > 2, let last = word.last, last == "t" || last == "d" || last == "h" else { return nil }
        let number = word.dropLast(2)
        guard number.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), number.count < 7 else { return nil }
        return ["st", "nd", "rd", "th"].contains(word.suffix(2)) ? String(number) : nil
    }

    /// "forty four" and "forty 4" become 44.
    static func joinTens(_ words: inout [NameWord], _ texts: inout [String]) {
        var index = 0
        while index + 1 < words.count {
            if let tens = Int(texts[index]), let ones = Int(texts[index + 1]), tens >= 20, tens < 100, tens % 10 == 0,
                ones > 0, ones < 10
            {
                let text = String(tens + ones)
                texts.replaceSubrange(index...index + 1, with: [text])
                words.replaceSubrange(index...index + 1, with: [NameWord(Array(text.utf16), kind: .distinctive)])
            }
            index += 1
        }
    }
}
