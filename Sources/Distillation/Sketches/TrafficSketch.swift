/// The sketches of all accounts, fed exchange by exchange or merged from parts.
///
/// The result does not depend on the order of exchanges or of merging. Exchanges that come twice within the last
/// 65,536 are counted once.
public struct TrafficSketch: Sendable {
    /// The sketches, in the order in which accounts were first seen here.
    public private(set) var accounts: [AccountSketch] = []
    /// The moment of the latest exchange; nil before the first.
    public private(set) var latest: Int64?
    /// How many exchanges were taken, without the doubles.
    public private(set) var exchanges = 0
    /// How many doubles were left out.
    public private(set) var doubles = 0
    /// The hash that all hashes in here were made with.
    public let hash: KeyedHash

    private var positions: [UInt64: Int32] = [:]
    /// The last exchanges, where doubles are told here.
    private var recent: [UInt64]
    private var releases: [UInt64: Int64] = [:]
    static let remembered = 1 << 16
    private static let magic: [UInt8] = Array("SLWK".utf8)
    private static let version: UInt8 = 2

    /// An empty sketch.
    ///
    /// - Parameters:
    ///   - releases: When models came out, in milliseconds since 1970; those without a date are left out.
    ///   - tellsDoubles: Whether it remembers exchanges to tell doubles; else whoever adds them says which are.
    public init(hash: KeyedHash, releases: [(model: String, time: Int64)] = [], tellsDoubles: Bool = true) {
        self.hash = hash
        recent = tellsDoubles ? [UInt64](repeating: 0, count: Self.remembered) : []
        for release in releases { self.releases[hash.hash(release.model)] = release.time }
    }

    /// The same to be read only: it shares nothing that every exchange writes to, which would be copied then.
    var toBeRead: TrafficSketch {
        var copy = self
        copy.recent = []
        return copy
    }

    /// Takes an exchange, whose prompt `features` has just read.
    public mutating func add(_ exchange: borrowing Exchange, _ features: borrowing PromptFeatures) {
        let account = hash.hash(exchange.account)
        let identity = KeyedHash.mix(
            account ^ UInt64(bitPattern: exchange.time) &* 0x9E37_79B9_7F4A_7C15 ^ features.content.0
                ^ UInt64(bitPattern: exchange.promptTokens &* 31 &+ exchange.completionTokens))
        precondition(!recent.isEmpty, "this sketch is told which exchanges are doubles, or is only read")
        let slot = Int(truncatingIfNeeded: identity) & (Self.remembered - 1)
        let isDouble = recent[slot] == identity
        recent[slot] = identity
        add(exchange, features, account, isDouble: isDouble)
    }

    /// The same for whoever knows already whether it has come before.
    public mutating func add(_ exchange: borrowing Exchange, _ features: borrowing PromptFeatures, isDouble: Bool) {
        add(exchange, features, hash.hash(exchange.account), isDouble: isDouble)
    }

    private mutating func add(
        _ exchange: borrowing Exchange, _ features: borrowing PromptFeatures, _ account: UInt64, isDouble: Bool
    ) {
        guard !isDouble else {
            doubles += 1
            return
        }
        exchanges += 1
        latest = max(latest ?? .min, exchange.time)
        let position = position(of: account, exchange)
        let release = exchange.model.isEmpty ? nil : releases[hash.hash(exchange.model)]
        accounts[position].add(exchange, features, hash: hash, release: release)
    }

    private mutating func position(of account: UInt64, _ exchange: borrowing Exchange) -> Int {
        if let found = positions[account] { return Int(found) }
        let sketch = AccountSketch(
            id: String(decoding: exchange.account, as: UTF8.self),
            organisation: String(
                decoding: exchange.organisation.isEmpty ? exchange.account : exchange.organisation, as: UTF8.self))
        accounts.append(sketch)
        positions[account] = Int32(truncatingIfNeeded: accounts.count - 1)
        return accounts.count - 1
    }

    /// Joins the sketches of other traffic into these.
    public mutating func merge(_ other: TrafficSketch) throws(SketchError) {
        guard other.hash == hash else { throw .keysDiffer }
        for sketch in other.accounts { take(sketch) }
        exchanges += other.exchanges
        doubles += other.doubles
        if let theirs = other.latest { latest = max(latest ?? .min, theirs) }
    }

    private mutating func take(_ sketch: AccountSketch) {
        let account = hash.hash(sketch.id)
        if let found = positions[account] {
            accounts[Int(found)].merge(sketch)
        } else {
            positions[account] = Int32(truncatingIfNeeded: accounts.count)
            accounts.append(sketch)
        }
    }

    /// The same without the accounts that have been silent the longest, so that `most` are left.
    ///
    /// What was counted in all stays; the memory of doubles stays as well.
    public func keeping(_ most: Int) -> TrafficSketch {
        guard accounts.count > most else { return self }
        var kept = self
        let order = accounts.indices.sorted { (accounts[$0].last, $0) > (accounts[$1].last, $1) }
        kept.accounts = order.prefix(max(0, most)).sorted().map { accounts[$0] }
        kept.positions = [:]
        for (place, sketch) in kept.accounts.enumerated() {
            kept.positions[hash.hash(sketch.id)] = Int32(truncatingIfNeeded: place)
        }
        return kept
    }

    /// The sketches as bytes; accounts in order of their ids, so that equal sketches have equal bytes.
    public func bytes() -> [UInt8] {
        var out = SketchWriter()
        out.raw(Self.magic)
        out.byte(Self.version)
        out.fixed(hash.fingerprint)
        out.number(exchanges)
        out.number(doubles)
        out.signed(latest ?? -1)
        out.number(accounts.count)
        for sketch in accounts.sorted(by: { $0.id < $1.id }) { sketch.write(to: &out) }
        return out.bytes
    }

    /// Joins sketches given as bytes.
    ///
    /// - Throws: `SketchError`; what was read before the damage has then been joined already.
    public mutating func merge(bytes: [UInt8]) throws(SketchError) {
        var input = SketchReader(bytes[...])
        guard bytes.count >= 5, Array(bytes.prefix(4)) == Self.magic else { throw .notASketch }
        _ = try input.raw(4)
        let version = try input.byte()
        guard version == Self.version else { throw .version(version, expected: Self.version) }
        guard try input.fixed() == hash.fingerprint else { throw .keysDiffer }
        exchanges += try input.count(atMost: 1 << 50, "a number of exchanges")
        doubles += try input.count(atMost: 1 << 50, "a number of doubles")
        let theirs = try input.signed()
        if theirs >= 0 { latest = max(latest ?? .min, theirs) }
        let count = try input.count(atMost: 1 << 31, "a number of accounts")
        for _ in 0..<count { take(try AccountSketch.read(from: &input)) }
    }
}

extension AccountSketch {
    private static let day: Int64 = 86_400_000

    /// Takes one exchange of this account.
    mutating func add(
        _ exchange: borrowing Exchange, _ features: borrowing PromptFeatures, hash: KeyedHash, release: Int64?
    ) {
        exchanges &+= 1
        first = min(first, exchange.time)
        last = max(last, exchange.time)
        if exchange.status == 200 {
            successes &+= 1
            answerSize.add(exchange.completionTokens)
        }
        if exchange.isStreamed { streamed &+= 1 }
        if exchange.hasTools { withTools &+= 1 }
        if exchange.temperature == nil { withoutTemperature &+= 1 }
        if exchange.temperature == 0 { greedy &+= 1 }
        if features.elicitation >= 2 { elicitations &+= 1 }
        if features.grading >= 2 { gradings &+= 1 }
        if let release, exchange.time >= release, exchange.time - release < Self.day { pivots &+= 1 }
        promptSize.add(exchange.promptTokens)
        limit.add(exchange.maxTokens)
        windows.mark(exchange.time)
        addObjects(of: exchange, hash: hash)
        addWords(features, at: exchange.time, hash: hash)
    }

    private mutating func addObjects(of exchange: borrowing Exchange, hash: KeyedHash) {
        func take(_ bytes: UnsafeRawBufferPointer, _ kind: ObjectKind) {
            guard !bytes.isEmpty else { return }
            objects.add(ObjectSample.tag(hash.hash(bytes), kind))
        }
        take(exchange.address, .address)
        if let dot = exchange.address.lastIndex(where: { $0 == 0x2E || $0 == 0x3A }) {
            take(UnsafeRawBufferPointer(rebasing: exchange.address[..<dot]), .neighbourhood)
        }
        if exchange.network != 0 {
            let number = UInt64(bitPattern: exchange.network)
            objects.add(ObjectSample.tag(hash.combine(0x61736E, number), .network))
        }
        take(exchange.payment, .payment)
        take(exchange.client, .client)
        take(exchange.system, .system)
        take(exchange.model, .model)
    }

    private mutating func addWords(_ features: borrowing PromptFeatures, at time: Int64, hash: KeyedHash) {
        if features.content.0 != .max { content.add(features.content.0) }
        if features.content.1 != .max { content.add(features.content.1) }
        if features.content.2 != .max { content.add(features.content.2) }
        if features.template != .max {
            breadth.add(features.template)
            let window = UInt64(bitPattern: time / ActiveWindows.length)
            moments.add(hash.combine(features.template, window))
        }
        words.add(features.shape)
    }
}
