#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The two clocks of the machine, for those who hand the time in.
public enum SystemTime {
    /// Nanoseconds that never go back (CLOCK_MONOTONIC, as NIO's deadlines).
    public static var monotonic: Int64 {
        let time = read(CLOCK_MONOTONIC)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Milliseconds since 1970.
    public static var wall: Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
