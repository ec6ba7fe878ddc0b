/// How much of a limit is left, for the header fields that tell a client.
public struct RateLimitStatus: Sendable, Equatable {
    /// One limited quantity.
    public struct Quantity: Sendable, Equatable {
        /// How many are allowed in a full window.
        public var limit: Int
        /// How many are left now.
        public var remaining: Int
        /// Seconds until all are there again, at least 0.
        public var reset: Double

        /// Makes a quantity.
        public init(limit: Int, remaining: Int, reset: Double) {
            self.limit = limit
            self.remaining = remaining
            self.reset = reset
        }
    }

    /// Requests, if they are limited.
    public var requests: Quantity?
    /// Tokens, if they are limited.
    public var tokens: Quantity?

    /// Makes a status.
    public init(requests: Quantity?, tokens: Quantity?) {
        self.requests = requests
        self.tokens = tokens
    }

    /// The header fields of a dialect.
    ///
    /// - Parameter now: Seconds since 1970; Anthropic's resets are points in time.
    public func headers(_ dialect: Dialect, now: Double) -> [(String, String)] {
        var headers: [(String, String)] = []
        for (name, quantity) in [("requests", requests), ("tokens", tokens)] {
            guard let quantity else { continue }
            let reset = min(max(quantity.reset.isFinite ? quantity.reset : 0, 0), 1e9)
            switch dialect {
            case .openAI, .completions, .embeddings, .responses, .gemini:
                headers.append(("x-ratelimit-limit-\(name)", String(quantity.limit)))
                headers.append(("x-ratelimit-remaining-\(name)", String(max(0, quantity.remaining))))
                headers.append(("x-ratelimit-reset-\(name)", Self.duration(reset)))
            case .anthropic:
                headers.append(("anthropic-ratelimit-\(name)-limit", String(quantity.limit)))
                headers.append(("anthropic-ratelimit-\(name)-remaining", String(max(0, quantity.remaining))))
                headers.append(("anthropic-ratelimit-\(name)-reset", Self.time(now + reset)))
            }
        }
        return headers
    }

    /// A duration as OpenAI writes it: `12ms`, `1.5s`, `6m0s`, `1h0m3s`.
    ///
    /// Rounded up to a millisecond, from a second on to a tenth.
    public static func duration(_ seconds: Double) -> String {
        let seconds = min(max(seconds.isFinite ? seconds : 0, 0), 1e9)
        let milliseconds = Int((seconds * 1000).rounded(.up))
        guard milliseconds >= 1000 else { return "\(milliseconds)ms" }
        if milliseconds < 60_000 {
            let tenths = (milliseconds + 99) / 100
            if tenths < 600 { return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s" }
        }
        let whole = (milliseconds + 999) / 1000
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours)h\(minutes)m\(rest)s" : "\(minutes)m\(rest)s"
    }

    /// A point in time in RFC 3339, in UTC and whole seconds (rounded up).
    ///
    /// - Parameter seconds: Seconds since 1970, from 0 to the year 9999.
    public static func time(_ seconds: Double) -> String {
        let total = Int(min(max(seconds.isFinite ? seconds : 0, 0), 253_402_300_799).rounded(.up))
        let (days, second) = (total / 86_400, total % 86_400)
        // Days since 1970 to a date, in eras of 400 years that begin on 1 March.
        let shifted = days + 719_468
        let (era, day) = (shifted / 146_097, shifted % 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(date, 2))T"
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
