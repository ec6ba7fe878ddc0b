/// Cuts a name into pieces: runs of letters and digits, each in one kind of script.
struct NameScanner {
    /// A run of letters.
    struct Piece {
        /// ASCII letters and digits; for Han simplified characters.
        var letters: [UInt16]
        var isHan = false
        /// Stands in brackets.
        var depth = 0
        /// Counts strokes (`/`) and semicolons before it.
        var part = 0
        var isUpper = true
        var isAbjad = false
        /// Stands close to the piece before: only a full stop, a hyphen, a stroke or nothing between.
        var isTight = false
        /// Of Han characters: the readings.
        var readings: [String] = []
        /// Of Hangul: the syllables.
        var syllables: [UInt16] = []

        var text: String { String(decoding: letters, as: UTF16.self) }
        var isNumber: Bool { letters.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
        func reading(_ range: Range<Int>) -> String { range.map { $0 < readings.count ? readings[$0] : "" }.joined() }
    }

    private(set) var pieces: [Piece] = []
    private(set) var hasBrackets = false
    private(set) var hanCount = 0
    private(set) var letterCount = 0

    private var open: Piece?
    private var hangul = 0
    private var depth = 0
    private var part = 0
    private var isTight = false
    private let table = Romanisation.shared

    mutating func scan(_ scalars: String.UnicodeScalarView) {
        for scalar in scalars.prefix(NameReader.limit) { take(scalar) }
        close()
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        switch table.reading(scalar.value) {
        case .silent: break
        case .letters(let range): append(range, scalar)
        case .hangul(let range):
            if open == nil || hangul == 0 { close() }
            append(range, scalar)
            open?.syllables.append(UInt16(truncatingIfNeeded: scalar.value))
            hangul += 1
            // A Korean name is a family name of one syllable and a given name.
            if hangul == 1 { startGivenName() }
        case .han(let form, let range):
            hanCount += 1
            if open?.isHan != true { begin(isHan: true) }
            open?.letters.append(form)
            open?.readings.append(String(decoding: table.letters[range], as: UTF8.self))
        case .separator: separate(scalar)
        }
    }

    private mutating func append(_ range: Range<Int>, _ scalar: Unicode.Scalar) {
        letterCount += 1
        if open == nil || open?.isHan == true { begin(isHan: false) }
        for byte in table.letters[range] { open?.letters.append(UInt16(byte)) }
        if scalar.value < 0x80, scalar.value >= 0x61 { open?.isUpper = false }
        if (0x590...0x7BF).contains(scalar.value) || (0xFB1D...0xFDFF).contains(scalar.value)
            || (0xFE70...0xFEFC).contains(scalar.value)
        {
            open?.isAbjad = true
        }
    }

    private mutating func startGivenName() {
        guard let letters = open?.letters else { return }
        let usual = [
            "gim": "kim", "gang": "kang", "gwon": "kwon", "go": "ko", "gu": "koo", "jo": "cho", "i": "lee",
            "bak": "park", "u": "woo", "no": "roh", "im": "lim", "yu": "yoo", "choe": "choi",
        ]
        if let name = usual[String(decoding: letters, as: UTF16.self)] { open?.letters = Array(name.utf16) }
        let count = hangul
        close()
        isTight = true
        hangul = count
        begin(isHan: false)
    }

    private mutating func begin(isHan: Bool) {
        let count = hangul
        let wasTight = open != nil || isTight
        close()
        hangul = isHan ? 0 : count
        open = Piece(letters: [], isHan: isHan, depth: depth, part: part, isTight: wasTight)
    }

    private mutating func separate(_ scalar: Unicode.Scalar) {
        let value = scalar.value
        // Between Han characters a space means nothing; a middle dot parts the words of a foreign name.
        if open?.isHan == true, value == 0x20 || value == 0x3000 || value == 0xA0 { return }
        close()
        isTight = value == 0x2E || value == 0x2D || value == 0x2F || value == 0x2010 || value == 0x2011 || value == 0x26
        switch value {
        case 0x28, 0x5B, 0xFF08, 0x3010, 0x3014:
            depth += 1
            hasBrackets = true
        case 0x29, 0x5D, 0xFF09, 0x3011, 0x3015: depth = max(0, depth - 1)
        case 0x2F, 0x3B, 0xFF0F: part += 1
        default: break
        }
    }

    private mutating func close() {
        if let piece = open, !piece.letters.isEmpty { pieces.append(piece) }
        open = nil
        hangul = 0
        isTight = false
    }
}
