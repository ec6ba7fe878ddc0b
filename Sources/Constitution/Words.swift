/// The word of a list that a mistyped one most likely meant, if one is near.
func nearestWord(to word: String, among words: [String]) -> String? {
    let near = words.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
    guard let (candidate, distance) = near, distance <= max(2, candidate.utf8.count / 3) else { return nil }
    return candidate
}

/// The insertions, deletions and replacements of bytes between two words; of long ones the first 64 bytes count.
private func editDistance(_ one: String, _ other: String) -> Int {
    let (one, other) = (Array(one.utf8.prefix(64)), Array(other.utf8.prefix(64)))
    var row = Array(0...other.count)
    for (i, byte) in one.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, candidate) in other.enumerated() {
            let replaced = diagonal + (byte == candidate ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
        }
    }
    return row[other.count]
}

/// A number in (0, 1] without an exponent, `0.0005` rather than `5e-4`; others as Swift writes them.
package func decimal(_ value: Double) -> String {
    let written = "\(value)"
    guard let mark = written.firstIndex(of: "e"), value > 0, value < 1,
        let exponent = Int(written[written.index(after: mark)...]), exponent < 0, exponent > -20
    else { return written }
    let digits = written[..<mark].filter { $0 != "." }
    let significant = digits.hasSuffix("0") && digits.count > 1 ? digits.dropLast() : digits[...]
    return "0." + String(repeating: "0", count: -exponent - 1) + significant
}

/// Letters and digits of a phrase, where a Han, kana or hangul character counts as two.
func weight(of phrase: String) -> Int {
    phrase.unicodeScalars.reduce(0) { sum, scalar in
        switch scalar.value {
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0x20000...0x323AF:
            sum + 2
        default:
            sum + (scalar.properties.isAlphabetic || scalar.properties.numericType != nil ? 1 : 0)
        }
    }
}
