import Glibc
import Testing

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
