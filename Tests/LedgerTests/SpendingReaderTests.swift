import Testing

@testable import Ledger

@Suite("What a ledger says of money")
struct SpendingReaderTests {
    @Test("The same names have one number, however many there are, and others another")
    func payers() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        for number in 0..<600 {
            var admission = Admission.sample(number)
            // What one name ends with is what the next begins with: only the lengths tell them apart.
            admission.organisation = String(repeating: "o", count: number % 20 + 1)
            admission.account = String(repeating: "o", count: 40 - number % 20)
            admission.key = "k\(number % 200 / 20)"
            admission.decision = .admitted
            admission.endUser = number % 7 == 0 ? "user" : ""
            _ = try log.admit(admission)
        }
        log.close()
        let entries = try LedgerReader(directory: scratch.path)
        var reader = SpendingReader(try LedgerReader(directory: scratch.path))
        var numbers: [[String]: Int] = [:]
        while let entry = try reader.next() {
            let whole = try #require(try entries.next())
            guard case .admission(let admission) = whole.record,
                case .admitted(let payer, let endUser, let charge, let time) = entry.event
            else { continue }
            let names = reader.names(of: payer)
            #expect(names.organisation == admission.organisation && names.account == admission.account)
            #expect(names.key == admission.key && names.model == admission.model)
            #expect(endUser == admission.endUser && charge == admission.charge && time == admission.time)
            #expect(entry.sequence == whole.sequence && entry.chain == whole.chain)
            let spelling = [admission.organisation, admission.account, admission.key, admission.model]
            #expect(numbers[spelling, default: payer] == payer)
            numbers[spelling] = payer
        }
        #expect(numbers.count == 200)
        #expect(Set(numbers.values) == Set(0..<200))
    }

    @Test("Ends, growths and refusals are told as they were recorded")
    func events() throws {
        let scratch = Scratch()
        let log = try ExchangeLog.open(directory: scratch.path)
        var admission = Admission.sample()
        admission.decision = .admitted
        let first = try log.admit(admission)
        try log.grow(Growth(sequence: first, time: 2, reserved: 77))
        var completion = Completion.sample(of: first)
        completion.settled = 55
        completion.usage = .init(input: 1, output: 2, cached: 3, reasoning: 4)
        log.complete(completion)
        admission.decision = .refused(category: "c", principle: "p", stage: .linear, turn: nil)
        _ = try log.admit(admission)
        admission.decision = .denied(code: "no")
        _ = try log.admit(admission)
        log.close()
        var reader = SpendingReader(try LedgerReader(directory: scratch.path))
        var found: [String] = []
        while let entry = try reader.next() {
            switch entry.event {
            case .admitted(let payer, _, _, _): found.append("admitted \(payer)")
            case .refused(let payer, _, _): found.append("refused \(payer)")
            case .completed(let number, let settled, let usage):
                found.append("completed \(number) \(settled ?? 0) \(usage.map { $0.input + $0.reasoning } ?? 0)")
            case .grew(let number, let sum): found.append("grew \(number) \(sum)")
            case .other: found.append("other")
            }
        }
        #expect(found == ["admitted 0", "grew \(first) 77", "completed \(first) 55 5", "refused 0", "other"])
    }
}
