/// A bounded queue that serves its owners in turn, so that one with many entries does not keep the others waiting.
struct FairQueue<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        let ticket: UInt64
        let element: Element
    }

    /// The entries of each owner, oldest first; an owner without any is not in it.
    private var lines: [String: [Entry]] = [:]
    /// Owners in the order of their turns.
    private var turns: [String] = []
    private(set) var count = 0

    /// Adds an entry at the end of its owner's line.
    mutating func append(_ element: Element, ticket: UInt64, owner: String) {
        if lines[owner] == nil { turns.append(owner) }
        lines[owner, default: []].append(Entry(ticket: ticket, element: element))
        count += 1
    }

    /// Takes the first entry, in the order of turns, of which `take` makes something; its owner's turn is then over.
    ///
    /// Of each owner's line only the first `depth` entries are asked: the cost stays bounded.
    mutating func takeFirst<Result>(depth: Int = 8, _ take: (Element) -> Result?) -> (ticket: UInt64, result: Result)? {
        for (place, owner) in turns.enumerated() {
            guard let line = lines[owner] else { continue }
            for (index, entry) in line.prefix(depth).enumerated() {
                guard let result = take(entry.element) else { continue }
                lines[owner]?.remove(at: index)
                count -= 1
                turns.remove(at: place)
                if lines[owner]?.isEmpty == true { lines[owner] = nil } else { turns.append(owner) }
                return (entry.ticket, result)
            }
        }
        return nil
    }

    /// Takes an entry out, if it still waits.
    mutating func remove(_ ticket: UInt64, owner: String) -> Bool {
        guard let index = lines[owner]?.firstIndex(where: { $0.ticket == ticket }) else { return false }
        lines[owner]?.remove(at: index)
        count -= 1
        if lines[owner]?.isEmpty == true {
            lines[owner] = nil
            turns.removeAll { $0 == owner }
        }
        return true
    }
}
