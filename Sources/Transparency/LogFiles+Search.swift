extension LogFiles {
    /// The leaf that holds a record, by bisection over the bundles; `nil` when no leaf of the tree does.
    ///
    /// - Throws: `LeafError` when a file is missing or damaged; or what reading throws.
    public func batch(
        holding sequence: UInt64, in size: UInt64
    ) throws -> (index: UInt64, bytes: [UInt8], batch: DecisionBatch)? {
        let bundles = (size + TilePath.fullWidth - 1) / TilePath.fullWidth
        var (low, high) = (UInt64(0), bundles)
        // The record is in a bundle from `low` on, and before `high`.
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if let first = try firstSequence(from: middle, to: high, in: size), first <= sequence {
                low = middle
            } else {
                high = middle
            }
        }
        while low < bundles {
            for leaf in try decisions(in: low, of: size) {
                if leaf.batch.first > sequence { return nil }
                if sequence < leaf.batch.next { return leaf }
            }
            low += 1
        }
        return nil
    }

    private func firstSequence(from bundle: UInt64, to end: UInt64, in size: UInt64) throws -> UInt64? {
        for index in bundle..<end {
            if let first = try decisions(in: index, of: size).first { return first.batch.first }
        }
        return nil
    }

    private func decisions(
        in bundle: UInt64, of size: UInt64
    ) throws -> [(index: UInt64, bytes: [UInt8], batch: DecisionBatch)] {
        let start = bundle * TilePath.fullWidth
        guard let (path, _) = TilePath.holding(entry: start, in: size) else { return [] }
        return try entries(path).enumerated().compactMap { position, bytes in
            guard case .decisions(let batch) = try Leaf(bytes).content else { return nil }
            return (start + UInt64(position), Array(bytes), batch)
        }
    }
}
