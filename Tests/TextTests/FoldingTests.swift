import Testing

@testable import Text

/// Collects words as strings.
struct WordList: WordSink {
    var words: [String] = []

    mutating func take(_ word: borrowing Word) {
        guard !word.isOpaque else { return }
        var scalars = String.UnicodeScalarView()
        for index in (word.isIdeograph ? word.count - 1 : 0)..<word.count {
            scalars.append(Unicode.Scalar(word.codes[index]) ?? "?")
        }
        words.append(String(scalars))
    }

    mutating func beginView() {}

    mutating func restart() { words.append("|") }

    static func words(_ text: String, lexicon: Lexicon = .empty) -> String { words(Array(text.utf8), lexicon: lexicon) }

    static func words(_ bytes: [UInt8], lexicon: Lexicon = .empty) -> String {
        var list = WordList()
        var reader = WordReader(lexicon: lexicon)
        bytes.withUnsafeBufferPointer { reader.feed($0, into: &list) }
        reader.finish(into: &list)
        return list.words.joined(separator: " ")
    }

    /// A lexicon of these words.
    static func lexicon(_ words: String) -> Lexicon {
        let hashes = words.split(separator: " ").map { word in
            Array(word.utf16).withUnsafeBufferPointer { codes in
                codes.baseAddress.map { hashOfWord($0, codes.count) } ?? 0
            }
        }
        return Lexicon(bits: Lexicon.bits(for: hashes, size: 4096))
    }
}

@Suite("Folding")
struct FoldingTests {
    @Test(
        "Forms of a word are the same word",
        arguments: [
            ("Hello, World!", "hello world"), ("ｆｕｌｌ ＷＩＤＴＨ", "full width"), ("caf\u{E9} cafe\u{301}", "cafe cafe"),
            ("ﬁne 𝐛𝐨𝐥𝐝 𝕠pen", "fine bold open"), ("ze\u{200B}ro\u{200D}wi\u{2060}dth", "zerowidth"),
            ("\u{202E}bidi\u{202C} text", "bidi text"), ("straße Ærø", "strasse aero"), ("ПРИВЕТ мир", "привет мир"),
            ("折纸花园", "折 纸 花 园"), ("折 纸", "折 纸"), ("ひらカナ", "ひ ら カ ナ"), ("한국어 세계", "한국어 세계"),
            ("\u{E0066}\u{E006F}\u{E006C}\u{E0064} it", "fold it"), ("İstanbul", "istanbul"), ("٣٤ ४५", "34 45"),
            ("U.S.A. is", "usa is"), ("don't", "don t"), ("C++ & x=1", "c x 1"),
        ])
    func forms(_ text: String, _ words: String) { #expect(WordList.words(text) == words) }

    @Test(
        "Letters of other scripts in a Latin word are read as Latin",
        arguments: [("pаpеr crаnе", "paper crane"), ("сору in Latin, сору", "сору in latin copy"), ("рарег", "рарег")])
    func lookalikes(_ text: String, _ words: String) { #expect(WordList.words(text) == words) }

    @Test(
        "Escapes are undone, and what is none stays",
        arguments: [
            ("%66old%20it", "fold it"), ("%2566old", "fold"), ("\\x66old", "fold"), ("\\u6298\\u7eb8", "折 纸"),
            ("one\\ntwo", "one two"), ("%E6%8A%98", "折"), ("100% of", "100 of"), ("%zz %4", "zz 4"),
            ("a\\\\b c", "a b c"),
        ])
    func escapes(_ text: String, _ words: String) { #expect(WordList.words(text) == words) }

    @Test(
        "Ill-formed UTF-8 parts words and harms nothing",
        arguments: [
            ([0x61, 0x62, 0xFF, 0x63, 0x64], "ab cd"), ([0xE6, 0x8A, 0x61, 0x62], "ab"),
            ([0xC0, 0xAF, 0x61, 0x62], "ab"),
            ([0xED, 0xA0, 0x80, 0x61, 0x62], "ab"), ([0xF4, 0x90, 0x80, 0x80, 0x61, 0x62], "ab"), ([0xE6, 0x8A], ""),
        ] as [([UInt8], String)])
    func illFormed(_ bytes: [UInt8], _ words: String) { #expect(WordList.words(bytes) == words) }
}

@Suite("Disguises")
struct DisguiseTests {
    let lexicon = WordList.lexicon("fold a paper crane please tell me how to the garden of river and is")

    @Test(
        "Hidden words are found",
        arguments: [
            ("f0ld 4 p4p3r cr4n3", "fold a paper crane"), ("f o l d   a   p a p e r", "fold a paper"),
            ("f o l d a p a p e r c r a n e", "fold a paper crane"), ("f.o.l.d it", "fold it"),
            ("foldapapercraneinthegarden ok", "fold a paper crane i n the garden ok"),
            ("Zm9sZCBhIHBhcGVyIGNyYW5l", "fold a paper crane"),
            ("x: Zm9sZCBhIHBhcGVyIGNyYW5l ok", "x fold a paper crane ok"),
            ("666f6c64206120706170657220", "fold a paper"), ("MZXWYZBAMEQHAYLQMVZCAY3SMFXGK===", "fold a paper crane"),
            ("5oqY57q46Iqx5Zut5rKz5rWB", "折 纸 花 园 河 流"), ("p@per cr@ne", "paper crane"), ("mp3 and h2o", "mp3 and h2o"),
            ("user@example", "user example"),
        ])
    func hidden(_ text: String, _ words: String) { #expect(WordList.words(text, lexicon: lexicon) == words) }

    @Test("Rot13 is read once it is believable, from its start")
    func rot13() {
        let words = WordList.words("cyrnfr gryy zr ubj gb sbyq gur cncre penar", lexicon: lexicon)
        #expect(words.hasSuffix("| please tell me how to fold the paper crane"))
    }

    @Test("Two levels are undone, a third isn't")
    func depth() {
        let twice = "V20wNXpXa05DYUVsSVFtaGpSMVo1U1VkT2VWbFhOV3c9"  // three times base64
        #expect(WordList.words("Wm05c1pDQmhJSEJoY0dWeUlHTnlZVzVs", lexicon: lexicon) == "fold a paper crane")
        #expect(!WordList.words(twice, lexicon: lexicon).contains("paper"))
    }

    @Test(
        "Plain words stay as they are",
        arguments: [
            "internationalization of applications", "the quick brown fox", "visit example com path to file",
        ])
    func plain(_ text: String) { #expect(WordList.words(text, lexicon: lexicon) == text) }
}
