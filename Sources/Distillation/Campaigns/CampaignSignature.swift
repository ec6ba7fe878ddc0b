import Glibc

/// What a found campaign looks like, as hashes and weights: new accounts are compared with it, so that replacements are
/// recognised from their first exchanges.
///
/// A signature says nothing to whoever lacks the key: its hashes are keyed, and its words are counters.
public struct CampaignSignature: Sendable, Equatable {
    /// Objects that the campaign uses far more than others, with the logarithm of how much more.
    public var objects: [UInt64: Float]
    /// Counters of telling words, with the logarithm of how much more.
    public var words: [UInt16: Float]
    /// The fingerprint of the key that the hashes were made with.
    public var key: UInt64
    /// The first and last moment of the campaign, in milliseconds since 1970.
    public var first: Int64
    /// The last moment of the campaign.
    public var last: Int64
    /// How many accounts it had.
    public var accounts: Int
    /// The share of telling words that a typical member has, in 0...1.
    public var typical: Float

    /// How much an account looks like a member: about 1 for a member, near 0 for others.
    ///
    /// Half of it comes from wording and half from shared objects; both are needed for more than 0.7.
    public func likeness(of sketch: AccountSketch) -> Double {
        var tally = WordTally()
        let profile = AccountProfile(sketch, organisation: nil, &tally)
        var (told, whole) = (Float(0), Float(0))
        for (bucket, share) in profile.words {
            whole += share
            if words[bucket] != nil { told += share }
        }
        let wording = whole > 0 ? min(1, told / whole / max(0.02, typical)) : 0
        var kinds: [UInt64: Float] = [:]
        for (hash, share) in profile.objects where share >= 0.1 {
            if let weight = objects[hash] { kinds[hash & 15] = max(kinds[hash & 15] ?? 0, weight) }
        }
        let shared = kinds.values.reduce(0, +)
        return Double(0.6 * wording + 0.6 * min(1, shared / 4) * (0.3 + 0.7 * wording))
    }

    private static let version: UInt8 = 1
    private static let magic: [UInt8] = Array("SLCS".utf8)

    /// The signature as bytes; equal signatures have equal bytes.
    public func bytes() -> [UInt8] {
        var out = SketchWriter()
        out.raw(Self.magic)
        out.byte(Self.version)
        out.fixed(key)
        out.signed(first)
        out.signed(last)
        out.number(accounts)
        out.number(Int(typical * 10_000))
        out.number(objects.count)
        for (hash, weight) in objects.sorted(by: { $0.key < $1.key }) {
            out.fixed(hash)
            out.number(Int(weight * 1000))
        }
        out.number(words.count)
        for (bucket, weight) in words.sorted(by: { $0.key < $1.key }) {
            out.number(Int(bucket))
            out.number(Int(weight * 1000))
        }
        return out.bytes
    }

    /// Reads what `bytes` wrote.
    public init(bytes: [UInt8]) throws(SketchError) {
        var input = SketchReader(bytes[...])
        guard bytes.count >= 5, Array(bytes.prefix(4)) == Self.magic else { throw .notASketch }
        _ = try input.raw(4)
        let version = try input.byte()
        guard version == Self.version else { throw .version(version, expected: Self.version) }
        key = try input.fixed()
        first = try input.signed()
        last = try input.signed()
        accounts = try input.count(atMost: 1 << 31, "a number of accounts")
        typical = Float(try input.count(atMost: 10_000, "a share")) / 10_000
        objects = [:]
        for _ in 0..<(try input.count(atMost: 4096, "a number of objects")) {
            let hash = try input.fixed()
            objects[hash] = Float(try input.count(atMost: 100_000, "a weight")) / 1000
        }
        words = [:]
        for _ in 0..<(try input.count(atMost: WordCounts.buckets, "a number of words")) {
            let bucket = UInt16(try input.count(atMost: WordCounts.buckets - 1, "a word"))
            words[bucket] = Float(try input.count(atMost: 100_000, "a weight")) / 1000
        }
    }

    /// The signature of a campaign among everybody.
    init(_ campaign: Campaign, _ traffic: TrafficSketch, _ population: Population) {
        let telling = WordBackground(population).telling(campaign.members, population)
        words = [:]
        for (bucket, weight) in telling.enumerated() where weight > 0 { words[UInt16(bucket)] = weight }
        let near = campaign.members.map { WordBackground.affinity($0, population, telling) }.sorted()
        typical = near.isEmpty ? 0 : near[near.count / 2]
        var users: [Int32: (hash: UInt64, count: Float)] = [:]
        for account in campaign.members {
            for (object, hash) in zip(population.objects(of: account), population.profiles[account].objects) {
                users[object.object, default: (hash.hash, 0)].count += 1
            }
        }
        let size = Float(max(1, campaign.members.count))
        let everyone = Float(max(1, population.organisations))
        objects = [:]
        let chosen = users.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }.prefix(4096)
        for (object, use) in chosen where use.count >= 2 && use.hash & 15 < UInt64(Population.startKind) {
            let others = max(0, Float(population.degree[Int(object)]) - use.count)
            let lift = (use.count / size) / ((others + 0.5) / everyone)
            if lift >= 4 { objects[use.hash] = min(8, log(lift)) }
        }
        key = traffic.hash.fingerprint
        accounts = campaign.members.count
        first = campaign.members.map { traffic.accounts[$0].first }.min() ?? 0
        last = campaign.members.map { traffic.accounts[$0].last }.max() ?? 0
    }
}
