import Testing

@testable import Metering

@Suite("Amounts")
struct AmountTests {
    @Test(
        "are read exactly",
        arguments: [
            ("0", 0), ("2.5", 2_500_000), (".5", 500_000), ("1.", 1_000_000), ("0.000001", 1), ("1200", 1_200_000_000),
            ("0.1", 100_000), ("000.300000", 300_000), ("1.0000000", 1_000_000), ("1000000000", Amount.largest),
        ] as [(String, Int64)])
    func reading(_ text: String, _ micros: Int64) throws {
        #expect(try Amount.parse(text) == micros)
        #expect(try Amount.parse(Amount.text(micros)) == micros)
    }

    @Test(
        "are refused when they are no amounts, each for its reason",
        arguments: [
            ("", .empty), ("-1", .negative), ("-0.5", .negative), ("nan", .notANumber), ("NaN", .notANumber),
            ("-nan", .notANumber), ("inf", .notANumber), ("1e3", .notANumber), ("0x10", .notANumber),
            ("+1", .notANumber),
            ("1,5", .notANumber), ("1.2.3", .notANumber), (".", .notANumber), ("-", .notANumber), ("１", .notANumber),
            (" 1", .notANumber), ("0.0000001", .tooFine), ("1000000000.000001", .tooLarge(most: Amount.largest)),
            ("99999999999999999999999999", .tooLarge(most: Amount.largest)),
        ] as [(String, Amount.Fault)])
    func refusing(_ text: String, _ fault: Amount.Fault) {
        #expect(throws: fault) { try Amount.parse(text) }
    }

    @Test(
        "are written with two digits at least",
        arguments: [
            (0, "0.00"), (1, "0.000001"), (2_500_000, "2.50"), (-10_000, "-0.01"), (Int64.min, "-9223372036854.775808"),
        ] as [(Int64, String)])
    func writing(_ micros: Int64, _ text: String) {
        #expect(Amount.text(micros) == text)
    }

    @Test("of any bytes are read or refused, never a trap", arguments: 0..<200)
    func anything(_ seed: UInt64) {
        var random = Seeded(state: seed)
        for _ in 0..<100 {
            let letters = Array("0123456789.-+eEnaif, \u{0}é")
            let text = String(
                (0..<Int.random(in: 0..<30, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
            if let value = try? Amount.parse(text) { #expect((0...Amount.largest).contains(value)) }
        }
    }
}

@Suite("Prices")
struct PriceTests {
    @Test("charge each kind of token by its rate, rounded up once")
    func cost() {
        let rates = Rates(input: 2_500_000, output: 10_000_000, cached: 1_250_000, reasoning: 15_000_000)
        #expect(rates.cost(of: TokenCounts()) == 0)
        #expect(rates.cost(of: TokenCounts(input: 1)) == 3)
        #expect(rates.cost(of: TokenCounts(input: 2)) == 5)
        #expect(
            rates.cost(of: TokenCounts(input: 1000, cached: 400, output: 100, reasoning: 40)) == 1500 + 500 + 600 + 600)
    }

    @Test("fall back from cached to input and from reasoning to output")
    func fallback() {
        let rates = Rates(input: 2, output: 4)
        #expect(rates.cached == 2 && rates.reasoning == 4)
    }

    @Test("stay whole at the ends of what there is")
    func extremes() {
        let dearest = Rates(input: .max, output: .max)
        #expect(dearest.cost(of: TokenCounts(input: .max, output: .max)) == Rates.highestCost)
        #expect(Rates(input: .min, output: -1) == Rates.free)
        #expect(TokenCounts(input: -5, cached: 9, output: .max, reasoning: .max).cached == 0)
    }

    @Test("never charge a part more than the whole", arguments: 0..<100)
    func monotone(_ seed: UInt64) {
        var random = Seeded(state: seed)
        func rate() -> Int64 { Int64.random(in: 0...Rates.highest, using: &random) }
        let rates = Rates(input: rate(), output: rate(), cached: rate(), reasoning: rate())
        let (input, output) = (
            Int64.random(in: 0...100_000, using: &random), Int64.random(in: 0...100_000, using: &random)
        )
        let counts = TokenCounts(
            input: input, cached: Int64.random(in: 0...input, using: &random), output: output,
            reasoning: Int64.random(in: 0...output, using: &random))
        #expect(rates.cost(of: counts) <= rates.worst.cost(of: TokenCounts(input: input, output: output)))
        let bought = rates.outputTokens(for: 1_000_000_000)
        #expect(rates.cost(of: TokenCounts(output: min(bought, TokenCounts.most))) <= 1_000_000_000)
    }

    @Test("hold from their day on, and the later entry corrects the earlier")
    func dated() {
        let list = PriceList([
            Price(version: 1, model: "m", starts: 0, rates: Rates(input: 1, output: 1)),
            Price(version: 3, model: "m", starts: 1000, rates: Rates(input: 3, output: 3)),
            Price(version: 2, model: "m", starts: 1000, rates: Rates(input: 2, output: 2)),
        ])
        #expect(list.price(of: "m", at: -1) == nil)
        #expect(list.price(of: "m", at: 999)?.version == 1)
        #expect(list.price(of: "m", at: 1000)?.version == 3)
        #expect(list.price(of: "other", at: 1000) == nil)
        #expect(list.price(version: 2)?.rates.input == 2)
    }
}

@Suite("Price files")
struct PriceFileTests {
    @Test("are read with and without a heading, comments and gaps")
    func reading() throws {
        let plain = try PriceFile.parse("# our prices\nswift-1, 2.50, 10, 1.25, 12, 2026-12-01\r\n\nfree,0,0\n")
        #expect(plain.map(\.model) == ["swift-1", "free"])
        #expect(plain[0].rates == Rates(input: 2_500_000, output: 10_000_000, cached: 1_250_000, reasoning: 12_000_000))
        #expect(plain[0].starts == UTCDay("2026-12-01")?.milliseconds && plain[1].starts == nil)
        let named = try PriceFile.parse("Model,Output,Input\nm,4,2\n")
        #expect(named == [PriceEntry(model: "m", starts: nil, rates: Rates(input: 2_000_000, output: 4_000_000))])
    }

    @Test(
        "name the line and the field of what is wrong",
        arguments: [
            ("m,-1,2", "line 1, input: is negative"), ("\nm,1,nan", "line 2, output: is no decimal number"),
            ("m,1,1e9", "line 1, output: is no decimal number"), ("m,1000001,1", "line 1, input: is too large"),
            ("m,1,2,99999999999999999999", "line 1, cached: is too large"), ("m,1", "line 1, output: is missing"),
            ("m,1,2,,-3", "line 1, reasoning: is negative"), ("m,1,2,,,2026-02-30", "line 1, from: is no day"),
            (",1,2", "line 1, model: must have"), ("a b,1,2", "line 1, model: must not have spaces"),
            ("m,1,2,3,4,2026-01-01,7", "line 1, from: is followed by 1 cells"),
            ("model,price\nm,1", "line 1, price: is no column"),
        ])
    func refusing(_ text: String, _ message: String) {
        let error = #expect(throws: PriceFaults.self) { try PriceFile.parse(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test("tell everything that is wrong at once")
    func all() {
        let error = #expect(throws: PriceFaults.self) { try PriceFile.parse("m,-1,nan\nn,1,2\no,x,1") }
        #expect(error?.all.map(\.line) == [1, 1, 3])
    }
}
