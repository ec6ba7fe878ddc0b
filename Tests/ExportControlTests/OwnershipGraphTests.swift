import Testing

@testable import ExportControl

/// Graphs made at random, against answers worked out in the plainest way.
struct OwnershipGraphTests {
    private struct Sketch {
        var shares: [Int: [Int: Int]] = [:]
        var unknown: Set<[Int]> = []
        var listed: Set<Int> = []
        let size: Int

        init(_ numbers: inout SeededNumbers, withUnknown: Bool) {
            size = Int.random(in: 2...9, using: &numbers)
            for owned in 0..<size {
                var left = 100
                for _ in 0..<Int.random(in: 0...3, using: &numbers) {
                    let owner = Int.random(in: 0..<size, using: &numbers)
                    guard owner != owned, shares[owned]?[owner] == nil, left > 0 else { continue }
                    let amount = [10, 20, 30, 40, 49, 50, 51, 60, 100].filter { $0 <= left }.randomElement(
                        using: &numbers)
                    if withUnknown, Int.random(in: 0..<5, using: &numbers) == 0 {
                        unknown.insert([owner, owned])
                    }
                    shares[owned, default: [:]][owner] = amount ?? left
                    left -= amount ?? left
                }
            }
            for node in 0..<size where Int.random(in: 0..<4, using: &numbers) == 0 { listed.insert(node) }
        }

        var records: [OwnershipRecord] {
            shares.sorted { $0.key < $1.key }.flatMap { owned, owners in
                owners.sorted { $0.key < $1.key }.map { owner, amount in
                    OwnershipRecord(
                        owner: "P\(owner)", owned: "P\(owned)",
                        share: unknown.contains([owner, owned]) ? .unknown : ShareBounds(Share(percent: amount)))
                }
            }
        }

        var lists: [(party: String, list: String)] { listed.sorted().map { ("P\($0)", "Entity List") } }

        /// Half or more in sum by what is reached, until nothing more is reached.
        var reached: Set<Int> {
            var reached = listed
            while true {
                let more = (0..<size).filter { node in
                    !reached.contains(node)
                        && (shares[node] ?? [:]).reduce(0) { $0 + (reached.contains($1.key) ? $1.value : 0) } >= 50
                }
                if more.isEmpty { return reached }
                reached.formUnion(more)
            }
        }

        /// Everybody whom a party controls.
        func controlled(by root: Int) -> Set<Int> {
            var group: Set<Int> = [root]
            while true {
                let more = (0..<size).filter { node in
                    !group.contains(node)
                        && (shares[node] ?? [:]).reduce(0) { $0 + (group.contains($1.key) ? $1.value : 0) } >= 50
                }
                if more.isEmpty { return group }
                group.formUnion(more)
            }
        }

        /// The one controller whom nobody controls; the party itself without any; nil where that is not one party.
        func parent(of node: Int) -> Int? {
            let above = (0..<size).filter { $0 != node && controlled(by: $0).contains(node) }
            guard !above.isEmpty else { return node }
            let tops = above.filter { top in !(0..<size).contains { $0 != top && controlled(by: $0).contains(top) } }
            return tops.count == 1 ? tops[0] : nil
        }
    }

    @Test("Parents and reach agree with the plain definition, rings included", arguments: [21, 22, 23] as [UInt64])
    func plainDefinition(_ seed: UInt64) {
        var numbers = SeededNumbers(seed)
        var parented = 0
        for _ in 0..<700 {
            let sketch = Sketch(&numbers, withUnknown: false)
            let graph = OwnershipGraph(sketch.records, listed: sketch.lists, on: nil)
            let reached = sketch.reached
            for node in 0..<sketch.size {
                guard let number = graph.node("P\(node)") else { continue }
                let state = graph.states[Int(number)]
                #expect(state.certain.contains(.affiliates) == reached.contains(node))
                #expect(state.possible.contains(.affiliates) == reached.contains(node))
                let parent = graph.ultimateParent(of: "P\(node)")
                if let expected = sketch.parent(of: node) {
                    // Two who hold half each, above or below, leave no single parent, though one may be on top.
                    if parent != nil { #expect(parent == "P\(expected)") }
                    parented += parent == "P\(expected)" && expected != node ? 1 : 0
                } else {
                    #expect(parent == nil)
                }
            }
        }
        #expect(parented > 300)
    }

    @Test("What is certain with unknown shares holds when they are known", arguments: [31, 32] as [UInt64])
    func unknownShares(_ seed: UInt64) {
        var numbers = SeededNumbers(seed)
        for _ in 0..<700 {
            let sketch = Sketch(&numbers, withUnknown: true)
            let graph = OwnershipGraph(sketch.records, listed: sketch.lists, on: nil)
            let reached = sketch.reached
            for node in 0..<sketch.size {
                guard let number = graph.node("P\(node)") else { continue }
                let state = graph.states[Int(number)]
                if state.certain.contains(.affiliates) { #expect(reached.contains(node)) }
                if !state.possible.contains(.affiliates) { #expect(!reached.contains(node)) }
                if let parent = graph.ultimateParent(of: "P\(node)"), let expected = sketch.parent(of: node) {
                    #expect(parent == "P\(expected)")
                }
            }
        }
    }

    @Test("After any change everything is as if built anew", arguments: [41, 42, 43] as [UInt64])
    func changes(_ seed: UInt64) {
        var numbers = SeededNumbers(seed)
        for _ in 0..<150 {
            let sketch = Sketch(&numbers, withUnknown: true)
            var shares: [[String]: ShareBounds] = [:]
            for record in sketch.records { shares[[record.owner, record.owned]] = record.share }
            var graph = OwnershipGraph(sketch.records, listed: sketch.lists, on: nil)
            for _ in 0..<12 {
                let owner = "P\(Int.random(in: 0..<sketch.size, using: &numbers))"
                let owned = "P\(Int.random(in: 0..<sketch.size, using: &numbers))"
                guard owner != owned else { continue }
                let share = [nil, 10, 49, 50, 51, 60, 100].randomElement(using: &numbers)??.percent
                graph.set(share, of: owned, heldBy: owner)
                shares[[owner, owned]] = share
                let records = shares.map { OwnershipRecord(owner: $0[0], owned: $0[1], share: $1) }
                let anew = OwnershipGraph(records, listed: sketch.lists, on: nil)
                for node in 0..<sketch.size {
                    let name = "P\(node)"
                    guard let one = graph.node(name), let two = anew.node(name) else { continue }
                    let (left, right) = (graph.states[Int(one)], anew.states[Int(two)])
                    #expect(left.certain == right.certain && left.possible == right.possible)
                    #expect(graph.ultimateParent(of: name) == anew.ultimateParent(of: name))
                }
            }
        }
    }

    @Test("A party with very many owners, and a chain of very many steps, are read in time")
    func extremes() {
        var records = (0..<100_000).map {
            OwnershipRecord(owner: "H\($0)", owned: "Wide", share: ShareBounds(Share(units: Share.onePercent / 1000)))
        }
        records += (0..<100_000).map {
            OwnershipRecord(owner: "C\($0)", owned: "C\($0 + 1)", share: ShareBounds(Share(percent: 60)))
        }
        var graph = OwnershipGraph(records, listed: [("C0", "OFAC SDN")], on: nil)
        #expect(graph.ultimateParent(of: "C100000") == "C0" && graph.ultimateParent(of: "Wide") == "Wide")
        #expect(graph.reachedParties() == 100_001)
        graph.set(nil, of: "C1", heldBy: "C0")
        #expect(graph.reachedParties() == 1 && graph.ultimateParent(of: "C100000") == "C1")
        graph.set(ShareBounds(Share(percent: 60)), of: "C1", heldBy: "C100000")
        #expect(graph.ultimateParent(of: "C5") == nil)
    }
}

extension Int {
    fileprivate var percent: ShareBounds { ShareBounds(Share(percent: self)) }
}
