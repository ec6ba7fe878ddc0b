/// A run of encoded text that is being decoded.
struct EncodedRun {
    enum Kind: UInt8 { case none, hex, base32, base64 }

    var kind = Kind.none
    /// Bits not yet handed on, and how many.
    var bits: UInt32 = 0
    var bitCount: UInt8 = 0

    /// Takes one character; false if it isn't of the alphabet.
    ///
    /// - Parameter byte: The byte that is complete now, if any.
    mutating func take(_ character: UInt8, _ byte: inout UInt8?) -> Bool {
        byte = nil
        guard let value = Self.value(character, kind) else { return false }
        let width: UInt8 = kind == .hex ? 4 : kind == .base32 ? 5 : 6
        bits = bits << UInt32(width) | UInt32(value)
        bitCount += width
        if bitCount >= 8 {
            bitCount -= 8
            byte = UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
        }
        return true
    }

    static func value(_ c: UInt8, _ kind: Kind) -> UInt8? {
        switch kind {
        case .none: return nil
        case .hex: return hexDigit(c).map { UInt8($0) }
        case .base32:
            switch c {
            case 0x41...0x5A: return c - 0x41
            case 0x61...0x7A: return c - 0x61
            case 0x32...0x37: return c - 0x32 + 26
            default: return nil
            }
        case .base64:
            switch c {
            case 0x41...0x5A: return c - 0x41
            case 0x61...0x7A: return c - 0x61 + 26
            case 0x30...0x39: return c - 0x30 + 52
            case 0x2B, 0x2D: return 62
            case 0x2F, 0x5F: return 63
            default: return nil
            }
        }
    }
}

// Encodings: a word whose decoded form is text is replaced by that text, read by a reader of its own.
extension WordReader {
    /// Whether the word so far decodes into text; if so a run is open, and the decoded part has been read.
    mutating func openRun(least: Int, _ sink: inout some WordSink & ~Copyable) -> Bool {
        guard count >= least, !traits.contains(.symbol) else { return false }
        let raw = memory.raw
        for kind in [EncodedRun.Kind.hex, .base32, .base64] {
            guard (0..<count).allSatisfy({ EncodedRun.value(raw[$0], kind) != nil }) else { continue }
            for skipped in 0..<(kind == .hex ? 2 : kind == .base32 ? 8 : 4) where skipped < count {
                guard isText(from: skipped, kind, least: least < 8 ? 3 : 5) else { continue }
                return startRun(kind, skipped, &sink)
            }
        }
        return false
    }

    private mutating func startRun(_ kind: EncodedRun.Kind, _ skipped: Int, _ sink: inout some WordSink & ~Copyable)
        -> Bool
    {
        flushSpaced(into: &sink)
        let length = count
        count = 0
        traits = []
        limit = Self.firstCheck
        run = EncodedRun(kind: kind)
        sink.beginView()
        if inner == nil {
            inner = .allocate(capacity: 1)
            inner?.initialize(to: WordReader(lexicon: lexicon, level: level + 1))
            inner?.pointee.settled = settled
            inner?.pointee.borrow(memory.scratch - 1)
        }
        let first = position - length
        for index in skipped..<length { decode(memory.raw[index], at: max(settled, first + index), into: &sink) }
        return true
    }

    /// Reads the next byte as part of the run; false if the run ended before it.
    mutating func continueRun(_ byte: UInt8, into sink: inout some WordSink & ~Copyable) -> Bool {
        guard run.kind != .none else { return false }
        if EncodedRun.value(byte, run.kind) != nil {
            decode(byte, at: position, into: &sink)
            return true
        }
        // Encoders break lines; the text goes on after them.
        if byte == 0x0A || byte == 0x0D, run.kind != .hex || run.bitCount == 0 { return true }
        endRun(into: &sink)
        return false
    }

    private mutating func decode(_ character: UInt8, at offset: Int, into sink: inout some WordSink & ~Copyable) {
        var byte: UInt8?
        guard run.take(character, &byte), let byte, let inner else { return }
        inner.pointee.feed(byte, at: offset, into: &sink)
        settled = max(settled, inner.pointee.isPending ? inner.pointee.settled : offset + 1)
    }

    /// Ends the run: the last decoded word is a word now.
    mutating func endRun(into sink: inout some WordSink & ~Copyable) {
        guard run.kind != .none else { return }
        run = EncodedRun()
        if let inner {
            inner.pointee.position = position
            inner.pointee.close(into: &sink)
        }
        gap = 0
        settled = max(settled, min(scalarStart, position))
    }

    /// Whether the word's raw bytes, decoded from one of its characters on, are text: mostly letters, no control codes.
    private func isText(from skipped: Int, _ kind: EncodedRun.Kind, least: Int) -> Bool {
        var trial = EncodedRun(kind: kind)
        var total = 0
        var good = 0
        var missing = 0
        for index in skipped..<count {
            var byte: UInt8?
            guard trial.take(memory.raw[index], &byte) else { return false }
            guard let byte else { continue }
            total += 1
            switch byte {
            case 0x80...0xBF:
                // Within the first three bytes it may belong to a scalar that began before.
                guard missing > 0 || total <= 3 && skipped > 0 else { return false }
                missing = max(0, missing - 1)
                good += 1
            case _ where missing > 0: return false
            case 0x61...0x7A, 0x41...0x5A, 0x20: good += 1
            case 0x09, 0x0A, 0x0D, 0x21...0x7E: break
            case 0xC2...0xDF: (missing, good) = (1, good + 1)
            case 0xE0...0xEF: (missing, good) = (2, good + 1)
            case 0xF0...0xF4: (missing, good) = (3, good + 1)
            default: return false
            }
        }
        return total >= least && good * 4 >= total * 3
    }
}
