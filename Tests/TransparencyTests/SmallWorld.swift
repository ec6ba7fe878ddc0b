@testable import Transparency

/// A small log in memory whose owner may cheat: leaves, the items behind them, keys of the log and of a witness.
struct SmallWorld {
    static let origin = "log.example/small"
    static let start: UInt32 = 2_900_000

    var leaves: [Leaf] = []
    /// The items of the leaves that hold decisions, by the leaf's number at the time of writing.
    var items: [[DecisionItem]] = []
    let log: NoteSigner
    let witness: NoteSigner

    init(seed: UInt64, leaves count: Int = 40) throws {
        log = try NoteTests.signer(Self.origin)
        witness = try NoteTests.signer("w.example/one", .cosignature, 2)
        var random = SeededRandom(seed)
        add(.opening(.init(ledger: [], origin: Self.origin)), Self.start)
        var sequence: UInt64 = 1
        while leaves.count < count {
            let slot = Self.start + UInt32(leaves.count)
            switch random.next() % 8 {
            case 0 where leaves.count > 4: addStatistics(slot)
            case 1: add(.override(.init(action: .appealGranted, category: "tea", principle: "milk", reason: "r")), slot)
            default:
                var batch: [DecisionItem] = []
                for _ in 0...random.next() % 5 {
                    let commitment = TreeHash.digest(of: "\(random.next())".utf8)
                    if let last = batch.last, last.event == .admitted {
                        batch.append(
                            .init(
                                sequence: sequence, event: .complete, slot: slot, admission: last.sequence,
                                commitment: commitment))
                    } else {
                        let rule =
                            random.next() % 3 == 0 ? AppliedRule(category: "tea", principle: "milk", stage: 2) : nil
                        batch.append(
                            .init(
                                sequence: sequence, event: rule == nil ? .admitted : .refused, slot: slot, rule: rule,
                                commitment: commitment))
                    }
                    sequence += 1
                }
                add(batch)
            }
        }
        addStatistics(Self.start + UInt32(count))
    }

    mutating func add(_ content: Leaf.Content, _ slot: UInt32) {
        leaves.append(Leaf(slot: slot, content: content))
        items.append([])
    }

    mutating func add(_ batch: [DecisionItem]) {
        guard let content = DecisionBatch(batch) else { return }
        leaves.append(Leaf(slot: content.slot, content: .decisions(content)))
        items.append(batch)
    }

    mutating func addStatistics(_ slot: UInt32) {
        add(.statistics(figures(before: leaves.count)), slot)
    }

    func figures(before end: Int) -> Leaf.Statistics {
        let from = leaves[..<end].lastIndex { $0.kind == 10 }.map { $0 + 1 } ?? 0
        var figures = Leaf.Statistics(day: UInt32(end), from: UInt64(from))
        for leaf in leaves[from..<end] { figures.add(leaf) }
        return figures
    }

    /// A cheater who knows that figures are checked adds them up again.
    mutating func addUpAgain() {
        for index in leaves.indices where leaves[index].kind == 10 {
            leaves[index].content = .statistics(figures(before: index))
        }
    }

    var batches: [Int] { leaves.indices.filter { leaves[$0].kind == 2 } }

    func tree(_ size: Int) -> MerkleTree {
        MerkleTree(leaves.prefix(size).compactMap { try? TreeHash.leaf($0.encoded()) })
    }

    /// The signed and cosigned checkpoint of the first leaves, at the time of the last of them.
    func checkpoint(_ size: Int? = nil, late: UInt64 = 0) -> SignedNote {
        let size = size ?? leaves.count
        let text = Checkpoint(origin: Self.origin, size: UInt64(size), root: tree(size).root()).text
        let time = TimeSlot.start(of: leaves[size - 1].slot) + 60 + late
        return SignedNote(text: text, signatures: [log.sign(text), witness.sign(text, time: time)].compactMap(\.self))
    }

    var policy: WitnessPolicy {
        get throws { try WitnessPolicy("log \(log.key)\nwitness w \(witness.key)\nquorum w\n") }
    }

    var files: [String: [UInt8]] {
        var files = ["checkpoint": Array(checkpoint().description.utf8)]
        var (edge, bundle) = (TreeEdge(), [UInt8]())
        for leaf in leaves {
            guard let bytes = try? leaf.encoded() else { continue }
            edge.append(.leaf(bytes)) { _ in }
            _ = EntryBundle.append(bytes, to: &bundle)
        }
        files["tile/entries/000.p/\(leaves.count)"] = bundle
        for tile in edge.partialTiles {
            files["tile/\(tile.level)/000.p/\(tile.hashes.count)"] = HashTile.encode(tile.hashes)
        }
        return files
    }

    func receipt(leaf index: Int, place: Int) throws -> Receipt {
        let tree = tree(leaves.count)
        let part = Receipt.Part(
            item: items[index][place],
            path: MerkleTree(items[index].map(\.hash)).inclusion(of: UInt64(place)), leaf: try leaves[index].encoded(),
            index: UInt64(index), hashes: tree.inclusion(of: UInt64(index)))
        return Receipt(admission: part, completion: nil, requestSalt: nil, answerSalt: nil, checkpoint: checkpoint())
    }

    /// What an auditor finds who has kept some checkpoints and receipts.
    func audit(
        files: [String: [UInt8]]? = nil, remembered: [SignedNote] = [], receipts: [Receipt] = [],
        promises: [ReceiptPromise] = []
    ) throws -> [AuditProblem] {
        let policy = try policy
        let shown = files ?? self.files
        var reader = LogFiles { shown[$0] }
        let head: Checkpoint
        do { head = try policy.verify(reader.checkpoint()).checkpoint.checkpoint } catch {
            return [AuditProblem(kind: .checkpoint, text: "\(error)")]
        }
        var kept = ReceiptAudit()
        for receipt in receipts { kept.add(Array(receipt.text.utf8), policy, source: "receipt") }
        let trees = try remembered.map { try RememberedCheckpoint($0, policy: policy, source: "kept") } + kept.trees
        var audit = LeafAudit(origin: Self.origin, remembered: trees, now: nil)
        reader.audit(head, with: &audit)
        kept.compare(with: reader, head)
        let now = TimeSlot.start(of: leaves.last?.slot ?? 0) + 86_400
        kept.check(promises.map(\.description).joined(separator: "\n"), audit, now: now)
        return audit.problems + kept.problems
    }
}
