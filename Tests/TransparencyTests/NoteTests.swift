import Testing

@testable import Transparency

@Suite("Notes, checkpoints and witnesses")
struct NoteTests {
    static func signer(_ name: String, _ type: SignatureType = .ed25519, _ seed: UInt8 = 1) throws -> NoteSigner {
        try #require(NoteSigner(name: name, type: type, seed: [UInt8](repeating: seed, count: 32)))
    }

    static func note(_ text: String, _ signers: [NoteSigner]) -> SignedNote {
        SignedNote(text: text, signatures: signers.compactMap { $0.sign(text, time: 1_790_000_000) })
    }

    @Test("The example of the specification verifies")
    func example() throws {
        let key = try VerifierKey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        #expect(key.name == "example.com/foo" && key.type == .ed25519)
        let line =
            "— example.com/foo "
            + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
        #expect(try SignedNote("This is an example message.\n\n" + line).verify(with: [key]).count == 1)
        #expect(key.description == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    }

    @Test("A note is read back as it was written, and no changed byte is accepted")
    func roundTrip() throws {
        let signer = try Self.signer("log.example/one")
        let note = Self.note("a\n\nb ü\n", [signer])
        let bytes = Array(note.description.utf8)
        #expect(try SignedNote(bytes) == note)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 1
            #expect(throws: NoteError.self, "byte \(place)") {
                try SignedNote(changed).verify(with: [signer.key])
            }
        }
    }

    @Test("Random bytes and random changes never trap")
    func fuzz() throws {
        let signer = try Self.signer("log.example/one")
        let seeds = [
            Self.note("log.example/one\n5\n\(TreeHash.emptyTree)\n", [signer]).description,
            "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 3\n\(TreeHash.emptyTree)\n\nlog\n1\nAAAA\n\n— a AAAAAAAA\n",
            "old 5\n\(TreeHash.emptyTree)\n\nlog\n1\nAAAA\n\n— a AAAAAAAA\n",
            "log log+1\nwitness a b\ngroup g 2 a b\nquorum g\n", "tile/0/x001/000.p/7",
        ]
        let world = try SmallWorld(seed: 1)
        let more = try world.leaves.map { try $0.encoded() } + world.items.joined().map(\.bytes)
        let all = seeds.map { Array($0.utf8) } + more
        var random = SeededRandom(11)
        for round in 0..<20_000 {
            var bytes = all[round % all.count]
            for _ in 0...Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1 where !bytes.isEmpty: bytes.remove(at: place)
                case 2: bytes.insert([0x0A, 0x2B, 0x20, 0xE2, 0x30].randomElement(using: &random) ?? 0, at: place)
                default: bytes = Array(bytes.prefix(place))
                }
            }
            _ = try? VerifiedCheckpoint(SignedNote(bytes), by: signer.key)
            _ = try? TlogProof(bytes)
            _ = try? AddCheckpoint(bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? WitnessPolicy(text)
            _ = try? VerifierKey(text)
            _ = try? Receipt(bytes)
            _ = try? Leaf(bytes[...])
            _ = try? DecisionItem(bytes[...])
            _ = ReceiptPromise(text)
            _ = TilePath(text)
            _ = EntryBundle.entries(of: bytes, count: 3)
        }
    }

    @Test("A signing key is kept and read back, and one with another id is not")
    func secrets() throws {
        let signer = try #require(NoteSigner(name: "log.example/one", type: .ed25519))
        let again = try NoteSigner(secret: signer.secret)
        #expect(again.key == signer.key)
        #expect(throws: NoteError.self) {
            try NoteSigner(secret: signer.secret.replacing("log.example/one", with: "other"))
        }
        #expect(throws: NoteError.self) { try NoteSigner(secret: "PRIVATE+KEY+a") }
    }

    @Test(
        "A policy that says nothing certain is refused",
        arguments: [
            "", "quorum none\nquorum none\n", "quorum g\n", "group g 1 w\nquorum g\n",
            "witness none KEY\nquorum none\n",
            "witness w KEY\nwitness w2 KEY\nquorum w\n", "witness w KEY\ngroup g 2 w\nquorum g\n",
            "witness w KEY\ngroup g 0 w\nquorum g\n", "witness w KEY\ngroup g 1 w\ngroup h 1 w\nquorum g\n",
            "log KEY\nquorum none\n", "quorum none\rx\n", "witness w KEY\ngroup w any w\nquorum w\n",
            "logs\nquorum none\n",
        ])
    func badPolicies(text: String) throws {
        let key = try Self.signer("w.example", .cosignature).key.description
        #expect(throws: NoteError.self) { try WitnessPolicy(text.replacing("KEY", with: key)) }
    }

    @Test("Groups of groups decide as the policy's example says")
    func quorum() throws {
        let witnesses = try (1...6).map { try Self.signer("w\($0).example", .cosignature, UInt8($0)) }
        let lines = witnesses.enumerated().map { "witness w\($0.offset) \($0.element.key)" }.joined(separator: "\n")
        let policy = try WitnessPolicy(
            lines + "\n# two of three, and one of the others\ngroup x 2 w0 w1 w2\ngroup y any w3 w4 w5\n"
                + "group both all x y\nquorum both\n")
        func met(_ numbers: Int...) -> Bool { policy.isMet(by: Set(numbers.map { witnesses[$0].key })) }
        #expect(met(0, 1, 3) && met(1, 2, 5) && met(0, 1, 2, 3, 4, 5))
        #expect(!met(0, 1) && !met(0, 3, 4, 5) && !met())
    }

    @Test("A letter in two spellings is two names")
    func spellings() throws {
        let key = try Self.signer("w.example", .cosignature).key
        let policy = try WitnessPolicy("witness K \(key)\nquorum K\n")
        #expect(policy.isMet(by: [key]))
        #expect(throws: NoteError.self) { try WitnessPolicy("witness K \(key)\nquorum \u{212A}\n") }
    }

    @Test("A note with too many signatures is refused, one with many is read")
    func manySignatures() throws {
        let signer = try Self.signer("log.example/one")
        let line = try #require(signer.sign("a\n")?.line)
        #expect(try SignedNote("a\n\n" + String(repeating: line, count: 64)).signatures.count == 64)
        #expect(throws: NoteError.self) { try SignedNote("a\n\n" + String(repeating: line, count: 65)) }
    }

    @Test("A witness goes forward only, and says where it stands")
    func witness() throws {
        let log = try Self.signer("log.example/one")
        let witness = try #require(Witness(signer: Self.signer("w.example", .cosignature, 2), logs: [log.key]))
        let tree = MerkleTests.tree(40)
        func request(_ old: UInt64, _ new: UInt64) -> [UInt8] {
            let checkpoint = Checkpoint(origin: "log.example/one", size: new, root: tree.root(of: new))
            let proof = tree.consistency(from: old, to: new)
            return Array(AddCheckpoint(old: old, proof: proof, checkpoint: Self.note(checkpoint.text, [log])).body.utf8)
        }
        guard case .cosign(let head, let text) = witness.decide(request(0, 10), latest: nil) else {
            Issue.record("the first checkpoint was refused")
            return
        }
        #expect(head == WitnessedHead(origin: "log.example/one", size: 10, root: tree.root(of: 10)))
        let line = try #require(witness.cosignature(on: text, time: 5)).line
        let note = try AddCheckpoint(request(0, 10)).checkpoint
        #expect(try Witness.cosignatures(in: Array(line.utf8), over: note, by: witness.key).count == 1)
        #expect(witness.decide(request(10, 40), latest: head) != witness.decide(request(10, 40), latest: nil))
        guard case .refuse(409, "10\n", _) = witness.decide(request(0, 20), latest: head) else {
            Issue.record("a rollback was not refused with the size")
            return
        }
        guard
            case .refuse(404, _, _) = Witness(signer: try Self.signer("w", .cosignature), logs: [])?
                .decide(request(0, 20), latest: nil)
        else {
            Issue.record("an unknown log was not refused")
            return
        }
    }
}
