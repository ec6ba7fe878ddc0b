// The shortest way: plain words that the sink has met before go to it in registers.
extension WordReader {
    /// Whether nothing is pending, and nothing that came before bears on how plain words are read, but for `rotation`.
    @inline(__always)
    var isPlain: Bool {
        count | spacedCount | spacedMode | leetMode == 0 && !rotation.isOn && traits.isEmpty
    }

    /// Reads words that the sink has met before, each with what parts it from the next, while nothing else comes.
    ///
    /// Words this short are not tried as encoded text. What each leaves behind is what the long way would.
    ///
    /// - Returns: Where the first word begins that goes the long way.
    @inline(__always)
    mutating func readKnown(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, at offset: Int,
        into sink: inout some WordSink & ~Copyable
    ) -> UnsafePointer<UInt8> {
        var (next, place) = (start, offset)
        while next < end {
            var length = 0
            if ascii[Int(next.pointee)] & ASCIITable.separator != 0 {
                if gap < 255 { gap &+= 1 }
            } else {
                var letters = (low: UInt64(0), high: UInt64(0))
                length = plainWord(next, end, &letters)
                guard length > 0 else { break }
                if length == 1 {
                    // A letter goes out with the word behind it: until then it may be one of a s p a c e d word.
                    var more = letters
                    let behind = end - next > 2 ? plainWord(next + 2, end, &more) : 0
                    guard behind > 1, takeLetter(letters, place, behind, &sink) else { break }
                } else {
                    guard takeKnown(letters, length, place, &sink) else { break }
                }
                (ideographs, gap) = (0, 1)
            }
            next += length &+ 1
            place &+= length &+ 1
            settled = place
        }
        if next > start { (scalarStart, position) = (place &- 1, place) }
        return next
    }

    /// How many letters a plain word has that begins here and ends before a separator; 0 if it is none.
    @inline(__always)
    private func plainWord(
        _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ letters: inout (low: UInt64, high: UInt64)
    ) -> Int {
        let first = EightBytes(at: start, available: end - start)
        var length = first.letters
        guard length > 0 else { return 0 }
        letters = (first.lower(length), 0)
        if length == 8, end - start > 8 {
            let second = EightBytes(at: start + 8, available: end - start - 8)
            let more = second.letters
            if more > 0 { letters.high = second.lower(more) }
            length &+= more
        }
        guard length <= PlainWord.limit, start + length < end else { return 0 }
        // Before an equals sign shorter words may be encoded text.
        let separator = start[length]
        return ascii[Int(separator)] & ASCIITable.separator != 0 && separator != 0x3D ? length : 0
    }

    /// Hands on a word of two letters or more; false if it goes the long way.
    @inline(__always)
    private mutating func takeKnown(
        _ letters: (low: UInt64, high: UInt64), _ length: Int, _ place: Int, _ sink: inout some WordSink & ~Copyable
    ) -> Bool {
        guard rotation.evidence <= min(length, 4) else { return false }
        let word = PlainWord(letters: letters, count: length, start: settled, end: place &+ length)
        guard let standing = sink.takeKnown(word) else { return false }
        isLatin = true
        if standing == .strange {
            noteTurned(letters, length)
        } else if rotation.used != 0 {
            rotation = Rotation()
        }
        return true
    }

    /// Hands on a letter by itself, before a separator and a plain word with so many letters; false if it goes the long way.
    private mutating func takeLetter(
        _ letter: (low: UInt64, high: UInt64), _ place: Int, _ behind: Int, _ sink: inout some WordSink & ~Copyable
    ) -> Bool {
        let word = PlainWord(letters: letter, count: 1, start: settled, end: place &+ 2 &+ behind)
        guard sink.takeKnown(word) != nil else { return false }
        if rotation.used + 2 <= ReaderMemory.rotationRoom { noteTurned(letter, 1) }
        return true
    }

    /// Notes what a word would be if it were rot13.
    private mutating func noteTurned(_ letters: (low: UInt64, high: UInt64), _ length: Int) {
        if rotation.used + length + 1 > ReaderMemory.rotationRoom { rotation = Rotation() }
        memory.reserveRotated(rotation.used + length + 1)
        var rest = letters
        for index in rotation.used..<(rotation.used + length) {
            memory.rotated[index] = Self.turned(UInt16(truncatingIfNeeded: rest.low & 0xFF))
            rest = (rest.low >> 8 | rest.high << 56, rest.high >> 8)
        }
        memory.rotated[rotation.used + length] = Word.boundary
        rotation.used += length + 1
    }
}
