import Testing

@testable import Transparency

/// What a log may try.
enum Cheat: CaseIterable, Sendable {
    case fork, rollback, drop, reorder, backDate, splitView, forgedStatistics, alteredLeaf, brokenPromise, twoAnswers
}

@Suite("Cheating logs")
struct CheatTests {
    @Test("An honest log is found sound, with everything that was kept of it", arguments: 0..<20)
    func honest(seed: UInt64) throws {
        let world = try SmallWorld(seed: seed)
        let place = try #require(world.batches.last)
        let receipt = try world.receipt(leaf: place, place: 0)
        let item = receipt.admission.item
        let promise = ReceiptPromise(
            origin: SmallWorld.origin, sequence: item.sequence, commitment: item.commitment, deadline: 5)
        let isDecision = !item.event.isEnd
        #expect(
            try world.audit(
                remembered: [world.checkpoint(10), world.checkpoint(30), world.checkpoint()],
                receipts: isDecision ? [receipt] : [], promises: [promise]) == [])
    }

    @Test("Every cheat is found by one who kept a checkpoint, a receipt or a promise", arguments: Cheat.allCases)
    func found(cheat: Cheat) throws {
        for seed in UInt64(0)..<100 {
            var random = SeededRandom(seed &* 977 &+ 5)
            var world = try SmallWorld(seed: seed)
            let problems = try Self.cheat(cheat, &world, &random)
            #expect(
                problems.map(\.kind).contains { Self.expected(cheat).contains($0) }, "\(cheat) \(seed): \(problems)")
        }
    }

    static func expected(_ cheat: Cheat) -> [AuditProblem.Kind] {
        switch cheat {
        case .fork: [.fork]
        case .rollback: [.rollback]
        case .drop, .reorder: [.sequence]
        case .backDate: [.time]
        case .splitView: [.fork, .receipt]
        case .forgedStatistics: [.statistics]
        case .alteredLeaf: [.root, .tile]
        case .brokenPromise: [.promise]
        case .twoAnswers: [.sequence, .receipt]
        }
    }

    /// Lets the log cheat, with signatures that are right, and gives what an honest auditor finds.
    static func cheat(_ cheat: Cheat, _ world: inout SmallWorld, _ random: inout SeededRandom) throws -> [AuditProblem]
    {
        let honest = world
        let kept = 10 + Int(random.next() % 20)
        let batches = world.batches
        switch cheat {
        case .fork:
            let place = try #require(batches.filter { $0 < kept }.randomElement(using: &random))
            change(&world, place)
            return try world.audit(remembered: [honest.checkpoint(kept)])
        case .rollback:
            world.leaves.removeLast(world.leaves.count - kept + 1)
            return try world.audit(remembered: [honest.checkpoint(kept)])
        case .drop:
            let place = try #require(batches.dropFirst().dropLast().randomElement(using: &random))
            world.leaves.remove(at: place)
            world.items.remove(at: place)
            world.addUpAgain()
            return try world.audit()
        case .reorder:
            let first = Int(random.next() % UInt64(batches.count - 1))
            let (a, b) = (batches[first], batches[first + 1])
            let slots = (world.leaves[a].slot, world.leaves[b].slot)
            world.leaves.swapAt(a, b)
            setSlot(&world, a, slots.0)
            setSlot(&world, b, slots.1)
            world.addUpAgain()
            return try world.audit()
        case .backDate:
            let before = world.leaves[kept - 1].slot
            if random.next() % 2 == 0 {
                setSlot(&world, kept, before - 1 - UInt32(random.next() % 1000))
                world.addUpAgain()
                return try world.audit()
            }
            // In order, but long before the time at which a witness saw the log without it.
            return try world.audit(remembered: [honest.checkpoint(kept, late: 100_000)])
        case .splitView:
            let place = try #require(batches.filter { !world.items[$0][0].event.isEnd }.randomElement(using: &random))
            var other = world
            change(&other, place)
            return try world.audit(receipts: [other.receipt(leaf: place, place: 0)])
        case .forgedStatistics:
            let place = try #require(
                world.leaves.indices.filter { world.leaves[$0].kind == 10 }.randomElement(using: &random))
            guard case .statistics(var figures) = world.leaves[place].content else { return [] }
            figures.events[.refused, default: 5] += 1
            world.leaves[place].content = .statistics(figures)
            return try world.audit()
        case .alteredLeaf:
            var files = world.files
            let name = try #require(files.keys.filter { $0 != "checkpoint" }.sorted().randomElement(using: &random))
            let bit = Int(random.next() % UInt64((files[name]?.count ?? 1) * 8))
            files[name]?[bit / 8] ^= 1 << UInt8(bit % 8)
            return try world.audit(files: files)
        case .brokenPromise:
            let last = try #require(world.items.last { !$0.isEmpty }?.last)
            if random.next() % 2 == 0 {
                let promise = ReceiptPromise(
                    origin: SmallWorld.origin, sequence: last.sequence + 1, commitment: .zero, deadline: 5)
                return try world.audit(promises: [promise])
            }
            let place = try #require(batches.filter { !world.items[$0][0].event.isEnd }.randomElement(using: &random))
            let item = world.items[place][0]
            let promise = ReceiptPromise(
                origin: SmallWorld.origin, sequence: item.sequence, commitment: .digest(of: "what I sent".utf8),
                deadline: 5)
            return try world.audit(receipts: [world.receipt(leaf: place, place: 0)], promises: [promise])
        case .twoAnswers:
            return try twoAnswers(&world, &random)
        }
    }

    /// One decision gets two records, or two holders get different ones of one record.
    private static func twoAnswers(_ world: inout SmallWorld, _ random: inout SeededRandom) throws -> [AuditProblem] {
        let place = try #require(world.batches.filter { !world.items[$0][0].event.isEnd }.randomElement(using: &random))
        var batch = world.items[place]
        if random.next() % 2 == 0 {
            world.add(batch)
            return try world.audit()
        }
        var other = world
        batch[0].commitment = .digest(of: "another answer".utf8)
        let slot = batch[0].slot
        for index in batch.indices { batch[index].slot = slot }
        other.items[place] = batch
        if let content = DecisionBatch(batch) { other.leaves[place].content = .decisions(content) }
        return try world.audit(receipts: [world.receipt(leaf: place, place: 0), other.receipt(leaf: place, place: 0)])
    }

    /// Replaces what a decision was about.
    private static func change(_ world: inout SmallWorld, _ place: Int) {
        world.items[place][0].commitment = .digest(of: "something else".utf8)
        if let batch = DecisionBatch(world.items[place]) { world.leaves[place].content = .decisions(batch) }
    }

    private static func setSlot(_ world: inout SmallWorld, _ place: Int, _ slot: UInt32) {
        world.leaves[place].slot = slot
        if case .decisions(var batch) = world.leaves[place].content {
            batch.slot = slot
            world.leaves[place].content = .decisions(batch)
        }
    }

    @Test("A signed size that nobody could read is a missing file, not a hang")
    func absurdSize() throws {
        var world = try SmallWorld(seed: 1)
        let text = Checkpoint(origin: SmallWorld.origin, size: .max, root: .emptyTree).text
        let note = SignedNote(
            text: text, signatures: [world.log.sign(text), world.witness.sign(text)].compactMap(\.self))
        world.leaves.removeLast()
        var files = world.files
        files["checkpoint"] = Array(note.description.utf8)
        #expect(try world.audit(files: files).contains { $0.kind == .tile })
    }

    @Test("A witness cosigns no fork and no rollback", arguments: 0..<20)
    func witness(seed: UInt64) throws {
        let world = try SmallWorld(seed: seed)
        var other = world
        Self.change(&other, try #require(world.batches.first))
        let witness = try #require(Witness(signer: world.witness, logs: [world.log.key]))
        let head = WitnessedHead(origin: SmallWorld.origin, size: 30, root: world.tree(30).root())
        func status(_ shown: SmallWorld, _ old: UInt64, _ size: Int) -> Int {
            let request = AddCheckpoint(
                old: old, proof: shown.tree(size).consistency(from: old), checkpoint: shown.checkpoint(size))
            guard case .refuse(let status, _, _) = witness.decide(Array(request.body.utf8), latest: head) else {
                return 200
            }
            return status
        }
        #expect(status(world, 30, 40) == 200 && status(world, 30, 30) == 200)
        #expect(status(other, 30, 40) == 422 && status(other, 30, 30) == 422)
        #expect(status(world, 10, 20) == 409 && status(world, 30, 20) == 400)
    }

    @Test("Leaves of every kind are read back as written, and no other bytes are")
    func leaves() throws {
        let hash = TreeHash.digest(of: [1])
        let contents: [Leaf.Content] = [
            .opening(.init(ledger: [UInt8](0..<16), origin: "o")),
            .release(.init(subject: .classifier, version: "1.2", hash: hash)),
            .listImport(.init(name: "list", hash: hash, entries: 12)),
            .permission(.init(isGrant: true, category: "tea", purpose: "vetted", until: 20_000)),
            .revocation(.init(subject: .model, reason: "recalled")),
            .override(.init(action: .setAside, category: "tea", principle: "milk", reason: "two persons")),
            .incident(.init(severity: 2, code: "late", summary: "the log was late")),
            .evaluation(.init(suite: "s", subject: hash, report: hash, figures: [.init(name: "n", value: "0.5")])),
        ]
        for leaf in contents.map({ Leaf(slot: 7, content: $0) }) + (try SmallWorld(seed: 3)).leaves {
            let bytes = try leaf.encoded()
            #expect(try Leaf(bytes[...]) == leaf)
            #expect(throws: LeafError.self) { try Leaf((bytes + [0])[...]) }
            #expect(throws: LeafError.self) { try Leaf(bytes.dropLast()) }
            for place in bytes.indices {
                var changed = bytes
                changed[place] ^= 0x41
                if let other = try? Leaf(changed[...]) { #expect(try other != leaf && other.encoded() == changed) }
            }
        }
        let long = Leaf(
            slot: 1, content: .revocation(.init(subject: .key, reason: String(repeating: "x", count: 1025))))
        #expect(throws: LeafError.self) { try long.encoded() }
    }
}
