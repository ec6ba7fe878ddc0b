import Glibc

/// What a record says of money; who pays is a number of the reader's.
public struct SpendingEntry: Sendable {
    /// What happened.
    public enum Event: Sendable {
        /// An exchange began.
        case admitted(payer: Int, endUser: String, charge: Admission.Charge?, time: Int64)
        /// The rules refused a request.
        case refused(payer: Int, endUser: String, time: Int64)
        /// An exchange ended; the number is its admission's.
        case completed(UInt64, settled: UInt64?, usage: Completion.Usage?)
        /// A reservation grew to so many micro-units; the number is its admission's.
        case grew(UInt64, to: UInt64)
        /// Nothing that is paid for.
        case other
    }

    /// The record's number.
    public let sequence: UInt64
    /// The chain value, which stands for this record and all before it.
    public let chain: Hash256
    /// What happened.
    public let event: Event
}

/// Those who ask together: the ids in one admission.
public struct PayerNames: Sendable, Equatable {
    /// Ids, and the model's name.
    public let organisation, account, key, model: String
}

/// Reads the records of a ledger for their sums: the same names are read once and then go by a number.
public struct SpendingReader: ~Copyable {
    private let reader: LedgerReader
    private var payers = PayerTable()

    /// Goes on where a reader stands; until the end of this one, nobody else moves it.
    public init(_ reader: LedgerReader) {
        self.reader = reader
    }

    /// Who has a number of this reader's.
    public func names(of payer: Int) -> PayerNames { payers.names[payer] }

    /// The next record; `nil` at the present end, after which more may come.
    ///
    /// - Throws: `LedgerError.damaged` for what can be no record; the reader stays there.
    public mutating func next() throws(LedgerError) -> SpendingEntry? {
        guard let (raw, fields) = try reader.nextFields() else { return nil }
        return SpendingEntry(sequence: raw.sequence, chain: raw.chain, event: event(fields))
    }

    private mutating func event(_ fields: RecordFields) -> SpendingEntry.Event {
        switch fields {
        case .admission(let admission):
            switch admission.decision {
            case .admitted:
                .admitted(
                    payer: payers.number(of: admission), endUser: admission.endUser.string,
                    charge: admission.charge, time: admission.time)
            case .refused:
                .refused(
                    payer: payers.number(of: admission), endUser: admission.endUser.string, time: admission.time)
            case .denied: .other
            }
        case .completion(let completion):
            .completed(completion.sequence, settled: completion.settled, usage: completion.usage)
        case .growth(let growth): .grew(growth.sequence, to: growth.reserved)
        case .interruption, .act: .other
        }
    }
}

/// Numbers for payers, found by the bytes of their names in a record.
struct PayerTable {
    private struct Place {
        var hash: UInt64 = 0
        var start = 0
        var count = 0
        /// -1 where there is none.
        var number = -1
    }

    private(set) var names: [PayerNames] = []
    /// What each was found by, one behind the other.
    private var spellings: [UInt8] = []
    /// At most half of them are taken; their number is a power of two.
    private var places = [Place](repeating: Place(), count: 64)
    private let seed = UInt64.random(in: .min ... .max) | 1

    /// The number of those who ask in an admission.
    mutating func number(of admission: RawAdmission) -> Int {
        let hash = hash(admission.names)
        let at = find(hash, admission.names)
        if places[at].number >= 0 { return places[at].number }
        let number = names.count
        names.append(
            PayerNames(
                organisation: admission.organisation.string, account: admission.account.string,
                key: admission.key.string, model: admission.model.string))
        places[at] = Place(hash: hash, start: spellings.count, count: admission.names.count, number: number)
        spellings.append(contentsOf: admission.names)
        if names.count * 2 > places.count { grow() }
        return number
    }

    /// The place that holds these bytes, or the free one where they belong.
    private func find(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer) -> Int {
        let mask = places.count - 1
        return places.withUnsafeBufferPointer { places in
            spellings.withUnsafeBytes { spellings in
                var at = Int(truncatingIfNeeded: hash) & mask
                while places[at].number >= 0 {
                    let place = places[at]
                    if place.hash == hash, place.count == bytes.count,
                        bytes.says(UnsafeRawBufferPointer(rebasing: spellings[place.start..<place.start + place.count]))
                    {
                        break
                    }
                    at = (at &+ 1) & mask
                }
                return at
            }
        }
    }

    private mutating func grow() {
        let old = places
        places = [Place](repeating: Place(), count: old.count * 2)
        for place in old where place.number >= 0 {
            var at = Int(truncatingIfNeeded: place.hash) & (places.count - 1)
            while places[at].number >= 0 { at = (at + 1) & (places.count - 1) }
            places[at] = place
        }
    }

    /// Differs from table to table, so that nobody can choose names that fall together.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        var at = 0
        while at < bytes.count {
            var word: UInt64 = 0
            if at &+ 8 <= bytes.count {
                word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            } else {
                for index in at..<bytes.count { word = word << 8 | UInt64(bytes[index]) }
            }
            let product = (hash ^ word).multipliedFullWidth(by: seed)
            hash = product.high ^ product.low
            at &+= 8
        }
        return hash
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are the same.
    func says(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let first = baseAddress, let second = other.baseAddress else { return true }
        return memcmp(first, second, count) == 0
    }
}
