import CSchedule

/// How threads share a processor: those that answer, and those that work beside them.
///
/// A request that comes while a thread beside the loop runs would else wait until that one's turn is over, which is milliseconds.
/// Where the system does not allow it, nothing changes.
public enum Turns {
    /// Nanoseconds of a short turn, the shortest that Linux has.
    private static let short: UInt64 = 100_000

    /// The calling thread answers: it has little to do at a time, and soon.
    public static func areShort() { _ = sluice_ask_for_turns(short) }

    /// The calling thread works beside those that answer: what it does may wait for them, and has its full share all the same.
    public static func giveWay() { _ = sluice_give_way() }
}
