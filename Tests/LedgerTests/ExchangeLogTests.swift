import Glibc
import Synchronization
import Testing
import Threads

@testable import Ledger

@Suite("Writing the log")
struct ExchangeLogTests {
    @Test("Sequence numbers go on without a gap over completions, segments and restarts")
    func sequencesGoOn() throws {
        let scratch = Scratch()
        for round in 0..<4 {
            let log = try ExchangeLog.open(directory: scratch.path, durability: .process, segmentBytes: 4096)
            #expect(log.recovery.nextSequence == UInt64(round * 100 + 1))
            for number in 0..<50 {
                let sequence = try log.admit(.sample(number))
                log.complete(.sample(of: sequence))
                log.complete(.sample(of: sequence))
            }
            #expect(log.openExchanges == 0)
            log.close()
        }
        #expect(try segments(in: scratch.path).count > 4)
    }

    @Test("A second opener is told who holds the directory")
    func secondOpener() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        #expect(throws: LedgerError.heldByAnother(directory: scratch.path, pid: getpid())) {
            try ExchangeLog.open(directory: scratch.path)
        }
        log.close()
        #expect(throws: LedgerError.closed) { try log.admit(.sample()) }
    }
}

/// Counts and sequence numbers that several threads add to.
private final class Tally: Sendable {
    private let numbers = Mutex<[UInt64]>([])
    func add(_ number: UInt64) { numbers.withLock { $0.append(number) } }
    var all: [UInt64] { numbers.withLock { $0 } }
}

/// Waits for something that another thread brings about.
private func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<2000 {
        if try condition() { return true }
        usleep(5000)
    }
    return false
}

@Suite("Many at once")
struct ConcurrencyTests {
    @Test("Eight threads lose and double nothing, and a reader follows them over all segments")
    func eightThreads() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path, segmentBytes: 2 << 20)
        let tally = Tally()
        let perThread = 10_000
        let follower = Tally()
        let following = try SystemThread {
            guard let reader = try? LedgerReader(directory: scratch.path) else { return }
            var idle = 0
            while follower.all.count < 16, idle < 20_000 {
                var count: UInt64 = 0
                while let entry = try? reader.next() {
                    count += 1
                    if entry.sequence % 10_000 == 0 { follower.add(entry.sequence) }
                }
                idle = count == 0 ? idle + 1 : 0
                if count == 0 { usleep(1000) }
            }
        }
        let threads = try (0..<8).map { thread in
            try SystemThread {
                for number in 0..<perThread {
                    guard let sequence = try? log.admit(.sample(thread * perThread + number)) else { continue }
                    log.complete(.sample(of: sequence))
                    tally.add(sequence)
                }
            }
        }
        threads.forEach { $0.join() }
        log.close()
        following.join()
        #expect(tally.all.count == 8 * perThread)
        #expect(Set(tally.all).count == 8 * perThread)
        #expect(follower.all == (1...16).map { UInt64($0 * 10_000) })
        let report = try LedgerVerification.verify(directory: scratch.path)
        #expect(report.isSound)
        #expect(report.admitted == UInt64(8 * perThread) && report.completions == report.admitted && report.open == 0)
        #expect(report.segments > 5)
    }

    @Test("A call for durability comes at once with 'process', and with 'disk' only once the record is durable")
    func durabilities() throws {
        for durability in [ExchangeLog.Durability.process, .disk] {
            let scratch = Scratch()
            let log = try ExchangeLog.open(directory: scratch.path, durability: durability, segmentBytes: 8192)
            let done = Tally()
            for number in 0..<200 {
                let sequence = try log.admit(.sample(number))
                log.whenDurable(sequence) { error in
                    let isOnDisk = durability == .process || log.core.state.withLock { $0.durable > sequence }
                    if error == nil, isOnDisk { done.add(sequence) }
                }
                if durability == .process { #expect(done.all.count == number + 1) }
            }
            #expect(eventually { done.all.count == 200 })
            log.close()
        }
    }

    @Test("A completion is in the file soon, though no admission follows")
    func groupCommit() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        let sequence = try log.admit(.sample())
        log.complete(.sample(of: sequence))
        #expect(try eventually { try LedgerReader.completion(of: sequence, in: scratch.path) != nil })
        #expect(try eventually { try DurableMark.read(in: scratch.path)?.next == 3 })
        log.close()
    }

    @Test("At process the disk is synced a few times a second, and what was written last as well")
    func syncs() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        let began = monotonicNanoseconds()
        var (durable, changes, last) = (log.core.state.withLock { $0.durable }, 0, UInt64(0))
        while monotonicNanoseconds() - began < 400_000_000 {
            last = try log.admit(.sample())
            usleep(500)
            let now = log.core.state.withLock { $0.durable }
            if now != durable { (durable, changes) = (now, changes + 1) }
        }
        let most = Int((monotonicNanoseconds() - began) / ExchangeLog.syncInterval) + 1
        #expect((1...most).contains(changes))
        #expect(eventually { log.core.state.withLock { $0.durable > last } })
        #expect(eventually { log.lag.records == 0 && log.lag.waiting == 0 })
        log.close()
    }

    @Test("Closing answers everyone who waits")
    func closing() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path, durability: .disk)
        let answered = Tally()
        for number in 0..<20 { log.whenDurable(try log.admit(.sample(number))) { _ in answered.add(1) } }
        log.close()
        #expect(answered.all.count == 20)
    }
}

@Suite("When the disk fails")
struct FaultTests {
    @Test("A full disk refuses admissions, and the log goes on by itself once there is room")
    func fullDisk() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        for round in 0..<2 {
            let first = try log.admit(.sample(1))
            // Nothing but the refused admission itself may be needed to set the log trying again.
            #expect(eventually { log.core.state.withLock { $0.isCommitterIdle } })
            // The device that is always full takes the segment's place behind the log's back.
            let descriptor = log.core.state.withLock { $0.file.descriptor }
            let kept = dup(descriptor)
            let full = try OpenFile("/dev/full", O_RDWR)
            dup2(full.descriptor, descriptor)
            #expect(throws: LedgerError.notWritable(reason: systemMessage(ENOSPC))) { try log.admit(.sample(2)) }
            #expect(log.health == .failing("write: \(systemMessage(ENOSPC))"))
            if round == 1 { log.complete(.sample(of: first)) }
            #expect(throws: LedgerError.self) { try log.admit(.sample(3)) }
            dup2(kept, descriptor)
            close(kept)
            #expect(eventually { log.health == .writable })
        }
        #expect(try log.admit(.sample(4)) == 6)
        log.close()
        let report = try LedgerVerification.verify(directory: scratch.path)
        #expect(report.isSound)
        #expect((report.admitted, report.completions, report.interruptions) == (3, 1, 2))
    }

    @Test("Admissions that come together are written together, and before the number they are asked for by")
    func gathered() throws {
        let scratch = Scratch()
        var writer = try LogOpening.open(directory: scratch.path, segmentBytes: 1 << 20).intoWriter()
        let empty = writer.size
        var sequences: [UInt64] = []
        for number in 0..<20 { sequences.append(try writer.enter(.sample(number))) }
        #expect(sequences == Array(1...20))
        var inFile = try writer.file.size()
        #expect(inFile == empty)
        try writer.write(through: 20)
        inFile = try writer.file.size()
        #expect(inFile == writer.size && inFile > empty)
        // What is written is not written twice, and what follows waits again.
        _ = try writer.enter(.sample(20))
        try writer.write(through: 20)
        inFile = try writer.file.size()
        #expect(inFile == writer.size && writer.written.next == 21)
        try writer.write(through: 21)
        #expect(try LedgerVerification.verify(directory: scratch.path).admitted == 21)
    }

    @Test("Where they cannot be written each is told, and they are on record once there is room")
    func gatheredOnFullDisk() throws {
        let scratch = Scratch()
        var writer = try LogOpening.open(directory: scratch.path, segmentBytes: 1 << 20).intoWriter()
        let descriptor = writer.file.descriptor
        let kept = dup(descriptor)
        let full = try OpenFile("/dev/full", O_RDWR)
        for number in 0..<3 { _ = try writer.enter(.sample(number)) }
        dup2(full.descriptor, descriptor)
        for _ in 0..<2 {
            do throws(LedgerError) {
                try writer.write(through: 3)
                Issue.record("written to a full disk")
            } catch {
                #expect(error == .notWritable(reason: systemMessage(ENOSPC)) || writer.failure != nil)
            }
        }
        let refused = try? writer.enter(.sample(3))
        #expect(refused == nil)
        dup2(kept, descriptor)
        close(kept)
        writer.recover()
        try writer.write(through: 3)
        _ = try writer.admit(.sample(4))
        let report = try LedgerVerification.verify(directory: scratch.path)
        #expect(report.isSound)
        #expect((report.admitted, report.interruptions) == (4, 1))
    }

    @Test("After a failed sync nothing is promised, and everything since the last good one is written again")
    func failedSync() throws {
        let scratch = Scratch()
        var writer = try LogOpening.open(directory: scratch.path, segmentBytes: 1 << 20).intoWriter()
        for number in 0..<20 { _ = try writer.admit(.sample(number)) }
        let answered = Tally()
        writer.waiters.append(LogWriter.Waiter(sequence: 3) { if $0 != nil { answered.add(3) } })
        let begun = writer.beginSync(every: 0).job
        let job = try #require(begun)
        let (waiters, error) = writer.endSync(job, .io(operation: "fdatasync", path: "x", errno: EIO))
        for waiter in waiters { waiter.call(error) }
        #expect(answered.all == [3])
        var state = (writer.mustRewrite, writer.durable)
        #expect(state == (true, 1))
        let refused = try? writer.admit(.sample(20))
        #expect(refused == nil)
        writer.recover()
        state = (writer.mustRewrite, writer.durable)
        #expect(state == (false, 21))
        let sequence = try writer.admit(.sample(21))
        #expect(sequence == 22)
        #expect(try LedgerVerification.verify(directory: scratch.path).isSound)
    }

    @Test("A write that stops half way leaves no part of a record behind")
    func shortWrite() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let scratch = Scratch()
            let log = try ExchangeLog.open(directory: scratch.path)
            for number in 0..<5 { _ = try log.admit(.sample(number)) }
            let size = log.core.state.withLock { $0.size }
            // The next record fits only in part: the kernel writes 20 bytes of it and then refuses.
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            limit.rlim_cur = rlim_t(size) + 20
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: LedgerError.self) { try log.admit(.sample(5)) }
            #expect(log.health != .writable)
            #expect(try log.core.state.withLock { try $0.file.size() } == size)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #expect(eventually { log.health == .writable })
            #expect(try log.admit(.sample(6)) == 7)
            log.close()
            #expect(try LedgerVerification.verify(directory: scratch.path).isSound)
        }
    }

    @Test("What was acknowledged survives kill -9 at any moment")
    func killed() async throws {
        let directory = "/tmp/sluice-ledger-killed-\(getpid())"
        for round in 1...(getenv("SLUICE_COUNTS") == nil ? 4 : 12) {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                let directory = "/tmp/sluice-ledger-killed-\(getppid())"
                let log = try ExchangeLog.open(directory: directory, segmentBytes: 100_000)
                let acknowledged = try OpenFile(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND)
                for thread in 0..<4 {
                    _ = try SystemThread {
                        var number = thread
                        while let sequence = try? log.admit(.sample(number)) {
                            withUnsafeBytes(of: sequence) { _ = write(acknowledged.descriptor, $0.baseAddress, 8) }
                            log.complete(.sample(of: sequence))
                            number += 4
                        }
                    }
                }
                while try acknowledged.size() == 0 { usleep(200) }
                usleep(UInt32.random(in: 0...60_000))
                kill(getpid(), SIGKILL)
                while true { pause() }
            }
            let log = try ExchangeLog.open(directory: directory, segmentBytes: 100_000)
            log.close()
            let report = try LedgerVerification.verify(directory: directory)
            #expect(report.isSound, "round \(round): \(report.problems)")
            let file = try OpenFile(directory + "/acknowledged", O_RDONLY)
            let bytes = try file.bytes(Int(file.size()), at: 0)
            let acknowledged = bytes.withUnsafeBytes { bytes in
                (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
            }
            var admissions: Set<UInt64> = []
            let reader = try LedgerReader(directory: directory)
            while let entry = try reader.next() {
                if case .admission = entry.record { admissions.insert(entry.sequence) }
            }
            #expect(acknowledged.count > 0 && Set(acknowledged).count == acknowledged.count)
            #expect(admissions.isSuperset(of: acknowledged))
        }
        for name in try namesInDirectory(directory) { unlink(directory + "/" + name) }
        rmdir(directory)
    }
}
