/// An escape in progress: `%41`, `\x41`, `\u0041`.
struct Escape {
    /// 0 when none; else how many digits it wants.
    var wanted: UInt8 = 0
    var seen: UInt8 = 0
    var value: UInt16 = 0
    /// The characters so far, to be read as they stand if it is none.
    var lead: UInt8 = 0
    var digits: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
    var isOpen: Bool { lead != 0 }
}

// Bytes: escapes, then UTF-8, then scalars.
extension WordReader {
    /// Reads a byte past the escapes already undone (`stage`, at most 2).
    mutating func read(_ byte: UInt8, stage: Int, into sink: inout some WordSink & ~Copyable) {
        if stage == 0, scalarMissing == 0, !isEscaping { scalarStart = position }
        guard stage < 2 else { return readPlain(byte, into: &sink) }
        let open = stage == 0 ? escapes.0 : escapes.1
        if open.isOpen { return resume(open, byte, stage, &sink) }
        guard byte == 0x25 || byte == 0x5C, run.kind == .none else {
            return read(byte, stage: stage + 1, into: &sink)
        }
        set(Escape(wanted: byte == 0x25 ? 2 : 0, lead: byte), stage)
    }

    private mutating func set(_ escape: Escape, _ stage: Int) {
        if stage == 0 { escapes.0 = escape } else { escapes.1 = escape }
    }

    private mutating func resume(
        _ open: Escape, _ byte: UInt8, _ stage: Int, _ sink: inout some WordSink & ~Copyable
    ) {
        if open.lead == 0x5C, open.wanted == 0 { return resumeBackslash(byte, stage, &sink) }
        guard let digit = hexDigit(byte) else {
            replay(open, stage, &sink)
            return read(byte, stage: stage, into: &sink)
        }
        var escape = open
        withUnsafeMutableBytes(of: &escape.digits) { $0[Int(open.seen & 3)] = byte }
        escape.seen += 1
        escape.value = escape.value << 4 | UInt16(digit)
        guard escape.seen == escape.wanted else { return set(escape, stage) }
        set(Escape(), stage)
        if escape.wanted == 4 {
            closeScalar(into: &sink)
            read(scalar: UInt32(escape.value), into: &sink)
        } else {
            read(UInt8(truncatingIfNeeded: escape.value), stage: stage + 1, into: &sink)
        }
    }

    /// After a backslash: `x` and `u` open an escape, `n`, `r` and `t` are white space, anything else is itself.
    private mutating func resumeBackslash(_ byte: UInt8, _ stage: Int, _ sink: inout some WordSink & ~Copyable) {
        switch byte {
        case 0x78, 0x75: set(Escape(wanted: byte == 0x78 ? 2 : 4, lead: 0x5C), stage)
        case 0x6E, 0x72, 0x74:
            set(Escape(), stage)
            read(0x20, stage: stage + 1, into: &sink)
        default:
            set(Escape(), stage)
            readPlain(0x5C, into: &sink)
            read(byte, stage: stage, into: &sink)
        }
    }

    /// It was no escape: reads its characters as they stand.
    private mutating func replay(_ open: Escape, _ stage: Int, _ sink: inout some WordSink & ~Copyable) {
        set(Escape(), stage)
        readPlain(open.lead, into: &sink)
        if open.lead == 0x5C, open.wanted != 0 { readPlain(open.wanted == 4 ? 0x75 : 0x78, into: &sink) }
        withUnsafeBytes(of: open.digits) { digits in
            for index in 0..<Int(min(4, open.seen)) { readPlain(digits[index], into: &sink) }
        }
    }

    mutating func closeEscapes(into sink: inout some WordSink & ~Copyable) {
        if escapes.1.isOpen { replay(escapes.1, 1, &sink) }
        if escapes.0.isOpen { replay(escapes.0, 0, &sink) }
    }

    /// Reads a byte of UTF-8; an ill-formed sequence counts as one separator.
    mutating func readPlain(_ byte: UInt8, into sink: inout some WordSink & ~Copyable) {
        if run.kind != .none {
            if continueRun(byte, into: &sink) { return }
        }
        if scalarMissing > 0 {
            if byte >= scalarLow, byte <= scalarHigh {
                scalar = scalar << 6 | UInt32(byte & 0x3F)
                scalarMissing -= 1
                (scalarLow, scalarHigh) = (0x80, 0xBF)
                if scalarMissing == 0 { read(scalar: scalar, into: &sink) }
                return
            }
            closeScalar(into: &sink)
            scalarStart = position
        }
        guard byte >= 0x80 else { return readASCII(byte, into: &sink) }
        switch byte {
        case 0xC2...0xDF: (scalar, scalarMissing) = (UInt32(byte & 0x1F), 1)
        case 0xE0...0xEF:
            (scalar, scalarMissing) = (UInt32(byte & 0x0F), 2)
            if byte == 0xE0 { scalarLow = 0xA0 }
            if byte == 0xED { scalarHigh = 0x9F }
        case 0xF0...0xF4:
            (scalar, scalarMissing) = (UInt32(byte & 0x07), 3)
            if byte == 0xF0 { scalarLow = 0x90 }
            if byte == 0xF4 { scalarHigh = 0x8F }
        default: read(scalar: 0xFFFD, into: &sink)
        }
    }

    /// A sequence that was broken off is a separator.
    mutating func closeScalar(into sink: inout some WordSink & ~Copyable) {
        guard scalarMissing > 0 else { return }
        scalarMissing = 0
        (scalarLow, scalarHigh) = (0x80, 0xBF)
        read(scalar: 0xFFFD, into: &sink)
    }

    private mutating func readASCII(_ byte: UInt8, into sink: inout some WordSink & ~Copyable) {
        let entry = ascii[Int(byte)]
        guard entry & ASCIITable.word != 0 else { return separate(byte, into: &sink) }
        if count >= limit, makeRoom(into: &sink), continueRun(byte, into: &sink) { return }
        if count == 0 { wordStart = scalarStart }
        memory.word[count] = entry & 0xFF
        memory.raw[count] = byte
        count += 1
        traits.formUnion(WordTraits(rawValue: UInt8(truncatingIfNeeded: entry >> 8) & WordTraits.fromAscii))
    }

    /// Reads a scalar above U+007F, or one that was escaped.
    mutating func read(scalar: UInt32, into sink: inout some WordSink & ~Copyable) {
        guard scalar >= 0x80 else { return readASCII(UInt8(truncatingIfNeeded: scalar), into: &sink) }
        let entry = fold.entry(scalar)
        let code = UInt16(truncatingIfNeeded: entry)
        switch ScalarClass(rawValue: UInt8(truncatingIfNeeded: entry >> 24)) ?? .separator {
        case .separator: separate(0x20, into: &sink)
        case .dropped:
            // A word swollen by marks doesn't hold the text back for ever.
            if position - settled > 255 { release(into: &sink) }
            if !isPending { settled = position + 1 }
        case .letter:
            let isLookalike = entry >> 16 & 0xFF != 0
            append(code, isLookalike ? .lookalike : code < 0x80 ? .latin : .foreign, into: &sink)
        case .digit: append(code, .digit, into: &sink)
        case .ideograph: read(ideograph: code == 0 ? UInt16(truncatingIfNeeded: scalar) : code, into: &sink)
        case .sequence: readSequence(Int(code), into: &sink)
        }
    }

    private mutating func readSequence(_ index: Int, into sink: inout some WordSink & ~Copyable) {
        guard index < fold.sequences.count else { return }
        for code in fold.sequences[index] {
            let entry = code < 0x80 ? 0 : fold.entry(UInt32(code))
            switch ScalarClass(rawValue: UInt8(truncatingIfNeeded: entry >> 24)) ?? .separator {
            case .ideograph: read(ideograph: code, into: &sink)
            case .letter: append(code, .foreign, into: &sink)
            default:
                if code < 0x80, ascii[Int(code)] & ASCIITable.word != 0 {
                    append(code, code >= 0x61 ? .latin : .digit, into: &sink)
                } else {
                    separate(0x20, into: &sink)
                }
            }
        }
    }

    private mutating func append(_ code: UInt16, _ trait: WordTraits, into sink: inout some WordSink & ~Copyable) {
        // Words of other scripts are handed on every 24 codes, so that little text waits; so is a word swollen by marks.
        let isWide = traits.contains(.foreign) || trait == .foreign
        if (isWide && count >= 24) || position - settled > 255 { release(into: &sink) }
        if count >= limit, makeRoom(into: &sink) { endRun(into: &sink) }
        if count == 0 { wordStart = scalarStart }
        memory.word[count] = code
        memory.raw[count] = 0
        count += 1
        traits.formUnion([trait, .folded])
    }

    private mutating func read(ideograph code: UInt16, into sink: inout some WordSink & ~Copyable) {
        finishWord(into: &sink)
        flushSpaced(into: &sink)
        handOn(ideograph: code, into: &sink)
    }

    /// Reads ideographs of three bytes each while nothing else comes; no word, escape or run may be pending.
    ///
    /// What each leaves behind is what byte after byte would.
    ///
    /// - Returns: Where the first character begins that is none.
    mutating func readIdeographs(
        from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>, at offset: Int,
        into sink: inout some WordSink & ~Copyable
    ) -> UnsafePointer<UInt8> {
        var (next, place) = (start, offset)
        // Behind these first bytes any two of 80…BF are well-formed.
        while end - next >= 3, 0xE3...0xEC ~= next[0], next[1] & 0xC0 == 0x80, next[2] & 0xC0 == 0x80 {
            let scalar = UInt32(next[0] & 0x0F) << 12 | UInt32(next[1] & 0x3F) << 6 | UInt32(next[2] & 0x3F)
            let entry = fold.entry(scalar)
            guard UInt8(truncatingIfNeeded: entry >> 24) == ScalarClass.ideograph.rawValue else { break }
            let code = UInt16(truncatingIfNeeded: entry)
            (scalarStart, wordStart, position) = (place, place, place &+ 2)
            handOn(ideograph: code == 0 ? UInt16(truncatingIfNeeded: scalar) : code, into: &sink)
            (next, place) = (next + 3, place &+ 3)
        }
        return next
    }

    /// Hands on an ideograph with those before it.
    @inline(__always)
    private mutating func handOn(ideograph code: UInt16, into sink: inout some WordSink & ~Copyable) {
        // One separator between ideographs doesn't part them.
        if ideographs == 0 || gap > 1 { ideographs = 0 }
        let context = memory.context
        if ideographs == 4 {
            context[0] = context[1]
            context[1] = context[2]
            context[2] = context[3]
            ideographs = 3
        }
        context[ideographs] = code
        ideographs += 1
        context[ideographs] = Word.boundary
        gap = 0
        isLatin = false
        sink.take(
            Word(
                codes: UnsafePointer(context), count: ideographs, isIdeograph: true, isOpaque: false, hash: 0,
                start: settled, end: position + 1))
        settled = position + 1
    }

    mutating func separate(_ byte: UInt8, into sink: inout some WordSink & ~Copyable) {
        if count > 0 { finishWord(before: byte, into: &sink) }
        if run.kind != .none, continueRun(byte, into: &sink) { return }
        if gap < 255 { gap += 1 }
        if spacedCount > 0, gap > 3 { flushSpaced(into: &sink) }
        if !isPending { settled = position + 1 }
    }
}
