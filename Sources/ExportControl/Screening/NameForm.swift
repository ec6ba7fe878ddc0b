/// One word of a name, folded for comparison.
struct NameWord: Sendable, Equatable {
    /// ASCII letters and digits, or simplified Han characters.
    var letters: [UInt16]
    /// What it sounds like (`SoundFold`); for Han the characters themselves.
    var sound: [UInt16]
    var kind: WordClass
    /// The usual spelling, where there are several.
    var canonical: [UInt16]?
    /// The share of its class's weight that it keeps: little if other words already say the same.
    var share: Float = 1
    /// Written in a script that leaves vowels out.
    var isAbjad = false

    init(_ letters: [UInt16], kind: WordClass, isHan: Bool = false) {
        self.letters = letters
        self.kind = kind
        sound = isHan ? letters : SoundFold.fold(letters)
    }

    var text: String { String(decoding: letters, as: UTF16.self) }
    var isNumber: Bool { letters.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
}

/// One way to read a name: its words, all in Latin letters or all in Han characters.
struct NameForm: Sendable, Equatable {
    var words: [NameWord]
    var isHan: Bool
    /// Nothing of the name is missing from this form.
    var isWhole = true
}
