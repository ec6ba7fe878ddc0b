import Glibc

/// What tells one state of a file from another without reading it.
struct FileStamp: Sendable, Equatable {
    private var inode: UInt64 = 0
    private var size: Int64 = -1
    private var seconds: Int64 = 0
    private var nanoseconds: Int64 = 0

    /// The present state of a file; a file that isn't there has one too.
    init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
    }
}

/// Tells when files have changed and come to rest.
///
/// A change counts once two looks in a row have seen the same, so that a file that is being written is left alone.
struct FileWatch: Sendable {
    private var acted: [String: FileStamp]
    private var last: [String: FileStamp]

    /// Begins with the files as they are.
    init(_ paths: [String]) {
        acted = Self.stamps(paths)
        last = acted
    }

    private static func stamps(_ paths: [String]) -> [String: FileStamp] {
        Dictionary(paths.map { ($0, FileStamp($0)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Looks once.
    ///
    /// - Returns: Whether the files differ from those last acted upon and are at rest.
    mutating func look() -> Bool {
        let now = Self.stamps(Array(acted.keys))
        defer { last = now }
        return now != acted && now == last
    }

    /// The files have been acted upon as they are, and from now on these are watched.
    mutating func act(on paths: [String]) {
        let now = Self.stamps(paths)
        // A file changed since the look that led here will be seen by the next ones.
        acted = now.merging(last.filter { now[$0.key] != nil }) { $1 }
        last = now
    }
}
