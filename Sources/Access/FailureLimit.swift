import Synchronization

/// How often each client address has presented wrong keys, in a table of fixed size.
///
/// 1,024 sets of eight entries. An address is found by a keyed hash that no client can predict; when a set is full, the
/// entry nearest to forgiveness makes room. So an attacker with many addresses costs no memory, and cannot wash out an
/// address that has just failed often without failing as often from eight others that fall into the same set.
final class FailureLimit: Sendable {
    private struct Entry {
        var address: UInt64 = 0
        /// When the debt of this address is paid, monotonic nanoseconds (the generic cell rate algorithm's one number).
        var paid: Int64 = 0
    }

    private static let sets = 1024
    private static let ways = 8

    private let interval: Int64
    private let burst: Int64
    private let entries = Mutex([Entry](repeating: Entry(), count: sets * ways))

    /// - Parameter perMinute: Failures in a minute that are answered as such, at least 1.
    init(perMinute: Int) {
        interval = 60_000_000_000 / Int64(max(1, perMinute))
        burst = 60_000_000_000
    }

    /// Notes a failure.
    ///
    /// - Returns: Seconds until the next one is answered as such, if there were too many.
    func note(_ client: String, now: Int64) -> Double? {
        let address = Self.mark(client)
        return entries.withLock { entries in
            let place = Self.place(of: address, in: entries)
            if entries[place].address != address { entries[place] = Entry(address: address, paid: now) }
            if let wait = wait(entries[place], now) { return wait }
            entries[place].paid = max(entries[place].paid, now) + interval
            return nil
        }
    }

    /// Seconds until the next failure is answered as such, if there were too many; notes nothing.
    func wait(for client: String, now: Int64) -> Double? {
        let address = Self.mark(client)
        return entries.withLock { entries in
            let entry = entries[Self.place(of: address, in: entries)]
            return entry.address == address ? wait(entry, now) : nil
        }
    }

    private func wait(_ entry: Entry, _ now: Int64) -> Double? {
        let debt = max(entry.paid, now) + interval - now - burst
        return debt > 0 ? Double(debt) / 1e9 : nil
    }

    private static func mark(_ client: String) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(ClientAddress(client))
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }

    /// Where an address stands in its set, or what would make room for it.
    private static func place(of address: UInt64, in entries: [Entry]) -> Int {
        let first = Int((address >> 32) % UInt64(sets)) * ways
        var place = first
        for candidate in first..<(first + ways) {
            if entries[candidate].address == address { return candidate }
            if entries[candidate].paid < entries[place].paid { place = candidate }
        }
        return place
    }
}

/// A client address as far as it tells clients apart: IPv4 whole, IPv6 by its /64, which one client owns.
enum ClientAddress: Hashable {
    case network(UInt64)
    case other(String)

    init(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")), let network = Self.network(of: text) {
            self = .network(network)
        } else {
            self = .other(text)
        }
    }

    /// The first 64 bits of an IPv6 address; `nil` for an IPv4 address in IPv6 clothes and for what is no address.
    private static func network(of text: String) -> UInt64? {
        let bare = text.prefix { $0 != "%" }
        let lower = bare.lowercased()
        if lower.hasPrefix("::ffff:"), lower.contains(".") { return nil }
        let halves = bare.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = (halves.first ?? "").split(separator: ":")
        if halves.count == 2 {
            let tail = halves[1].split(separator: ":")
            guard groups.count + tail.count < 8 else { return nil }
            groups += Array(repeating: "0", count: 8 - groups.count - tail.count) + tail
        }
        guard groups.count == 8 else { return nil }
        var network: UInt64 = 0
        for group in groups.prefix(4) {
            guard group.utf8.count <= 4, let value = UInt64(group, radix: 16) else { return nil }
            network = network << 16 | value
        }
        return network
    }
}
