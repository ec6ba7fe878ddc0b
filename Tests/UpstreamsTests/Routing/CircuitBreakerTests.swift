import Testing

@testable import Upstreams

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let second: Int64 = 1_000_000_000
    private let rules = BreakerRules()

    private func opened(at now: Int64 = 0) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<rules.failuresInARow { breaker.failed(wasProbe: false, at: now, rules) }
        return breaker
    }

    @Test("The fifth failure in a row opens it, and a success between begins the count again")
    func inARow() {
        var breaker = CircuitBreaker()
        for round in 0..<3 {
            for _ in 0..<4 { breaker.failed(wasProbe: false, at: Int64(round) * 11 * Self.second, rules) }
            #expect(breaker.phase(at: 0) == .closed)
            breaker.succeeded(wasProbe: false, at: Int64(round) * 11 * Self.second, rules)
        }
        for _ in 0..<4 { breaker.failed(wasProbe: false, at: 50 * Self.second, rules) }
        #expect(breaker.ask(at: 50 * Self.second) == .pass)
        breaker.failed(wasProbe: false, at: 50 * Self.second, rules)
        #expect(breaker.phase(at: 50 * Self.second) == .open)
        #expect(breaker.ask(at: 50 * Self.second) == .refused)
    }

    @Test("Half of twenty calls within the window open it; the same failures spread over a longer time do not")
    func share() {
        var quick = CircuitBreaker()
        var slow = CircuitBreaker()
        for call in 0..<20 {
            let (soon, late) = (Int64(call) * Self.second / 4, Int64(call) * Self.second)
            if call % 2 == 0 {
                quick.succeeded(wasProbe: false, at: soon, rules)
                slow.succeeded(wasProbe: false, at: late, rules)
            } else {
                #expect(quick.phase(at: soon) == .closed)
                quick.failed(wasProbe: false, at: soon, rules)
                slow.failed(wasProbe: false, at: late, rules)
            }
        }
        #expect(quick.phase(at: 5 * Self.second) == .open)
        #expect(slow.phase(at: 20 * Self.second) == .closed)
    }

    @Test("It stays open for its time, then lets one probe through at a time, and two that succeed close it")
    func closes() {
        var breaker = opened()
        #expect(breaker.ask(at: 5 * Self.second - 1) == .refused)
        #expect(breaker.phase(at: 5 * Self.second) == .halfOpen)
        #expect(breaker.ask(at: 5 * Self.second) == .probe)
        #expect(breaker.ask(at: 6 * Self.second) == .refused)
        breaker.succeeded(wasProbe: true, at: 6 * Self.second, rules)
        #expect(breaker.phase(at: 6 * Self.second) == .halfOpen)
        #expect(breaker.ask(at: 6 * Self.second) == .probe)
        breaker.succeeded(wasProbe: true, at: 6 * Self.second, rules)
        #expect(breaker.phase(at: 6 * Self.second) == .closed)
        #expect(breaker.ask(at: 6 * Self.second) == .pass)
    }

    @Test("Each probe that fails doubles the time it stays open, to a minute at most, and closing begins anew")
    func doubles() {
        var breaker = opened()
        var now: Int64 = 0
        for length in [5, 10, 20, 40, 60, 60] as [Int64] {
            #expect(breaker.reopens == now + length * Self.second)
            now += length * Self.second
            #expect(breaker.ask(at: now) == .probe)
            breaker.failed(wasProbe: true, at: now, rules)
        }
        now += 60 * Self.second
        for _ in 0..<2 {
            #expect(breaker.ask(at: now) == .probe)
            breaker.succeeded(wasProbe: true, at: now, rules)
        }
        for _ in 0..<5 { breaker.failed(wasProbe: false, at: now, rules) }
        #expect(breaker.reopens == now + 5 * Self.second)
    }

    @Test("What calls from before the opening bring neither closes nor prolongs it")
    func lateResults() {
        var breaker = opened()
        let before = breaker
        breaker.succeeded(wasProbe: false, at: Self.second, rules)
        breaker.failed(wasProbe: false, at: Self.second, rules)
        #expect(breaker == before)
        #expect(breaker.ask(at: 5 * Self.second) == .probe)
        let probing = breaker
        breaker.succeeded(wasProbe: false, at: 5 * Self.second, rules)
        breaker.failed(wasProbe: false, at: 5 * Self.second, rules)
        #expect(breaker == probing)
    }

    @Test("A probe that shows nothing makes room for the next one")
    func inconclusive() {
        var breaker = opened()
        #expect(breaker.ask(at: 5 * Self.second) == .probe)
        breaker.probeWasInconclusive()
        #expect(breaker.ask(at: 5 * Self.second) == .probe)
    }

    @Test("Neither extreme rules nor the end of time make it trap")
    func extremes() {
        var breaker = CircuitBreaker()
        let odd = BreakerRules(failuresInARow: 0, window: 0, openFor: .max, openAtMost: 0, probesToClose: 0)
        breaker.failed(wasProbe: false, at: .max, odd)
        #expect(breaker.phase(at: .max - 1) == .open)
        _ = breaker.ask(at: .max)
        breaker.failed(wasProbe: true, at: .max, odd)
    }
}

@Suite("Health of a server")
struct HealthRecordTests {
    @Test("Three bad answers take it out, two good ones bring it back, and a different one between begins anew")
    func riseAndFall() {
        var record = HealthRecord()
        let rules = HealthRules(path: "/health")
        let answers: [(isGood: Bool, turns: Bool, isUp: Bool)] = [
            (false, false, true), (false, false, true), (true, false, true), (false, false, true),
            (false, false, true), (false, true, false), (true, false, false), (false, false, false),
            (true, false, false), (true, true, true), (true, false, true),
        ]
        for (number, answer) in answers.enumerated() {
            #expect(record.note(isGood: answer.isGood, rules) == answer.turns, "answer \(number)")
            #expect(record.isUp == answer.isUp, "answer \(number)")
        }
    }
}
