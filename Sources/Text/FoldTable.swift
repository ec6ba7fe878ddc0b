/// What one Unicode scalar is to a reader of words.
enum ScalarClass: UInt8 {
    case separator = 0
    case letter = 1
    case digit = 2
    /// Han, kana, bopomofo: each is a word by itself.
    case ideograph = 3
    /// Zero-width, bidirectional and variation marks, accents: never read.
    case dropped = 4
    /// Folds to several codes (`ﬁ`, `㎏`).
    case sequence = 5
}

/// Folds scalars above U+007F: compatibility forms, case, accents, and the Latin look-alike of a foreign letter.
///
/// Two levels of pages, built once from `FoldData`. An entry holds the code (bits 0–15), the look-alike (16–23) and
/// the class (24–31). Codes are 16 bits wide; scalars beyond U+FFFF keep their low 16 bits.
final class FoldTable: @unchecked Sendable {
    // Safe to share: written in init only, lives as long as the process.
    static let shared = FoldTable()

    private let pageOf: UnsafeMutablePointer<UInt16>
    private let entries: UnsafeMutablePointer<UInt32>
    private(set) var sequences: [[UInt16]] = []

    private init() {
        var pages: [UInt16] = Array(repeating: 0, count: 0x1100)
        var table: [UInt32] = Array(repeating: 0, count: 256)
        func set(_ scalar: Int, _ entry: UInt32) {
            guard scalar < 0x11_0000 else { return }
            if pages[scalar >> 8] == 0 {
                pages[scalar >> 8] = UInt16(table.count >> 8)
                table.append(contentsOf: repeatElement(0, count: 256))
            }
            table[Int(pages[scalar >> 8]) << 8 | scalar & 0xFF] = entry
        }
        var han: UInt16 = 0
        Self.readRuns { start, length, kind, code, skeleton in
            let isItself = kind == .ideograph && code == start
            for offset in 0..<length {
                let scalar = start + offset
                let isPageStart = scalar & 0xFF == 0 && length - offset >= 256
                if isItself, isPageStart, han != 0 { pages[scalar >> 8] = han }
                if isItself, han != 0, pages[scalar >> 8] == han { continue }
                // Code 0 of an ideograph stands for "itself", so that all full pages of them are one page.
                let own = kind == .dropped || isItself ? 0 : (code + offset) & 0xFFFF
                set(scalar, UInt32(own) | UInt32(skeleton) << 16 | UInt32(kind.rawValue) << 24)
                if isItself, han == 0, scalar & 0xFF == 0xFF, offset >= 255 { han = pages[scalar >> 8] }
            }
        }
        var found: [[UInt16]] = []
        Self.readSequences { scalar, codes in
            set(scalar, UInt32(found.count) | UInt32(ScalarClass.sequence.rawValue) << 24)
            found.append(codes)
        }
        sequences = found
        pageOf = .allocate(capacity: pages.count)
        pageOf.initialize(from: pages, count: pages.count)
        entries = .allocate(capacity: table.count)
        entries.initialize(from: table, count: table.count)
    }

    /// The entry of a scalar; a separator for what is no scalar.
    @inline(__always)
    func entry(_ scalar: UInt32) -> UInt32 {
        guard scalar < 0x11_0000 else { return 0 }
        return entries[Int(pageOf[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
    }

    /// The Latin letter that a folded code passes for, or 0.
    func lookalike(_ code: UInt16) -> UInt16 {
        UInt16(truncatingIfNeeded: entry(UInt32(code)) >> 16 & 0xFF)
    }

    // MARK: reading the generated text

    private static func readRuns(_ take: (Int, Int, ScalarClass, Int, UInt8) -> Void) {
        var start = 0x80
        forEachItem(FoldData.runs) { item in
            var cursor = 0
            start += hex(item, &cursor)
            cursor += 1
            let kinds: [UInt8: ScalarClass] = [0x77: .letter, 0x64: .digit, 0x63: .ideograph, 0x78: .dropped]
            let kind = cursor < item.count ? kinds[item[cursor]] ?? .separator : .separator
            cursor += 1
            let length = max(1, hex(item, &cursor))
            var code = start
            if cursor < item.count, item[cursor] == 0x2C {
                cursor += 1
                code = hex(item, &cursor)
            }
            let skeleton: UInt8 = cursor + 1 < item.count && item[cursor] == 0x3B ? item[cursor + 1] : 0
            take(start, length, kind, code, skeleton)
        }
    }

    private static func readSequences(_ take: (Int, [UInt16]) -> Void) {
        var scalar = 0x80
        forEachItem(FoldData.sequences) { item in
            var cursor = 0
            scalar += hex(item, &cursor)
            var codes: [UInt16] = []
            while cursor < item.count {
                cursor += 1
                codes.append(UInt16(truncatingIfNeeded: hex(item, &cursor)))
            }
            take(scalar, codes)
        }
    }

    private static func forEachItem(_ text: StaticString, _ take: (UnsafeBufferPointer<UInt8>) -> Void) {
        let all = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var start = 0
        for index in 0...all.count where index == all.count || all[index] <= 0x20 {
            if index > start { take(UnsafeBufferPointer(rebasing: all[start..<index])) }
            start = index + 1
        }
    }

    private static func hex(_ item: UnsafeBufferPointer<UInt8>, _ cursor: inout Int) -> Int {
        var value = 0
        while cursor < item.count, let digit = hexDigit(item[cursor]) {
            value = value << 4 | digit
            cursor += 1
        }
        return value
    }
}

/// The value of an ASCII hexadecimal digit.
@inline(__always)
func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x61...0x66: Int(byte) - 0x57
    case 0x41...0x46: Int(byte) - 0x37
    default: nil
    }
}
