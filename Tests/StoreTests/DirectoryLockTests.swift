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
}
