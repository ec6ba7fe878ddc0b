import NIOCore
import Testing

@testable import Upstreams

@Suite("The egress guard")
struct EgressTests {
    /// A thousandth of ten gigabytes.
    private static let most: Int64 = 10_000_000
    private static let second: Int64 = 1_000_000_000

    @Test(
        "Honest streams leave nothing unexplained, however long", arguments: EgressTraffic.Style.allCases,
        [1, 40, 4_000])
    func honest(_ style: EgressTraffic.Style, events: Int) {
        var traffic = EgressTraffic(7)
        let (count, link) = traffic.count(style, events: events)
        #expect(count.unexplained(of: link) == 0)
    }

    @Test("Padding is seen in any field, once an answer's own allowance is used", arguments: [64, 300, 4_096])
    func padded(_ padding: Int) {
        var traffic = EgressTraffic(8)
        let (count, link) = traffic.count(.chat, events: 400, padding: padding)
        let hidden = Int64(400 * padding)
        #expect(count.unexplained(of: link) > hidden - Int64(EgressRules().perAnswer) - 400 * 50)
    }

    @Test("Comments and transfer framing that carry something are padding too")
    func comments() {
        var traffic = EgressTraffic(9)
        let (count, link) = traffic.count(.chat, events: 100)
        #expect(count.unexplained(of: link + 100_000) > 90_000)
    }

    @Test("What repeats the event before explains itself, byte for byte")
    func common() {
        let one = ByteBuffer(string: "data: {\"id\":\"a\",\"text\":\"first\"}")
        let two = ByteBuffer(string: "data: {\"id\":\"a\",\"text\":\"second thing\"}")
        #expect(two.inCommon(with: one) == "data: {\"id\":\"a\",\"text\":\"".utf8.count + "\"}".utf8.count)
        #expect(one.inCommon(with: one) == one.readableBytes)
        #expect(ByteBuffer().inCommon(with: one) == 0)
    }

    /// Bytes of the link until the account stops, in reports of `each` bytes every `pause`.
    private func leaked(_ report: EgressReport, every pause: Int64) -> Int64 {
        var account = EgressAccount(EgressRules())
        var now: Int64 = 0
        while account.stopped == nil, account.sum.link < 10_000_000_000 {
            now += pause
            _ = account.take(report, under: EgressRules(), at: now)
        }
        return account.sum.link
    }

    @Test("A burst of text stops before a thousandth of ten gigabytes has left")
    func burst() {
        // As fast as a link of ten gigabits carries it, and as a slower one.
        for pause in [52_000, 500_000] as [Int64] {
            let left = leaked(EgressReport(link: 65_536, text: 65_536, tokens: 16_384), every: pause)
            #expect(left < Self.most, "\(left)")
        }
    }

    @Test("Padding stops, fast and as a drip", arguments: [1_000_000, Self.second, 60 * Self.second])
    func drip(_ pause: Int64) {
        let left = leaked(EgressReport(link: 2_048, padding: 2_048), every: pause)
        #expect(left < Self.most, "\(left)")
    }

    @Test("Padded answers stop, whatever is between them", arguments: [200, 2_000, 60_000])
    func paddedAnswers(_ padding: Int) {
        var traffic = EgressTraffic(10)
        var account = EgressAccount(EgressRules())
        var (now, hidden): (Int64, Int64) = (0, 0)
        while account.stopped == nil, hidden < Self.most {
            var (count, link) = traffic.count(.chat, events: 100, padding: padding)
            now += 2 * Self.second
            hidden += Int64(100 * padding)
            if let report = count.report(link: link, tokens: 200, claimed: 100, isOver: true) {
                _ = account.take(report, under: EgressRules(), at: now)
            }
        }
        #expect(account.stopped == .padding)
        #expect(hidden < Self.most, "\(hidden)")
    }

    @Test("Text for which the server made no tokens stops")
    func excess() {
        var account = EgressAccount(EgressRules())
        var (now, left): (Int64, Int64) = (0, 0)
        while account.stopped == nil, left < Self.most {
            var count = EgressCount(EgressRules())
            count.note(whole: 100_000, choices: 1)
            now += 60 * Self.second
            left += 100_000
            if let report = count.report(link: 101_000, tokens: 25_000, claimed: 20, isOver: true) {
                _ = account.take(report, under: EgressRules(), at: now)
            }
        }
        #expect(account.stopped == .excess)
        #expect(left < Self.most)
    }

    @Test("A week with peaks at the hardware's pace makes no alarm", arguments: [1, 2, 3] as [UInt64])
    func week(_ seed: UInt64) {
        var traffic = EgressTraffic(seed)
        // Answers of all kinds, counted once, told again and again.
        let answers = (0..<240).map { number -> EgressReport in
            let style = EgressTraffic.Style.allCases[number % 4]
            let events = [3, 30, 200, 900][number / 4 % 4]
            var (count, link) = traffic.count(style, events: events)
            return count.report(link: link, tokens: count.text / 4, claimed: Int64(events), isOver: true)
                ?? EgressReport()
        }
        var rules = EgressRules()
        rules.tokensPerSecond = 2_500
        var account = EgressAccount(rules)
        var signs: [EgressAccount.Sign] = []
        var now: Int64 = 0
        let week: Int64 = 7 * 86_400 * Self.second
        while now < week {
            let second = now / Self.second
            let hour = second / 3_600 % 24
            // Nights, days, and every afternoon an hour in which the hardware is full.
            let share = hour == 15 ? 1.0 : hour < 7 ? 0.05 : 0.4
            let answer = answers.randomElement(using: &traffic.dice) ?? EgressReport()
            signs += account.take(answer, under: rules, at: now)
            // The pace is that of tokens of five bytes, by 2,500 a second.
            now += Int64(Double(max(1, answer.text)) / (2_500 * 5 * share) * Double(Self.second))
            // Every afternoon sixty long answers end in the same moment.
            if hour == 15, second % 3_600 < 2 {
                for _ in 0..<60 {
                    signs += account.take(
                        EgressReport(link: 40_000, text: 32_000, tokens: 8_000), under: rules, at: now)
                }
                now += 3 * Self.second
            }
        }
        #expect(signs.isEmpty)
        #expect(account.sum.text > 1_000_000_000)
    }

    @Test("An alarm comes before the stop, once; a person's release begins anew")
    func release() {
        var account = EgressAccount(EgressRules())
        var signs: [EgressAccount.Sign] = []
        for step in 0..<2_000 {
            signs += account.take(EgressReport(link: 2_048, padding: 2_048), under: EgressRules(), at: Int64(step))
        }
        #expect(signs == [.alarm(.padding), .stop(.padding)])
        account.release()
        #expect(account.stopped == nil && account.owed == 0)
        let after = account.take(EgressReport(link: 300, text: 80), under: EgressRules(), at: 0)
        #expect(after.isEmpty)
    }

    @Test("A debt is forgiven slowly, and not by a clock that goes back")
    func forgiveness() {
        var account = EgressAccount(EgressRules())
        _ = account.take(EgressReport(link: 100_000, padding: 100_000), under: EgressRules(), at: 1_000)
        _ = account.take(EgressReport(), under: EgressRules(), at: 0)
        #expect(account.owed == 100_000)
        _ = account.take(EgressReport(), under: EgressRules(), at: 1_000 + 86_400 * Self.second)
        #expect(abs(account.owed - (100_000 - 65_536)) <= 1)
    }

    @Test("Any numbers leave the account whole")
    func hostile() {
        var account = EgressAccount(EgressRules())
        for figure in [Int64.max, .min, -1, 0] {
            let report = EgressReport(link: figure, text: figure, tokens: figure, padding: figure, excess: figure)
            _ = account.take(report, under: EgressRules(), at: figure)
        }
        var count = EgressCount(EgressRules())
        count.note(whole: .max, choices: .max / 16)
        count.note(event: ByteBuffer(), text: .max, choice: nil)
        #expect(count.unexplained(of: .max) >= 0)
        _ = count.report(link: .max, tokens: .max, claimed: .max, isOver: true)
    }

    @Test("A model is out of service until the books that said so say otherwise")
    func guardFollows() {
        let gate = EgressGuard()
        let place = EgressGuard.Place(model: "r1", address: "http://127.0.0.1:1")
        let all = EgressReport(link: 4 << 20, padding: 4 << 20)
        #expect(!gate.take(all, from: place, under: EgressRules(), at: 0))
        #expect(gate.isStopped("r1") && !gate.isStopped("r2"))
        // Settings that change before the stop is written release nothing.
        gate.follow([])
        #expect(gate.isStopped("r1"))
        gate.follow(["r1"])
        gate.follow([])
        #expect(!gate.isStopped("r1"))
        #expect(gate.take(EgressReport(link: 10, text: 5), from: place, under: EgressRules(), at: 1))
    }
}

@Suite("The grant of a held link")
struct LinkGrantTests {
    /// Whether the margin is refilled at each of some looks: what the gateway explains, and what passed.
    private func refills(_ looks: [(explained: Int64?, used: Int64)]) -> [Bool] {
        var grant = LinkGrant(margin: 100_000)
        return looks.map { grant.tick(explained: $0.explained, used: $0.used) }
    }

    @Test("Explained bytes refill the margin, with what packets add")
    func honest() {
        let looks = (0...100).map { (Int64?($0 * 50_000), $0 == 0 ? 0 : Int64(60_000)) }
        #expect(refills(looks) == [false] + [Bool](repeating: true, count: 100))
    }

    @Test("Without a gateway nothing is refilled")
    func silent() {
        let answers = refills([(0, 0)] + [(Int64?, Int64)](repeating: (nil, 90_000), count: 10))
        #expect(answers == [Bool](repeating: false, count: 11))
    }

    @Test(
        "Bytes that nobody explains close the link for good, fast or slow",
        arguments: [1_000, 30_000, 90_000] as [Int64])
    func closes(_ step: Int64) {
        let answers = refills([(0, 0)] + [(Int64?, Int64)](repeating: (0, step), count: 1_000))
        #expect(Int64(answers.count { $0 }) * step <= 200_000)
        #expect(answers.last == false)
    }

    @Test("A gateway that begins anew explains from nothing, and takes nothing back")
    func restarts() {
        #expect(refills([(500_000, 0), (560_000, 60_000), (40_000, 40_000)]) == [false, true, true])
    }

    @Test("Any figures leave the grant whole")
    func hostile() {
        let figures: [Int64] = [.max, .min, 0, -1]
        let looks = figures.flatMap { explained in figures.map { (Int64?(explained), $0) } }
        #expect(refills(looks).count == 16)
    }
}
