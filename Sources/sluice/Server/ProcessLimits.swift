import Glibc
import NIOCore

/// What the operating system grants this process.
enum ProcessLimits {
    /// Cores this process may run on.
    static var cores: Int {
        System.coreCount
    }

    /// As many open files as allowed, and no death by signals that are errors here.
    static func prepare() {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
