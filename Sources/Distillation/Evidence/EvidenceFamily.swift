/// A kind of evidence that can be true or false without regard to the others.
public enum EvidenceFamily: String, Sendable, CaseIterable {
    /// Young organisations whose sign-ups lie close together.
    case provisioning
    /// Load spread evenly over hours, days and members, as a scheduler spreads it; first use at the same time.
    case rhythm
    /// A payment instrument that unrelated organisations share.
    case payment
    /// Addresses and networks that unrelated organisations share.
    case address
    /// Client programs, system prompts and settings that unrelated organisations share.
    case client
    /// The wording of prompts, digits apart, that few others use.
    case wording
    /// The same rare question asked by several unrelated organisations, or the same template in the same ten minutes.
    case content
    /// Prompts that ask for reasoning or grading, and moves to a new model.
    case intent
}

/// One number that speaks for or against coordination, and the family it belongs to.
enum Signal: Int, CaseIterable {
    case youth, verified, bunching
    case spread, hours, persistence, start
    case payment
    case address, neighbourhood, network
    case client, system, settings
    case wording
    case rare, synchrony
    case elicitation, grading, pivot

    var family: EvidenceFamily {
        switch self {
        case .youth, .verified, .bunching: .provisioning
        case .spread, .hours, .persistence, .start: .rhythm
        case .payment: .payment
        case .address, .neighbourhood, .network: .address
        case .client, .system, .settings: .client
        case .wording: .wording
        case .rare, .synchrony: .content
        case .elicitation, .grading, .pivot: .intent
        }
    }

    /// The weight on the scale of log-odds; set once on simulated traffic of many kinds, never on a real log.
    var weight: Float {
        switch self {
        case .youth: 0.7
        case .verified: -0.3
        case .bunching: 1.8
        case .spread: 1.8
        case .hours: 1.5
        case .persistence: 0.3
        case .start: 0.6
        case .payment, .address, .settings: 1.3
        case .neighbourhood: 0.2
        case .network: 0.1
        case .client, .synchrony, .pivot: 0.3
        case .system: 1
        case .wording: 2.3
        case .rare: 1
        case .elicitation: 1.5
        case .grading: 0.8
        }
    }

    /// The log-odds of an account about which nothing is known.
    static let constant: Float = -6
}

/// One value per signal.
struct Signals: Sendable {
    // There are 20 signals; kept in place, since there is a set for each account.
    private var values = SIMD32<Float>()

    subscript(_ signal: Signal) -> Float {
        @inline(__always) get { values[signal.rawValue] }
        @inline(__always) set { values[signal.rawValue] = newValue }
    }
}

extension Signal {
    static let count = Signal.allCases.count

    /// Each signal's weight; 0 for those of a family that is left out.
    static func weights(without removed: Set<EvidenceFamily>) -> [Float] {
        allCases.map { removed.contains($0.family) ? 0 : $0.weight }
    }
}

/// The signals of many accounts, in one piece of memory.
struct SignalTable: Sendable {
    private var values: [Float]

    /// What the accounts show by themselves.
    init(_ profiles: [AccountProfile]) {
        values = []
        values.reserveCapacity(profiles.count * Signal.count)
        for index in profiles.indices {
            for signal in Signal.allCases { values.append(profiles[index].own[signal]) }
        }
    }

    subscript(_ account: Int, _ signal: Signal) -> Float {
        @inline(__always) get { values[account &* Signal.count &+ signal.rawValue] }
        @inline(__always) set { values[account &* Signal.count &+ signal.rawValue] = newValue }
    }

    /// The sum of an account's signals, each times its weight.
    @inline(__always)
    func weighed(_ account: Int, _ weights: [Float]) -> Float {
        var sum: Float = 0
        let start = account &* Signal.count
        values.withUnsafeBufferPointer { values in
            for index in 0..<Signal.count { sum += values[start &+ index] * weights[index] }
        }
        return sum
    }
}
