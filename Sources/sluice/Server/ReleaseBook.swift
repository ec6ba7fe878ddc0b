import Constitution
import Foundation
import Gateway
import Ledger
import Safeguards
import Synchronization
import Transparency

/// Tells the public log of new rules and weights, once each: what it was told last lies in a small file.
final class ReleaseBook: Sendable {
    private let outbox: Outbox
    private let path: String
    private let known: Mutex<[UInt8: [UInt8]]>

    init(outbox: Outbox, path: String) {
        self.outbox = outbox
        self.path = path
        known = Mutex(Self.read(path))
    }

    private static func read(_ path: String) -> [UInt8: [UInt8]] {
        var found: [UInt8: [UInt8]] = [:]
        for line in (TextFile.read(path) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let subject = UInt8(words[0]), let hash = Hash256(hexadecimal: words[1]) else {
                continue
            }
            found[subject] = hash.bytes
        }
        return found
    }

    /// Posts what has changed; called before it is in force, so that no decision comes before the release it names.
    ///
    /// - Throws: `LedgerError` when it cannot be posted.
    func tell(_ rules: Rules, _ snapshot: GatewaySnapshot) throws {
        let stages =
            snapshot.secondStage.map {
                "stages 1 and 2 (\($0.profile.rawValue)\($0.second == nil ? "" : ", second encoder"))"
            } ?? "stage 1"
        let constitution = rules.release.constitution
        try tell(.constitution, "\(constitution.name) \(constitution.version)", rules.release.hash)
        try tell(.classifier, stages, snapshot.classifierHash)
    }

    /// Posts one release, unless it is the one that was told last.
    func tell(_ subject: Leaf.Release.Subject, _ version: String, _ hash: [UInt8]) throws {
        guard let present = TreeHash(hash) else { return }
        try known.withLock { known in
            let previous = known[subject.rawValue]
            guard previous != hash else { return }
            try outbox.post(
                .release(
                    .init(
                        subject: subject, version: String(version.prefix(200)), hash: present,
                        previous: previous.flatMap { TreeHash($0) } ?? .zero)))
            known[subject.rawValue] = hash
            let lines = known.sorted { $0.key < $1.key }.map { subject, hash in
                "\(subject) \(TreeHash(hash)?.hexadecimal ?? "")\n"
            }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
    }
}
