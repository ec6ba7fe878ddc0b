import Foundation
import Testing

@testable import Store

@Suite("The lock on a server's directory")
struct DirectoryLockTests {
    @Test("has one holder, who is named, and comes free with it")
    func oneHolder() throws {
        let home = ServerDirectory(FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString + "/")
        let missing = #expect(throws: DirectoryError.self) { try DirectoryLock(home) }
        #expect(missing?.isTaken == false)
        try home.create()
        try home.create()
        do {
            let lock = try DirectoryLock(home)
            let taken = #expect(throws: DirectoryError.self) { try DirectoryLock(home) }
            #expect(taken?.isTaken == true)
            #expect(taken?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
            withExtendedLifetime(lock) {}
        }
        _ = try DirectoryLock(home)
    }

    @Test("cannot be taken where no directory can be made")
    func nowhere() {
        #expect(throws: DirectoryError.self) { try ServerDirectory("/proc/none/var").create() }
    }

    @Test("Who is turned away closes what they opened, once")
    func closesOnce() async throws {
        let home = ServerDirectory(FileManager.default.temporaryDirectory.path + "/" + UUID().uuidString + "/")
        try home.create()
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        let lock = try DirectoryLock(home)
        // A number that is closed twice may be somebody else's by then: here, that of a file which is open for a moment.
        let others = Task.detached {
            var lost = 0
            while !Task.isCancelled {
                let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
                for _ in 0..<50 where fcntl(file, F_GETFD) < 0 { lost += 1 }
                if close(file) != 0 { lost += 1 }
            }
            return lost
        }
        for _ in 0..<20_000 { #expect(throws: DirectoryError.self) { try DirectoryLock(home) } }
        others.cancel()
        #expect(await others.value == 0)
        withExtendedLifetime(lock) {}
    }
}
