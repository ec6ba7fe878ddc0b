/// Whether the text is rot13, and the words that wait for the answer.
struct Rotation {
    var isOn = false
    /// Words that are words only when turned, since the last plain one; and plain ones since it was on.
    var evidence: Int {
        get { Int(small.evidence) }
        set { small.evidence = Int8(newValue) }
    }
    var misses: Int {
        get { Int(small.misses) }
        set { small.misses = Int8(newValue) }
    }
    /// Codes used of the waiting words.
    var used: Int {
        get { Int(small.used) }
        set { small.used = UInt8(newValue) }
    }
    private var small: (evidence: Int8, misses: Int8, used: UInt8) = (0, 0, 0)
}

// Words: what hides them is undone here, where a whole word is known.
extension WordReader {
    /// Hands on the word before a separator or the end.
    mutating func finishWord(before separator: UInt8 = 0x20, into sink: inout some WordSink & ~Copyable) {
        guard count > 0 else { return }
        if count >= 4, count >= leastEncoded(separator), level < 2, !traits.contains(.folded),
            openRun(least: leastEncoded(separator), &sink)
        {
            // The separator may belong to the run as well.
            if EncodedRun.value(separator, run.kind) == nil { endRun(into: &sink) }
            return
        }
        let length = count
        let kinds = traits
        traits = []
        limit = Self.firstCheck
        // The count stands until the word is out, so that letters flushed before it don't clear it as well.
        if length == 1 {
            single(memory.word[0], kinds, into: &sink)
        } else {
            if spacedCount > 0 { flushSpaced(into: &sink) }
            if spacedMode > 0 { spacedMode -= 1 }
            deliver(memory.word, length, kinds, into: &sink)
        }
        count = 0
        gap = 0
        if spacedCount == 0 { settled = max(settled, scalarEnd) }
    }

    /// How long a word before this separator must be to be tried as encoded text: shorter when it ends in padding, or
    /// when it may be the start of ideographs in base64, whose first letter is one of 4…7.
    private func leastEncoded(_ separator: UInt8) -> Int {
        if separator == 0x3D { return 8 }
        return (separator == 0x2B || separator == 0x2F) && 0x34...0x37 ~= memory.raw[0] ? 4 : 12
    }

    /// Where the scalar being read began: the end of the word before it.
    private var scalarEnd: Int { min(scalarStart, position) }

    /// Hands on everything pending, a full word among it.
    mutating func release(into sink: inout some WordSink & ~Copyable) {
        finishWord(into: &sink)
        flushSpaced(into: &sink)
    }

    /// A word is at its limit: is it encoded text (then a run is open, and true is returned)? At 64 codes it ends.
    mutating func makeRoom(into sink: inout some WordSink & ~Copyable) -> Bool {
        if level < 2, !traits.contains(.folded), openRun(least: 12, &sink) { return true }
        if limit < Word.limit {
            limit = limit == Self.firstCheck ? 40 : Word.limit
        } else {
            release(into: &sink)
        }
        return false
    }

    /// A letter by itself may be one of a s p a c e d word.
    private mutating func single(_ code: UInt16, _ kinds: WordTraits, into sink: inout some WordSink & ~Copyable) {
        if kinds.contains(.symbol), spacedCount == 0, leetMode == 0 { return }
        if kinds.contains(.symbol), code == 0x21 { return }
        if spacedCount > 0, gap > 1 { flushSpaced(into: &sink) }
        if spacedCount == Word.limit { flushSpaced(into: &sink) }
        memory.reserveSpaced(spacedCount + 1)
        memory.spaced[spacedCount] = code
        spacedCount += 1
        spacedTraits.formUnion(kinds)
    }

    /// Hands on the letters that waited: as one word if they look like one, else as they are.
    mutating func flushSpaced(into sink: inout some WordSink & ~Copyable) {
        guard spacedCount > 0 else { return }
        let length = spacedCount
        let kinds = spacedTraits
        spacedCount = 0
        spacedTraits = []
        let hasLetters = !kinds.isDisjoint(with: [.latin, .lookalike, .foreign])
        if length >= 3 && hasLetters || length == 2 && spacedMode > 0 {
            spacedMode = 4
            if length > 12, segment(memory.spaced, length, into: &sink) { return }
            deliver(memory.spaced, length, kinds, into: &sink)
        } else {
            for index in 0..<length {
                memory.scratch[0] = memory.spaced[index]
                if leetMode > 0, let letter = Self.leet(memory.scratch[0]) { memory.scratch[0] = letter }
                let turned = Self.turned(memory.scratch[0])
                if rotation.isOn {
                    memory.scratch[0] = turned
                } else if turned != memory.scratch[0], rotation.used + 2 <= ReaderMemory.rotationRoom {
                    memory.reserveRotated(rotation.used + 2)
                    memory.rotated[rotation.used] = turned
                    memory.rotated[rotation.used + 1] = Word.boundary
                    rotation.used += 2
                }
                emit(memory.scratch, 1, into: &sink)
            }
        }
        settled = max(settled, count == 0 ? scalarEnd : wordStart)
    }

    /// Hands on a word of two codes or more, deciphered if that makes a word of it.
    private mutating func deliver(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, _ kinds: WordTraits,
        into sink: inout some WordSink & ~Copyable
    ) {
        if kinds == .latin || kinds == [.latin, .folded] {
            isLatin = true
            if count > 20 { return deliverLong(codes, count, into: &sink) }
            if leetMode > 0, count > 2 { leetMode -= 1 }
            return deliverPlain(codes, count, isFolded: kinds != .latin, into: &sink)
        }
        var kinds = kinds
        if kinds.contains(.lookalike), kinds.contains(.latin) || (isLatin && !kinds.contains(.foreign)) {
            for index in 0..<count where codes[index] >= 0x80 {
                let letter = fold.lookalike(codes[index])
                if letter != 0 { codes[index] = letter }
            }
            kinds.remove(.lookalike)
            kinds.insert(.latin)
            if kinds.isDisjoint(with: [.foreign, .digit, .symbol]) {
                return deliver(codes, count, .latin, into: &sink)
            }
        }
        if !kinds.isDisjoint(with: [.foreign, .lookalike]) {
            if kinds.contains(.foreign) { isLatin = false }
            return emit(codes, count, into: &sink)
        }
        deliverMixed(codes, count, kinds, into: &sink)
    }

    /// Letters with digits or symbols: leet, or parts.
    private mutating func deliverMixed(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, _ kinds: WordTraits,
        into sink: inout some WordSink & ~Copyable
    ) {
        var start = 0
        var end = count
        while end > start, codes[end - 1] == 0x21 { end -= 1 }
        while start < end, codes[start] == 0x21 { start += 1 }
        guard end > start else { return }
        let length = end - start
        let hasSymbols = (start..<end).contains { codes[$0] < 0x30 || codes[$0] == 0x40 }
        let isNumber = !kinds.contains(.latin) && !hasSymbols
        if !hasSymbols, !kinds.contains(.digit) {
            copyToScratch(codes + start, length)
            return length > 20
                ? deliverLong(memory.scratch, length, into: &sink)
                : deliverPlain(memory.scratch, length, isFolded: false, into: &sink)
        }
        if length <= 20, kinds.contains(.latin) || leetMode > 0, readAsLeet(codes + start, length) {
            leetMode = 4
            return emit(memory.scratch, length, into: &sink)
        }
        if length > 20, !isNumber {
            for index in 0..<length { memory.scratch[index] = Self.leet(codes[start + index]) ?? codes[start + index] }
            if !segment(memory.scratch, length, into: &sink) { emitOpaque(memory.scratch, length, into: &sink) }
            return
        }
        // As it stands, parted at the symbols.
        var from = start
        for index in start...end where index == end || codes[index] < 0x30 || codes[index] == 0x40 {
            if index > from {
                copyToScratch(codes + from, index - from)
                if index - from > 24 {
                    emitOpaque(memory.scratch, index - from, into: &sink)
                } else {
                    emit(memory.scratch, index - from, into: &sink)
                }
            }
            from = index + 1
        }
    }

    private func copyToScratch(_ codes: UnsafePointer<UInt16>, _ count: Int) {
        memory.scratch.update(from: codes, count: count)
    }

    /// Writes the word that leet stands for into the scratch; false if that is no word.
    private func readAsLeet(_ codes: UnsafePointer<UInt16>, _ count: Int) -> Bool {
        var doubtful: (Int, Int, Int, Int) = (0, 0, 0, 0)
        var doubts = 0
        let scratch = memory.scratch
        for index in 0..<count {
            let code = codes[index]
            guard code < 0x41 else {
                scratch[index] = code
                continue
            }
            guard let letter = Self.leet(code) else { return false }
            scratch[index] = letter
            guard code == 0x31 || code == 0x21 || code == 0x36, doubts < 4 else { continue }
            withUnsafeMutableBytes(of: &doubtful) { $0.storeBytes(of: index, toByteOffset: doubts * 8, as: Int.self) }
            doubts += 1
        }
        for choice in 0..<(1 << doubts) {
            withUnsafeBytes(of: doubtful) { places in
                for doubt in 0..<doubts {
                    let place = places.load(fromByteOffset: doubt * 8, as: Int.self)
                    let isSix = codes[place] == 0x36
                    let second = choice >> doubt & 1 == 1
                    scratch[place] = isSix ? (second ? 0x62 : 0x67) : (second ? 0x6C : 0x69)
                }
            }
            if lexicon.contains(hashOfWord(scratch, count)) { return true }
        }
        for index in 0..<count where codes[index] == 0x31 || codes[index] == 0x21 { scratch[index] = 0x69 }
        return leetMode > 1
    }

    /// The letter that a digit or symbol stands for in leet.
    static func leet(_ code: UInt16) -> UInt16? {
        switch code {
        case 0x30: 0x6F
        case 0x31, 0x21: 0x69
        case 0x32: 0x7A
        case 0x33: 0x65
        case 0x34, 0x40: 0x61
        case 0x35, 0x24: 0x73
        case 0x36, 0x39: 0x67
        case 0x37: 0x74
        case 0x38: 0x62
        default: nil
        }
    }

    /// More than 20 letters: words run together, or one very long word.
    private mutating func deliverLong(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, into sink: inout some WordSink & ~Copyable
    ) {
        if segment(codes, count, into: &sink) { return }
        copyToScratch(codes, min(count, 24))
        emit(memory.scratch, min(count, 24), into: &sink)
        if count > 24 {
            copyToScratch(codes + 24, count - 24)
            emitOpaque(memory.scratch, count - 24, into: &sink)
        }
    }

    /// ASCII letters: a plain word, or one of a text in rot13.
    private mutating func deliverPlain(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, isFolded: Bool, into sink: inout some WordSink & ~Copyable
    ) {
        let hash = hashOfWord(codes, count)
        let isKnown = lexicon.contains(hash)
        if isKnown, !rotation.isOn, rotation.used == 0 { return emit(codes, count, hash, into: &sink) }
        let turned = memory.turned
        turn(codes, count)
        if isFolded, codes == memory.word {
            // An accented letter is no letter to rot13.
            for index in 0..<count where memory.raw[index] == 0 { turned[index] = codes[index] }
        }
        let turnedHash = hashOfWord(turned, count)
        let isTurnedKnown = lexicon.contains(turnedHash)
        if rotation.isOn {
            rotation.misses = isKnown && !isTurnedKnown ? rotation.misses + 1 : isTurnedKnown ? 0 : rotation.misses
            if rotation.misses < 2 { return emit(turned, count, turnedHash, into: &sink) }
            rotation = Rotation()
            return emit(codes, count, hash, into: &sink)
        }
        if isKnown, !isTurnedKnown {
            // One plain word may be chance (the cipher of "one" is "bar"); more of them end the suspicion.
            rotation.evidence -= min(count, 4)
            if rotation.evidence <= 0 {
                rotation = Rotation()
                return emit(codes, count, hash, into: &sink)
            }
        }
        if rotation.used + count + 1 > ReaderMemory.rotationRoom { rotation = Rotation() }
        memory.reserveRotated(rotation.used + count + 1)
        (memory.rotated + rotation.used).update(from: turned, count: count)
        memory.rotated[rotation.used + count] = Word.boundary
        rotation.used += count + 1
        if isTurnedKnown, !isKnown { rotation.evidence += min(count, 4) }
        guard rotation.evidence >= 8 else { return emit(codes, count, hash, into: &sink) }
        rotation.isOn = true
        sink.restart()
        var start = 0
        for index in 0..<rotation.used where memory.rotated[index] == Word.boundary {
            copyToScratch(memory.rotated + start, index - start)
            emit(memory.scratch, index - start, into: &sink)
            start = index + 1
        }
    }

    /// Writes a word of Latin letters, each thirteen places on, into `memory.turned`: four at a time, which all buffers have
    /// room for.
    @inline(__always)
    private func turn(_ codes: UnsafePointer<UInt16>, _ count: Int) {
        let (from, to) = (UnsafeRawPointer(codes), UnsafeMutableRawPointer(memory.turned))
        var index = 0
        while index < count {
            let four = from.loadUnaligned(fromByteOffset: index * 2, as: UInt64.self)
            // In each lane: is it one of the second thirteen?
            let isLate = (four &+ 0x7F92_7F92_7F92_7F92) >> 15 & 0x0001_0001_0001_0001
            to.storeBytes(of: four &+ 0x000D_000D_000D_000D &- isLate &* 26, toByteOffset: index * 2, as: UInt64.self)
            index &+= 4
        }
    }

    /// A letter, thirteen places on.
    @inline(__always)
    static func turned(_ code: UInt16) -> UInt16 {
        let place = code &- 0x61
        return place < 13 ? code &+ 13 : place < 26 ? code &- 13 : code
    }

    mutating func emit(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, into sink: inout some WordSink & ~Copyable
    ) {
        emit(codes, count, hashOfWord(codes, count), into: &sink)
    }

    @inline(__always)
    mutating func emit(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, _ hash: UInt64, into sink: inout some WordSink & ~Copyable
    ) {
        codes[count] = Word.boundary
        ideographs = 0
        sink.take(
            Word(
                codes: UnsafePointer(codes), count: count, isIdeograph: false, isOpaque: false, hash: hash,
                start: settled, end: scalarEnd))
    }

    /// Hands on what is no word.
    private mutating func emitOpaque(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, into sink: inout some WordSink & ~Copyable
    ) {
        codes[count] = Word.boundary
        sink.take(
            Word(
                codes: UnsafePointer(codes), count: count, isIdeograph: false, isOpaque: true, hash: 0, start: settled,
                end: scalarEnd))
    }
}
