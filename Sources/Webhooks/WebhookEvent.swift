/// Something an operator wants to hear of: a kind, a time and facts; never a prompt, an answer or a secret.
public struct WebhookEvent: Sendable, Equatable {
    /// What has happened.
    public enum Kind: String, Sendable, CaseIterable {
        /// A share of a budget was passed.
        case budgetAlarm = "budget.alarm"
        /// Rules refuse much more than they used to.
        case refusalSpike = "refusals.spike"
        /// A safeguard could not judge, again and again.
        case safeguardFailing = "safeguard.failing"
        /// It has not failed for a while.
        case safeguardRecovered = "safeguard.recovered"
        /// A model server is kept out.
        case upstreamDown = "upstream.down"
        /// It is back.
        case upstreamUp = "upstream.up"
        /// The disk is too far behind the ledger, or the ledger cannot be written.
        case ledgerLag = "ledger.lag"
        /// It has caught up.
        case ledgerRecovered = "ledger.recovered"
        /// Little room is left on the disk; nothing is refused for it yet.
        case diskPressure = "disk.pressure"
        /// There is room again.
        case diskRelieved = "disk.relieved"
        /// Nobody has decided an appeal in time.
        case appealWaiting = "appeal.waiting"
        /// Accounts look as if they extracted a model together.
        case clusterFound = "cluster.found"
        /// A guarded model's server sends more than its answers explain.
        case egressAlarm = "egress.alarm"
        /// A guarded model is out of service for it, until a person releases it.
        case egressStopped = "egress.stopped"
        /// An operator tries whether events arrive.
        case test = "test"
    }

    /// A fact's value.
    public enum Value: Sendable, Equatable {
        case text(String)
        case number(Int64)
        case decimal(Double)
    }

    /// What has happened.
    public let kind: Kind
    /// When, milliseconds since 1970.
    public let time: Int64
    /// What is known of it, by name.
    public let facts: [String: Value]

    /// Takes the parts.
    public init(_ kind: Kind, at time: Int64, _ facts: [String: Value] = [:]) {
        self.kind = kind
        self.time = time
        self.facts = facts
    }

    /// The event as JSON: `{"type":…,"timestamp":…,"data":{…}}`, names in the order of the alphabet.
    public var body: [UInt8] {
        var text = "{\"type\":\(Self.quoted(kind.rawValue)),\"timestamp\":\"\(Self.moment(time))\",\"data\":{"
        for (place, fact) in facts.sorted(by: { $0.key < $1.key }).enumerated() {
            if place > 0 { text += "," }
            text += Self.quoted(fact.key) + ":"
            switch fact.value {
            case .text(let value): text += Self.quoted(value)
            case .number(let value): text += String(value)
            case .decimal(let value): text += value.isFinite ? "\(value)" : "null"
            }
        }
        return Array((text + "}}").utf8)
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case let control where control.value < 0x20 || control.value == 0x7F:
                let digits = String(control.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// RFC 3339 in UTC, with milliseconds.
    static func moment(_ milliseconds: Int64) -> String {
        let clamped = min(max(0, milliseconds), 253_402_300_799_999)
        let (days, rest) = (clamped / 86_400_000, clamped % 86_400_000)
        // Days since 1970 to a date, in eras of 400 years that begin on 1 March.
        let shifted = days + 719_468
        let (era, day) = (shifted / 146_097, shifted % 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * month + 2) / 5 + 1
        let civil = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civil <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let fraction = String(1_000 + rest % 1_000).dropFirst()
        let digits = String(10_000 + year).dropFirst()
        return "\(digits)-\(two(civil))-\(two(date))T\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60))"
            + ":\(two(rest / 1_000 % 60)).\(fraction)Z"
    }
}
