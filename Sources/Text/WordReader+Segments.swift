// Words that were run together are parted again.
extension WordReader {
    /// Parts a run of letters into known words and hands those on; false (and nothing done) if it isn't made of words.
    ///
    /// The cheapest cover wins: a word costs 3 and its rarity in length, an unexplained letter 4. Linear in the run:
    /// no word is longer than 16 letters.
    mutating func segment(
        _ codes: UnsafeMutablePointer<UInt16>, _ count: Int, into sink: inout some WordSink & ~Copyable
    ) -> Bool {
        guard count <= Word.limit else { return false }
        return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 3 * (Word.limit + 1)) { table in
            let cost = table.baseAddress ?? memory.scratch
            let back = cost + Word.limit + 1
            let cuts = back + Word.limit + 1
            cover(codes, count, cost, back)
            var cutCount = 0
            var place = count
            var explained = 0
            while place > 0 {
                let length = Int(back[place] & 0xFF)
                if back[place] & 0x100 != 0 { explained += length }
                cuts[cutCount] = UInt16(truncatingIfNeeded: place)
                cutCount += 1
                place -= length
            }
            guard explained * 10 >= count * 8 else { return false }
            var start = 0
            for index in stride(from: cutCount - 1, through: 0, by: -1) {
                let end = Int(cuts[index])
                // The scratch may be the source: words move to the front only.
                emitPiece(codes, start, end, into: &sink)
                start = end
            }
            return true
        }
    }

    private mutating func emitPiece(
        _ codes: UnsafeMutablePointer<UInt16>, _ start: Int, _ end: Int, into sink: inout some WordSink & ~Copyable
    ) {
        let before = codes[start - 1]
        let after = codes[end]
        codes[start - 1] = Word.boundary
        emit(codes + start, end - start, into: &sink)
        codes[start - 1] = before
        codes[end] = after
    }

    private func cover(
        _ codes: UnsafePointer<UInt16>, _ count: Int, _ cost: UnsafeMutablePointer<UInt16>,
        _ back: UnsafeMutablePointer<UInt16>
    ) {
        cost[0] = 0
        for end in 1...count {
            cost[end] = cost[end - 1] + 9
            back[end] = 1
            for length in 1...min(16, end) {
                let price = cost[end - length] + (length == 1 ? 7 : length == 2 ? 6 : length == 3 ? 5 : 4)
                guard price < cost[end], lexicon.contains(hashOfWord(codes + end - length, length)) else { continue }
                cost[end] = price
                back[end] = UInt16(length) | (length > 1 ? 0x100 : 0x100)
            }
        }
    }
}
