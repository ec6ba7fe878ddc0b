import Glibc
import Synchronization
import Testing
import Transparency

@testable import Ledger

/// A directory that is deleted with everything in it at the end.
final class Tree: Sendable {
    let path: String

    init() {
        let scratch = Scratch()
        path = scratch.path + "-tree"
        mkdir(path, 0o700)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        if let names = try? namesInDirectory(path) {
            for name in names where name != "." && name != ".." { remove(path + "/" + name) }
        }
        if rmdir(path) != 0 { unlink(path) }
    }

    static func copy(_ source: String, _ target: String) throws {
        mkdir(target, 0o700)
        for name in try namesInDirectory(source) where name != "." && name != ".." {
            let (from, to) = (source + "/" + name, target + "/" + name)
            var status = stat()
            stat(from, &status)
            if status.st_mode & S_IFMT == S_IFDIR {
                try copy(from, to)
            } else if let bytes = try TileFiles.read(from) {
                let file = try OpenFile(to, O_WRONLY | O_CREAT | O_TRUNC)
                try bytes.withUnsafeBytes { try file.write($0) }
            }
        }
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        let file = try OpenFile(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC)
        try bytes.withUnsafeBytes { try file.write($0) }
    }
}

/// What a log's callers heard.
final class Heard: Sendable {
    let places = Mutex<[UInt64: [UInt8]]>([:])
    let failures = Mutex(0)

    func append(_ entry: [UInt8], to log: TileLog) throws {
        try log.append(entry) { [self] result in
            switch result {
            case .success(let placed): places.withLock { $0[placed.index] = entry }
            case .failure: failures.withLock { $0 += 1 }
            }
        }
    }
}

@Suite("The log of tiles")
struct TileLogTests {
    static func signer(_ seed: UInt8 = 1, _ name: String = "log.example/test") throws -> NoteSigner {
        try #require(NoteSigner(name: name, type: .ed25519, seed: [UInt8](repeating: seed, count: 32)))
    }

    static func open(_ tree: Tree, journalBytes: Int = 8 << 20) throws -> TileLog {
        try TileLog.open(directory: tree.path, signer: signer(), interval: 0, journalBytes: journalBytes)
    }

    static func entry(_ number: Int) -> [UInt8] { Array("entry \(number)".utf8) }

    /// Checks that the files hold exactly a tree whose leaves are these entries.
    static func check(_ tree: Tree, _ entries: [[UInt8]]) throws {
        var files = LogFiles { try TileFiles.read(tree.path + "/" + $0) }
        let checkpoint = try VerifiedCheckpoint(files.checkpoint(), by: signer().key).checkpoint
        #expect(checkpoint.size == UInt64(entries.count))
        #expect(checkpoint.root == MerkleTree(entries.map { TreeHash.leaf($0) }).root())
        #expect(try files.root(of: checkpoint.size) == checkpoint.root)
        for index in Set([0, entries.count / 2, entries.count - 1]) {
            #expect(try files.entry(UInt64(index), in: checkpoint.size) == entries[index])
            try MerkleVerification.inclusion(
                of: .leaf(entries[index]), at: UInt64(index), in: checkpoint.size, root: checkpoint.root,
                proof: files.inclusion(of: UInt64(index), in: checkpoint.size))
        }
    }

    @Test("What was appended is there, also after closing and opening", arguments: [1, 255, 256, 257, 1000])
    func appends(count: Int) throws {
        let tree = Tree()
        let heard = Heard()
        for part in 0..<2 {
            let log = try Self.open(tree, journalBytes: 4096)
            for number in part * count..<(part + 1) * count { try heard.append(Self.entry(number), to: log) }
            log.close()
            #expect(throws: LedgerError.closed) { try log.append([1]) }
        }
        try Self.check(tree, (0..<2 * count).map(Self.entry))
        #expect(
            heard.places.withLock { $0 }
                == Dictionary(uniqueKeysWithValues: (0..<2 * count).map { (UInt64($0), Self.entry($0)) }))
        #expect(access(tree.path + "/tile/0/000.p", F_OK) == (2 * count >= 256 ? -1 : 0))
    }

    @Test("A second writer of the same directory is turned away")
    func lock() throws {
        let tree = Tree()
        let log = try Self.open(tree)
        #expect(throws: LedgerError.heldByAnother(directory: tree.path, pid: 0)) { try Self.open(tree) }
        log.close()
        try Self.open(tree).close()
    }

    @Test("A crash at any byte of the journal loses nothing before it and makes no second root")
    func tornJournal() throws {
        let tree = Tree()
        let log = try Self.open(tree)
        var roots: [UInt64: TreeHash] = [:]
        for number in 0..<6 {
            let heard = Heard()
            try heard.append(Self.entry(number), to: log)
            while heard.places.withLock({ $0.isEmpty }) { usleep(100) }
            let checkpoint = try Checkpoint(text: try #require(log.head.note).text)
            roots[checkpoint.size] = checkpoint.root
        }
        log.close()
        let name = TileJournal.folder + "/" + TileJournal.name(0)
        let whole = try #require(try TileFiles.read(tree.path + "/" + name))
        for cut in stride(from: 0, through: whole.count, by: 5) {
            let copy = Tree()
            try Tree.copy(tree.path, copy.path)
            try copy.write(Array(whole[..<cut]), name)
            // The newest commit's checkpoint was not published before its journal was whole.
            unlink(copy.path + "/checkpoint")
            guard let opened = try? Self.open(copy) else {
                // Only the segment's own beginning, which is in place before it has its name, may not be cut.
                #expect(cut < 64)
                continue
            }
            let size = opened.head.size
            if let note = opened.head.note {
                #expect(try Checkpoint(text: note.text).root == roots[size], "cut at \(cut)")
                try Self.check(copy, (0..<Int(size)).map(Self.entry))
            }
            opened.close()
        }
    }

    @Test("A journal that lacks what was published, or another key, is refused")
    func damage() throws {
        let tree = Tree()
        let log = try Self.open(tree)
        for number in 0..<10 { try log.append(Self.entry(number)) }
        log.close()
        #expect(throws: LedgerError.self) {
            try TileLog.open(directory: tree.path, signer: Self.signer(2)).close()
        }
        let name = TileJournal.folder + "/" + TileJournal.name(0)
        let whole = try #require(try TileFiles.read(tree.path + "/" + name))
        try tree.write(Array(whole.prefix(whole.count / 3)), name)
        #expect(throws: LedgerError.self) { try Self.open(tree).close() }
        try tree.write(whole, name)
        try Self.open(tree).close()
        Tree.remove(tree.path + "/" + TileJournal.folder)
        #expect(throws: LedgerError.self) { try Self.open(tree).close() }
    }

    @Test("Tiles that a power failure took are written anew from the journal")
    func lostTiles() throws {
        let tree = Tree()
        let log = try Self.open(tree)
        for number in 0..<700 { try log.append(Self.entry(number)) }
        log.close()
        Tree.remove(tree.path + "/tile")
        unlink(tree.path + "/checkpoint")
        try Self.open(tree).close()
        try Self.check(tree, (0..<700).map(Self.entry))
    }

    @Test("Many threads append at once, and each hears of its own place")
    func threads() async throws {
        let tree = Tree()
        let log = try Self.open(tree, journalBytes: 1 << 16)
        let heard = Heard()
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<8 {
                group.addTask { for number in 0..<500 { try? heard.append(Self.entry(part * 500 + number), to: log) } }
            }
        }
        log.close()
        let places = heard.places.withLock { $0 }
        #expect(places.count == 4000)
        try Self.check(tree, (0..<4000).compactMap { places[UInt64($0)] })
    }

    @Test("A checkpoint of another log, or of a tree that was never signed, is not published")
    func publish() throws {
        let tree = Tree()
        let log = try TileLog.open(directory: tree.path, signer: Self.signer(), publication: .whenCosigned, interval: 0)
        try log.append([1])
        while log.head.size == 0 { usleep(100) }
        #expect(access(tree.path + "/checkpoint", F_OK) != 0)
        let text = Checkpoint(origin: "log.example/test", size: 2, root: .emptyTree).text
        for signer in [try Self.signer(), try Self.signer(2)] {
            let note = SignedNote(text: text, signatures: [signer.sign(text)].compactMap(\.self))
            #expect(throws: LedgerError.self) { try log.publish(note) }
        }
        try log.publish(try #require(log.head.note))
        #expect(access(tree.path + "/checkpoint", F_OK) == 0)
        log.close()
    }
}

@Suite("A journal that cannot be written")
struct TileJournalFailureTests {
    @Test("A commit that cannot be written changes nothing, and the next one follows")
    func failedCommit() throws {
        let tree = Tree()
        let log = try TileLogTests.open(tree)
        for number in 0..<300 { try log.append(TileLogTests.entry(number)) }
        log.close()
        var writer = TileWriter(
            directory: tree.path, signer: try TileLogTests.signer(), journalBytes: 1 << 20, publishesAtOnce: true)
        try writer.recover()
        var isBroken = false
        try writer.commit([TileLogTests.entry(300)], isBroken: &isBroken)
        let path = try #require(writer.journal).path
        let whole = try OpenFile(path, O_RDONLY).size()
        #expect(writer.journalSize == whole)
        // A descriptor that cannot be written stands in for a full disk.
        let good = writer.journal
        writer.journal = try OpenFile(path, O_RDONLY)
        #expect(throws: LedgerError.self) { try writer.commit([TileLogTests.entry(301)], isBroken: &isBroken) }
        #expect(try OpenFile(path, O_RDONLY).size() == whole && writer.edge.size == 301)
        writer.journal = good
        isBroken = false
        try writer.commit([TileLogTests.entry(301)], isBroken: &isBroken)
        try TileLogTests.open(tree).close()
        try TileLogTests.check(tree, (0..<302).map(TileLogTests.entry))
    }
}
