import Text

/// What a linear model sees of a text: rows of its weight table, one for each hashed n-gram.
///
/// Of a word: itself, itself after the word before, and its n-grams of 4 and 5 codes with the word's edges. Of an
/// ideograph: the n-grams of 2 and 3 that end with it. Nothing else; who wrote, and where, is not among them.
struct FeatureHash {
    /// Rows in the weight table.
    let rows: UInt64
    /// Hash of the word before, 0 at the start.
    var previous: UInt64 = 0

    init(rows: Int) { self.rows = UInt64(rows) }

    /// The row of a hash: its high bits, scaled to the number of rows.
    @inline(__always)
    func row(_ key: UInt64, _ salt: UInt64) -> Int {
        let product = (key ^ salt).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return Int(truncatingIfNeeded: (product.high ^ product.low).multipliedFullWidth(by: rows).high)
    }

    /// The row that joins a word with this hash to the word before, which it then is.
    @inline(__always)
    mutating func joins(_ hash: UInt64) -> Int {
        defer { previous = hash }
        return row(hash &+ previous &* 0x9E37_79B9_7F4A_7C15, 0x1405_7B7E_F767_814F)
    }

    /// Calls `take` with the row of each feature of the next word.
    @inline(__always)
    mutating func forEach(_ word: borrowing Word, _ take: (Int) -> Void) {
        if word.isIdeograph {
            let end = UnsafeRawPointer(word.codes) + (word.count - 1) * 2
            var last = UInt64(end.load(as: UInt16.self))
            if word.count > 1 {
                last = last << 16 | UInt64((end - 2).load(as: UInt16.self))
                take(row(last, 0x1D5A_0000_0000_0002))
            }
            if word.count > 2 {
                last = last << 16 | UInt64((end - 4).load(as: UInt16.self))
                take(row(last, 0x1D5A_0000_0000_0003))
            }
            previous = last
            return
        }
        take(row(word.hash, 0x5851_F42D_4C95_7F2D))
        take(joins(word.hash))
        forEachPart(word.codes, word.count, take)
    }

    /// The same for a word of which only the letters are known, without the row that joins it to the word before.
    ///
    /// - Parameter codes: As those of a `Word`.
    func forEachOfLetters(_ codes: UnsafePointer<UInt16>, _ count: Int, _ take: (Int) -> Void) {
        take(row(hashOfWord(codes, count), 0x5851_F42D_4C95_7F2D))
        forEachPart(codes, count, take)
    }

    /// Calls `take` with the row of each n-gram of a word with its edges.
    @inline(__always)
    private func forEachPart(_ codes: UnsafePointer<UInt16>, _ count: Int, _ take: (Int) -> Void) {
        guard count > 1 else { return }
        // The n-gram of 4 slides through a register; the code that enters next makes it one of 5.
        var four =
            UInt64(Word.boundary) | UInt64(codes[0]) << 16 | UInt64(codes[1]) << 32 | UInt64(codes[2]) << 48
        var next = 3
        while next <= count {
            let fifth = UInt64(codes[next])
            take(row(four, 0x4444_0000_0000_0004))
            take(row(four ^ (fifth &* 0xA24B_AED4_963E_E407), 0x5555_0000_0000_0005))
            four = four >> 16 | fifth << 48
            next &+= 1
        }
        take(row(four, 0x4444_0000_0000_0004))
    }
}

/// How words become the units that windows count: three ideographs in a row share one.
struct UnitCounter: Equatable {
    private var ideographs: Int32 = 0

    /// Whether the next word begins a unit of its own.
    @inline(__always)
    mutating func begins(_ word: borrowing Word) -> Bool {
        guard word.isIdeograph else {
            ideographs = 0
            return true
        }
        ideographs = ideographs == 3 ? 1 : ideographs + 1
        return ideographs == 1
    }
}
