import Glibc

/// A program that is run to its end for what it prints.
///
/// By the system's own calls: Foundation's needs a loopback device to learn of an end, and a held network may have none.
enum ShortProgram {
    /// What it printed, on both channels, and its exit code; nil if it could not be started.
    static func run(_ command: [String]) -> (code: Int32, text: String)? {
        var ends: [Int32] = [-1, -1]
        guard let name = command.first, pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else {
            for end in ends { close(end) }
            return nil
        }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=\(path)"), strdup("LC_ALL=C"), nil]
        var process: pid_t = 0
        let failure = posix_spawnp(&process, name, &actions, nil, arguments, &environment)
        for text in arguments + environment { free(text) }
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        defer { close(ends[0]) }
        guard failure == 0 else { return nil }
        let text = read(ends[0])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        // The exit code, or that of a signal as shells tell it.
        return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), text)
    }

    /// At most a mebibyte; the rest is read and forgotten.
    private static func read(_ end: Int32) -> String {
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = Glibc.read(end, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            if text.count < 1 << 20 { text += part.prefix(count) }
        }
    }
}
