import Foundation
import Testing

@testable import ExportControl

struct ScreeningArchiveTests {
    /// A directory that is gone after the test.
    private func withArchive(_ body: (ListArchive) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "screening-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(ListArchive(directory: path + "/in/lists"))
    }

    private func stored(_ count: Int, after old: ListArchive.Stored?, confirm: Bool = false) throws
        -> ListArchive.Stored
    {
        let bytes = ScreeningFixtures.lines(count)
        let parsed = try bytes.withUnsafeBufferPointer { try ParsedList.read($0) }
        let version = try ListVersion.next(
            parsed, sha256: ListVersion.hash([bytes]), after: old.map { ($0.version, $0.parties) },
            at: "2026-01-01T00:00:00Z",
            confirmShrink: confirm)
        return ListArchive.Stored(version: version, parties: parsed.parties)
    }

    @Test("A version is kept with its hash, count and differences")
    func versions() throws {
        try withArchive { archive in
            #expect(try archive.current("own") == nil && archive.lists().isEmpty)
            let first = try stored(100, after: nil)
            try archive.put(first)
            var second = try stored(95, after: first)
            second.parties[0].name = "Renamed"
            second.version.difference = .init(from: first.parties, to: second.parties)
            try archive.put(second)
            #expect(try archive.current("own") == second && archive.version(1, of: "own") == first)
            #expect(second.version.number == 2 && second.version.count == 95)
            #expect(second.version.difference.removed == ["95", "96", "97", "98", "99"])
            #expect(second.version.difference.changed == ["0"] && second.version.difference.added.isEmpty)
            #expect(try archive.lists() == ["own"])
        }
    }

    @Test("SHA-256 is what it should be")
    func hash() {
        #expect(
            ListVersion.hash([Array("a".utf8), Array("bc".utf8)])
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(
        "A list may lose a tenth, and more only when somebody confirms it",
        arguments: [(90, true), (89, false), (1, false)])
    func shrinking(_ count: Int, _ isTaken: Bool) throws {
        let first = try stored(100, after: nil)
        if isTaken {
            #expect(try stored(count, after: first).version.number == 2)
        } else {
            #expect(throws: ListError.shrunk(from: 100, to: count)) { try stored(count, after: first) }
        }
        #expect(try stored(count, after: first, confirm: true).version.isShrinkConfirmed)
    }

    @Test("A file as long as the list in force, but of others, is refused as well; new numbers alone lose nobody")
    func replacement() throws {
        let first = try stored(100, after: nil)
        func next(_ parties: [ListedParty]) throws -> ListVersion {
            var parsed = try ScreeningFixtures.lines(100).withUnsafeBufferPointer { try ParsedList.read($0) }
            parsed.parties = parties
            return try ListVersion.next(
                parsed, sha256: "", after: (first.version, first.parties), at: "2026-01-01T00:00:00Z",
                confirmShrink: false)
        }
        var others = first.parties
        for place in 0..<11 { (others[place].id, others[place].name) = ("x\(place)", "Somebody Else \(place)") }
        #expect(throws: ListError.replaced(lost: 11, of: 100)) { try next(others) }
        #expect(throws: ListError.replaced(lost: 11, of: 100)) { try next(others + others) }
        (others[0].id, others[0].name) = (first.parties[0].id, first.parties[0].name)
        #expect(try next(others).number == 2)
        var renumbered = first.parties
        for place in renumbered.indices { renumbered[place].id = "new-\(place)" }
        #expect(try next(renumbered.reversed()).difference.removed.count == 100)
    }

    @Test("A file that is cut off or altered is found, and nothing older is taken in its place")
    func damage() throws {
        try withArchive { archive in
            let first = try stored(20, after: nil)
            try archive.put(first)
            try archive.put(try stored(21, after: first))
            let path = archive.directory + "/own/2.list"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for end in stride(from: 0, to: whole.count, by: 37) {
                try whole.prefix(end).write(to: URL(fileURLWithPath: path))
                #expect(throws: ListError.self) { try archive.current("own") }
            }
            for place in stride(from: 0, to: whole.count, by: 41) {
                var altered = whole
                altered[place] ^= 1
                try altered.write(to: URL(fileURLWithPath: path))
                #expect(throws: ListError.self) { try archive.current("own") }
            }
        }
    }

    @Test("What a broken import left behind is in nobody's way")
    func leftovers() throws {
        try withArchive { archive in
            let first = try stored(20, after: nil)
            try archive.put(first)
            try Data("half a file".utf8).write(to: URL(fileURLWithPath: archive.directory + "/own/.new"))
            #expect(try archive.current("own") == first)
            let second = try stored(21, after: first)
            try archive.put(second)
            #expect(try archive.current("own") == second)
            #expect(throws: ListError.self) { try archive.put(second) }
            #expect(ListArchive.folderName("../Ev/il") == "---ev-il")
        }
    }
}
