/// Who is served next when all that serves is busy: deficit round robin over organisations.
///
/// A pure value, bounded in all and for each organisation. Each organisation has a line of its own; the lines are visited in
/// turn, and each visit lets it spend one quantum of cost more. So one organisation with a thousand waiting exchanges and one with
/// a single one get the same share of what is served, measured in cost, and neither waits for the other's backlog. Taking and
/// putting cost the same however many wait, as long as no cost passes the quantum.
///
/// - SeeAlso: Shreedhar and Varghese, Efficient Fair Queueing Using Deficit Round Robin (SIGCOMM 1995).
public struct FairQueue<Holder: Hashable & Sendable, Element: Sendable>: Sendable {
    /// Why an element was not taken in.
    public enum Refusal: Error, Sendable, Equatable {
        /// As much waits as may wait in all.
        case full
        /// As much of this holder waits as may.
        case holderFull
    }

    /// A place in the queue, by which an element that no longer waits is taken out.
    public struct Ticket: Sendable, Hashable {
        let holder: Holder
        let number: UInt64
    }

    private struct Waiting: Sendable {
        let number: UInt64
        let cost: Int64
        /// `nil` once it was taken out.
        var element: Element?
    }

    private struct Line: Sendable {
        var waiting: [Waiting] = []
        var first = 0
        var count = 0
        var deficit: Int64 = 0

        /// The first that waits, if it can be paid for.
        mutating func next() -> Element? {
            while first < waiting.count, waiting[first].element == nil { first += 1 }
            guard first < waiting.count, waiting[first].cost <= deficit else { return nil }
            let found = waiting[first]
            waiting[first].element = nil
            first += 1
            deficit -= found.cost
            count -= 1
            if first >= 64, first * 2 >= waiting.count {
                waiting.removeFirst(first)
                first = 0
            }
            return found.element
        }

        mutating func remove(_ number: UInt64) -> Element? {
            // Numbers ascend in a line.
            var (low, high) = (first, waiting.count)
            while low < high {
                let middle = (low + high) / 2
                if waiting[middle].number < number { low = middle + 1 } else { high = middle }
            }
            guard low < waiting.count, waiting[low].number == number, let element = waiting[low].element else {
                return nil
            }
            waiting[low].element = nil
            count -= 1
            return element
        }
    }

    private let most: Int
    private let mostForOne: Int
    private let quantum: Int64
    private var lines: [Holder: Line] = [:]
    /// Holders with something waiting, in the order of their turns; those in front of `turn` have had theirs.
    private var ring: [Holder] = []
    private var turn = 0
    private var numbers: UInt64 = 0

    /// How many wait.
    public private(set) var count = 0

    /// An empty queue.
    ///
    /// - Parameters:
    ///   - most: How many may wait in all, at least 1.
    ///   - mostForOne: How many of one holder may wait, at least 1.
    ///   - quantum: The cost that each visit lets a holder spend, 1 to 2⁴⁰.
    public init(most: Int = 1024, mostForOne: Int = 256, quantum: Int64 = 1024) {
        self.most = max(1, most)
        self.mostForOne = max(1, mostForOne)
        self.quantum = min(max(1, quantum), 1 << 40)
    }

    private var highestCost: Int64 { quantum * 1000 }

    /// Lets an element wait at the end of its holder's line.
    ///
    /// - Parameter cost: What serving it takes, such as its tokens; put into 1...1,000 quanta.
    /// - Throws: `Refusal` where there is no room.
    public mutating func put(_ element: Element, of holder: Holder, cost: Int64 = 1) throws(Refusal) -> Ticket {
        guard count < most else { throw .full }
        guard lines[holder]?.count ?? 0 < mostForOne else { throw .holderFull }
        numbers &+= 1
        let cost = min(max(1, cost), highestCost)
        if lines[holder] == nil {
            lines[holder] = Line()
            ring.append(holder)
        }
        lines[holder]?.waiting.append(Waiting(number: numbers, cost: cost, element: element))
        lines[holder]?.count += 1
        count += 1
        return Ticket(holder: holder, number: numbers)
    }

    /// The element that is served next; `nil` if none waits.
    public mutating func take() -> Element? {
        while count > 0 {
            let holder = ring[turn]
            if let element = lines[holder]?.next() {
                count -= 1
                if lines[holder]?.count == 0 { leave() }
                return element
            }
            lines[holder]?.deficit += quantum
            turn = turn + 1 < ring.count ? turn + 1 : 0
        }
        return nil
    }

    /// Takes out an element that no longer waits; `nil` if it has been served or taken out before.
    public mutating func remove(_ ticket: Ticket) -> Element? {
        guard let element = lines[ticket.holder]?.remove(ticket.number) else { return nil }
        count -= 1
        if lines[ticket.holder]?.count == 0, let place = ring.firstIndex(of: ticket.holder) {
            lines[ticket.holder] = nil
            ring.remove(at: place)
            if place < turn { turn -= 1 }
            if turn >= ring.count { turn = 0 }
        }
        return element
    }

    /// How many of one holder wait.
    public func count(of holder: Holder) -> Int { lines[holder]?.count ?? 0 }

    /// The holder at its turn has nothing left: it goes, and with it what it did not spend.
    private mutating func leave() {
        lines[ring[turn]] = nil
        ring.remove(at: turn)
        if turn >= ring.count { turn = 0 }
    }
}
