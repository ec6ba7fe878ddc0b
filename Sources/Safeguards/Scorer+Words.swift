import Text

// Words: each waits with its rows until it is settled, and its letters are looked at for phrases.
extension Scorer: WordSink {
    mutating func take(_ word: borrowing Word) {
        let known = word.isIdeograph ? nil : memo.find(word)
        // The peak goes on after a finding: a score compares whole texts.
        if let bits = phraseBits {
            let isQuiet = known.map { passesPhrases($0, bits) } ?? false
            if !isQuiet, matchesPhrase(word, bits) { return }
        }
        guard !word.isOpaque else { return }
        if doubts != nil { noteExemplarWord(word) }
        let most = known == nil ? 2 * word.count + 1 : 1
        if waiting == ScorerMemory.mostWaiting || rowsWaiting + most > ScorerMemory.mostRowsWaiting { settle() }
        reserve(known == nil ? WordTrail.most(of: word) : WordTrail.mostOfKnown)
        let (place, firstRow) = (trailEnd, rowsWaiting)
        if let known { note(known) } else { note(word) }
        memory.waiting[waiting] = ScorerMemory.Waiting(
            sum: known?.pointee.sum ?? 0,
            count: known?.pointee.rowCount ?? Int32(truncatingIfNeeded: rowsWaiting - firstRow), place: place,
            start: word.start, end: word.end, length: UInt8(truncatingIfNeeded: trailEnd - place),
            rows: UInt8(truncatingIfNeeded: rowsWaiting - firstRow), script: doubts == nil ? 0 : Self.script(word),
            continues: !counter.begins(word))
        waiting += 1
    }

    mutating func takeKnown(_ word: PlainWord) -> Standing? {
        guard let known = memo.find(word) else { return nil }
        if let bits = phraseBits, !passesPhrases(known, bits) {
            // A phrase may end in it: it goes the way of all words, as the reader would have handed it on.
            take(word.word(codes: memo.codes(of: known), hash: known.pointee.hash))
            return known.pointee.standing
        }
        if doubts != nil { noteExemplarWord(word.word(codes: memo.codes(of: known), hash: known.pointee.hash)) }
        if waiting == ScorerMemory.mostWaiting || rowsWaiting == ScorerMemory.mostRowsWaiting { settle() }
        reserve(WordTrail.mostOfKnown)
        let place = trailEnd
        note(known)
        (memory.waiting + waiting).initialize(
            to: ScorerMemory.Waiting(
                sum: known.pointee.sum, count: known.pointee.rowCount, place: place, start: word.start, end: word.end,
                length: UInt8(WordTrail.known), rows: 1))
        waiting &+= 1
        counter = UnitCounter()
        return known.pointee.standing
    }

    /// Makes sure of room for so many bytes more of the trail.
    @inline(__always)
    private mutating func reserve(_ most: Int) {
        guard trailEnd - memory.start + most > memory.trailRoom else { return }
        settle()
        memory.makeTrailRoom(most, from: min(start(ofLast: plan.pointee.longest), trailEnd), to: trailEnd)
    }

    /// Notes a word that has been kept: the row that joins it to the word before, and its place in the memo.
    @inline(__always)
    private mutating func note(_ known: UnsafePointer<WordMemo.Entry>) {
        let joined = UInt32(truncatingIfNeeded: hash.joins(known.pointee.hash))
        memory.waitingRows[rowsWaiting] = joined
        rowsWaiting &+= 1
        memory.trail.from(trailEnd - memory.start).write(joined, known.pointee.mark)
        trailEnd &+= WordTrail.known
    }

    /// Notes the squashed codes of a word that has been kept, if no phrase may end in it.
    @inline(__always)
    private mutating func passesPhrases(_ known: UnsafePointer<WordMemo.Entry>, _ bits: UnsafePointer<UInt64>) -> Bool {
        let count = Int(known.pointee.count)
        guard known.pointee.isQuiet else { return false }
        if historyCount + WordMemo.longest > memory.codeRoom { historyCount = memory.makeCodeRoom(used: historyCount) }
        let squashed = UnsafeRawPointer(known) + WordMemo.Entry.squashed
        var (last, first) = (ending, squashed.load(as: UInt64.self))
        var (left, early) = (min(count, 3), known.pointee.endsEarly)
        // Nothing is looked for past the last code where a phrase may end, and the last codes of longer words are known.
        while count > 3 ? early != 0 : left > 0 {
            last = last >> 16 | first << 48
            if early & 1 != 0, PhraseSet.mayEnd(with: last, bits) { return false }
            (first, left, early) = (first >> 16, left &- 1, early >> 1)
        }
        let codes = UnsafeMutableRawPointer(memory.codes + historyCount)
        codes.storeBytes(of: squashed.load(as: SIMD8<UInt16>.self), as: SIMD8<UInt16>.self)
        codes.storeBytes(
            of: squashed.load(fromByteOffset: 16, as: SIMD8<UInt16>.self), toByteOffset: 16, as: SIMD8<UInt16>.self)
        historyCount += count
        ending = count > 3 ? known.pointee.ending : last
        return true
    }

    /// Notes a word and its rows, without a look at their weights.
    private mutating func note(_ word: borrowing Word) {
        let rows = memory.waitingRows + rowsWaiting
        var count = 0
        hash.forEach(word) { row in
            rows[count] = UInt32(truncatingIfNeeded: row)
            count &+= 1
        }
        rowsWaiting &+= count
        trailEnd &+= memory.trail.from(trailEnd - memory.start).write(word, rows, count)
        if memo.shouldKeep(word) {
            memo.keep(
                word, rows: (UnsafePointer(rows), count), lexicon: policy.model.lexicon, phrases: policy.phrases,
                under: plan.pointee)
        }
    }

    /// Whether a phrase ends in this word; if so, it is the finding, unless a word before was.
    private mutating func matchesPhrase(_ word: borrowing Word, _ bits: UnsafePointer<UInt64>) -> Bool {
        let squashed = plan.pointee.squashed
        var index = word.isIdeograph ? word.count - 1 : 0
        while index < word.count {
            if historyCount == memory.codeRoom { historyCount = memory.makeCodeRoom(used: historyCount) }
            let history = memory.codes
            let stop = min(word.count, index + memory.codeRoom - historyCount)
            var (place, last) = (historyCount, ending)
            var suspected = false
            while index < stop, !suspected {
                let code = word.codes[index]
                let read = code < 0x80 ? squashed[Int(code)] : code
                history[place] = read
                last = last >> 16 | UInt64(read) << 48
                suspected = PhraseSet.mayEnd(with: last, bits)
                index &+= 1
                place &+= 1
            }
            (historyCount, ending) = (place, last)
            guard suspected, place >= 4 else { continue }
            guard let rule = policy.phrases.match(endingAt: history + (place - 1), key: last, readable: place)
            else { continue }
            settle()
            guard finding == nil else { return false }
            find(rule, .phrase, 1, word.start, word.end)
            if finding != nil { return true }
        }
        return false
    }
}
