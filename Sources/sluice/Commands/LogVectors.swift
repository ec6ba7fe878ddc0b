import Foundation
import Transparency

/// Runs files of test vectors for Merkle proofs, tiles, notes and witnesses.
///
/// What a file holds is told by the names of its fields; a file may hold several kinds, or be one vector by itself.
struct LogVectors {
    /// The count of one kind of vector, and what failed.
    struct Tally {
        var passed = 0
        var failures: [String] = []
    }

    private(set) var tallies: [(kind: String, tally: Tally)] = []

    var passed: Int { tallies.reduce(0) { $0 + $1.tally.passed } }
    var failed: Int { tallies.reduce(0) { $0 + $1.tally.failures.count } }

    typealias Fields = [String: Any]

    /// What made a vector fail.
    struct Mismatch: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Runs every vector of a file.
    ///
    /// - Throws: `CommandProblem` when the file is no JSON, or holds no vector of a known kind.
    mutating func run(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read '\(path)'")
        }
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: data)
        } catch {
            throw CommandProblem("'\(path)' is not JSON: \(error.localizedDescription)")
        }
        let before = passed + failed
        if let list = object as? [Fields] {
            proofs(list, rule: nil)
        } else if let fields = object as? Fields {
            run(fields)
        }
        guard passed + failed > before else {
            throw CommandProblem(
                "'\(path)' holds no vectors of a known kind (inclusion, consistency, roots, trees, notes, checkpoints, …)"
            )
        }
    }

    private mutating func run(_ fields: Fields) {
        let rule = fields["entry_rule"] as? String
        proofs(fields["vectors"] as? [Fields] ?? [], rule: rule)
        if fields["leafIdx"] != nil || fields["size1"] != nil || fields["root1"] != nil { proofs([fields], rule: rule) }
        proofs(fields["inclusion"] as? [Fields] ?? [], rule: rule)
        proofs(fields["consistency"] as? [Fields] ?? [], rule: rule)
        each("root", fields["roots"]) { vector in
            let size = try Self.number(vector, "size")
            let tree = try Self.tree(size, rule)
            try Self.equal(tree.root.base64, try Self.text(vector, "root"), "root")
        }
        for example in fields["path_examples"] as? [[Any]] ?? [] {
            check("tile path", "\(example)") { try Self.pathExample(example) }
        }
        each("tiles", fields["trees"]) { try Self.tiles($0, rule) }
        each("note", fields["notes"], Self.note)
        each("bad key", fields["bad_vkeys"]) { vector in
            let key = try Self.text(vector, "vkey")
            if (try? VerifierKey(key)) != nil { throw Mismatch("the key was accepted") }
        }
        each("checkpoint", fields["checkpoints"], Self.checkpoint)
        each("cosignature", fields["cosignatures"], Self.cosignature)
        each("proof file", fields["proofs"], Self.proofFile)
        if let witness = fields["witness"] as? Fields { conversation(witness) }
    }

    private mutating func proofs(_ list: [Fields], rule: String?) {
        for vector in list {
            let isSubtree = vector["start"] != nil
            if vector["leafIdx"] != nil {
                verdict(isSubtree ? "subtree inclusion" : "inclusion", vector, Self.inclusion)
            } else if vector["root1"] != nil {
                verdict(isSubtree ? "subtree consistency" : "consistency", vector, Self.consistency)
            } else {
                check("unknown", "\(vector.keys.sorted())") { throw Mismatch("no fields of a known kind") }
            }
        }
    }

    /// Runs a check that must fail exactly if the vector wants an error.
    private mutating func verdict(_ kind: String, _ vector: Fields, _ body: (Fields) throws -> Void) {
        check(kind, vector["desc"] as? String ?? vector["path"] as? String ?? "") {
            try Self.verdict(vector) { try body(vector) }
        }
    }

    static func verdict(_ vector: Fields, _ body: () throws -> Void) throws {
        guard let wantsError = vector["wantErr"] as? Bool else { throw Mismatch("no 'wantErr'") }
        do {
            try body()
        } catch  where wantsError && !(error is Mismatch) {
            return
        }
        if wantsError { throw Mismatch("was accepted and must be rejected") }
    }

    private mutating func each(_ kind: String, _ list: Any?, _ body: (Fields) throws -> Void) {
        for vector in list as? [Fields] ?? [] {
            check(kind, vector["desc"] as? String ?? (vector["size"].map { "size \($0)" } ?? "")) { try body(vector) }
        }
    }

    mutating func check(_ kind: String, _ name: String, _ body: () throws -> Void) {
        let index =
            tallies.firstIndex { $0.kind == kind }
            ?? {
                tallies.append((kind, Tally()))
                return tallies.count - 1
            }()
        do {
            try body()
            tallies[index].tally.passed += 1
        } catch {
            tallies[index].tally.failures.append("\(name): \(error)")
        }
    }
}

// Fields of a vector.
extension LogVectors {
    /// A number that a tree may have; any other is a reason to reject, not a mistake of the file's.
    struct BadNumber: Error {}

    static func number(_ vector: Fields, _ name: String) throws -> UInt64 {
        guard let value = vector[name] as? NSNumber else { throw Mismatch("no number '\(name)'") }
        guard let number = UInt64(value.stringValue) else { throw BadNumber() }
        return number
    }

    static func text(_ vector: Fields, _ name: String) throws -> String {
        guard let text = vector[name] as? String else { throw Mismatch("no text '\(name)'") }
        return text
    }

    static func bytes(_ vector: Fields, _ name: String) throws -> [UInt8] {
        guard let text = vector[name] as? String, !text.isEmpty else { return [] }
        guard let bytes = Base64.decode(text) else { throw Mismatch("'\(name)' is not base64") }
        return bytes
    }

    static func proof(_ vector: Fields) throws -> [[UInt8]] {
        try (vector["proof"] as? [String] ?? []).map { text in
            guard let bytes = Base64.decode(text) else { throw Mismatch("'proof' is not base64") }
            return bytes
        }
    }

    static func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else { throw Mismatch("\(what) is \(found), not \(expected)") }
    }

    /// The entry of a number, by the file's own rule: the text between the quotes, with the number in place of `<i>`.
    static func entry(_ index: UInt64, _ rule: String?) throws -> [UInt8] {
        guard let parts = rule?.split(separator: "'", omittingEmptySubsequences: false), parts.count >= 3,
            parts[1].contains("<i>")
        else { throw Mismatch("no 'entry_rule' with '…<i>…'") }
        return Array(parts[1].replacingOccurrences(of: "<i>", with: "\(index)").utf8)
    }

    static func tree(_ size: UInt64, _ rule: String?) throws -> TreeEdge {
        guard size <= 10_000_000 else { throw Mismatch("a tree of \(size) is too large for a vector") }
        var edge = TreeEdge()
        for index in 0..<size { edge.append(.leaf(try entry(index, rule))) { _ in } }
        return edge
    }
}
