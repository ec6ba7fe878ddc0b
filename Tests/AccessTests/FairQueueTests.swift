import Testing

@testable import Access

@Suite("The fair queue")
struct FairQueueTests {
    @Test("serves a single exchange beside a backlog of a thousand in its turn")
    func backlog() throws {
        var queue = FairQueue<String, String>(most: 2000, mostForOne: 1500, quantum: 10)
        for number in 0..<1000 { _ = try queue.put("big \(number)", of: "big", cost: 10) }
        _ = try queue.put("small", of: "small", cost: 10)
        let served = (0..<3).compactMap { _ in queue.take() }
        #expect(served.contains("small"))
        #expect(queue.count == 998)
    }

    @Test("shares what is served by cost, whatever the sizes", arguments: 0..<20)
    func shares(_ seed: UInt64) throws {
        var random = Seeded(state: seed)
        var queue = FairQueue<Int, (holder: Int, cost: Int64)>(most: 1 << 20, mostForOne: 1 << 20, quantum: 500)
        let holders = Int.random(in: 2...6, using: &random)
        for holder in 0..<holders {
            let most = Int64.random(in: 2...500, using: &random)
            for _ in 0..<4000 {
                let cost = Int64.random(in: 1...most, using: &random)
                _ = try queue.put((holder, cost), of: holder, cost: cost)
            }
        }
        var shares = [Int64](repeating: 0, count: holders)
        // As long as everyone still waits.
        while (0..<holders).allSatisfy({ queue.count(of: $0) > 0 }), let next = queue.take() {
            shares[next.holder] += next.cost
        }
        let (least, most) = (shares.min() ?? 0, shares.max() ?? 0)
        #expect(most - least <= 2 * 500)
    }

    @Test("keeps the order of each holder, loses nothing and invents nothing", arguments: 0..<50)
    func model(_ seed: UInt64) {
        var random = Seeded(state: seed)
        var queue = FairQueue<Int, Int>(most: 200, mostForOne: 60, quantum: 5)
        var lines: [Int: [(number: Int, ticket: FairQueue<Int, Int>.Ticket)]] = [:]
        for number in 0..<5000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let holder = Int.random(in: 0..<5, using: &random)
                let all = lines.values.reduce(0) { $0 + $1.count }
                do throws(FairQueue<Int, Int>.Refusal) {
                    let cost = Int64.random(in: -1...12, using: &random)
                    let ticket = try queue.put(number, of: holder, cost: cost)
                    lines[holder, default: []].append((number, ticket))
                    #expect(all < 200)
                } catch {
                    #expect(error == (all >= 200 ? .full : .holderFull))
                }
            case 2:
                guard let holder = lines.keys.randomElement(using: &random),
                    let place = lines[holder]?.indices.randomElement(using: &random),
                    let gone = lines[holder]?.remove(at: place)
                else { continue }
                let first = queue.remove(gone.ticket)
                let second = queue.remove(gone.ticket)
                #expect(first == gone.number && second == nil)
            default:
                let taken = queue.take()
                guard let taken else {
                    #expect(lines.values.allSatisfy { $0.isEmpty })
                    continue
                }
                let holder = lines.first { $0.value.first?.number == taken }?.key
                #expect(holder != nil, "out of its order")
                if let holder { lines[holder]?.removeFirst() }
            }
            #expect(queue.count == lines.values.reduce(0) { $0 + $1.count })
        }
    }
}
