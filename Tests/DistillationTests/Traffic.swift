import Distillation

/// A small generator with a fixed seed, so that a failing test can be repeated.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// One exchange as a test writes it.
struct Line: Equatable {
    var time: Int64
    var account: String
    var organisation: String
    var address: String
    var payment: String
    var client: String
    var prompt: String
    var limit: Int64 = 1024

    /// Feeds the exchange into a watch or a sketch.
    func give(_ body: (borrowing Exchange) -> Void) {
        var exchange = Exchange()
        exchange.time = time
        exchange.promptTokens = Int64(prompt.utf8.count)
        exchange.completionTokens = 100
        exchange.maxTokens = limit
        exchange.network = 64_512
        let texts = [account, organisation, address, payment, client, prompt].map { Array($0.utf8) }
        texts[0].withUnsafeBytes { account in
            texts[1].withUnsafeBytes { organisation in
                texts[2].withUnsafeBytes { address in
                    texts[3].withUnsafeBytes { payment in
                        texts[4].withUnsafeBytes { client in
                            texts[5].withUnsafeBytes { prompt in
                                exchange.account = account
                                exchange.organisation = organisation
                                exchange.address = address
                                exchange.payment = payment
                                exchange.client = client
                                exchange.prompt = prompt
                                body(exchange)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Simulated traffic: honest people with habits of their own and, if wanted, one campaign.
struct Traffic {
    static let begin: Int64 = 1_790_000_000_000
    static let hour: Int64 = 3_600_000

    private(set) var lines: [Line] = []
    private(set) var records: [String: OrganisationRecord] = [:]
    private(set) var campaign: Set<String> = []
    private var random: Seeded
    private let words: [String]

    init(seed: UInt64, honest: Int = 260, members: Int = 24) {
        random = Seeded(seed)
        words = (0..<900).map {
            "w\(["a", "e", "i", "o", "u"][$0 % 5])\(["b", "k", "l", "m", "r", "s"][$0 / 5 % 6])x\(["a", "b", "c", "d"][$0 / 30 % 4])\(["da", "fo", "gi", "ha", "ju", "ke", "lo", "mu"][$0 / 120 % 8])"
        }
        let general = (0..<40).map { _ in template(from: words[200...]) }
        for index in 0..<honest { addPerson(index, general) }
        if members > 0 { addCampaign(members, general) }
        lines.sort { ($0.time, $0.account) < ($1.time, $1.account) }
    }

    private mutating func pick<T>(_ list: some RandomAccessCollection<T>) -> T {
        list[list.index(list.startIndex, offsetBy: Int.random(in: 0..<list.count, using: &random))]
    }

    private mutating func template(from vocabulary: ArraySlice<String>) -> [String] {
        (0..<9).map { $0 % 3 == 2 ? "?" : pick(vocabulary) }
    }

    private mutating func fill(_ template: [String]) -> String {
        template.map { $0 == "?" ? pick(words[..<200]) : $0 }.joined(separator: " ")
            + " \(Int.random(in: 1...30_000, using: &random))"
    }

    private mutating func addPerson(_ index: Int, _ general: [[String]]) {
        let name = "person\(index)"
        let age = Int64.random(in: 1...600, using: &random) * 24 * Self.hour
        records["org-\(name)"] = OrganisationRecord(created: Self.begin - age)
        let client = "client\(Int.random(in: 0..<12, using: &random))"
        var left = Int.random(in: 1...40, using: &random)
        while left > 0 {
            var time =
                Self.begin + Int64.random(in: 0..<8, using: &random) * 24 * Self.hour
                + Int64(index % 24) * Self.hour + Int64.random(in: 0..<3 * Self.hour, using: &random)
            for _ in 0..<min(left, Int.random(in: 1...9, using: &random)) {
                time += Int64.random(in: 5000...90_000, using: &random)
                let prompt = fill(pick(general))
                lines.append(
                    Line(
                        time: time, account: name, organisation: "org-\(name)",
                        address: "240.1.\(index % 200).\(index / 200)",
                        payment: index % 3 == 0 ? "" : "card-\(name)", client: client, prompt: prompt))
                left -= 1
            }
        }
    }

    private mutating func addCampaign(_ members: Int, _ general: [[String]]) {
        let own = (0..<6).map { _ in template(from: words[200...]) }
        for index in 0..<members {
            let name = "member\(index)"
            campaign.insert(name)
            let age = Int64.random(in: 0...8, using: &random) * 24 * Self.hour
            records["org-\(name)"] = OrganisationRecord(created: Self.begin + 20 * Self.hour - age)
            for _ in 0..<Int.random(in: 26...38, using: &random) {
                let time = Self.begin + 20 * Self.hour + Int64.random(in: 0..<150 * Self.hour, using: &random)
                let isCover = Int.random(in: 0..<5, using: &random) == 0
                let prompt = fill(isCover ? pick(general) : pick(own))
                lines.append(
                    Line(
                        time: time, account: name, organisation: "org-\(name)", address: "240.9.0.\(index % 7)",
                        payment: "card-\(index % 6)", client: "client\(index % 12)", prompt: prompt, limit: 8192))
            }
        }
    }

    /// The watch after all lines, having looked as it went.
    func watched(upTo end: Int64 = .max, without removed: Set<EvidenceFamily> = []) -> TrafficWatch {
        let hash = KeyedHash(secret: "a secret for tests")
        var watch = TrafficWatch(TrafficSketch(hash: hash), organisations: records)
        watch.removed = removed
        watch.interval = 12 * Self.hour
        var features = PromptFeatures(hash: hash)
        for line in lines where line.time < end {
            line.give { exchange in
                features.read(exchange.prompt)
                watch.take(exchange, features)
            }
        }
        watch.look()
        return watch
    }

    /// The sketch of some of the lines.
    static func sketch(_ lines: [Line], secret: String = "a secret for tests") -> TrafficSketch {
        let hash = KeyedHash(secret: secret)
        var sketch = TrafficSketch(hash: hash)
        var features = PromptFeatures(hash: hash)
        for line in lines {
            line.give { exchange in
                features.read(exchange.prompt)
                sketch.add(exchange, features)
            }
        }
        return sketch
    }
}
