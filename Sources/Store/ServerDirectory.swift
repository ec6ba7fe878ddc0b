#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The directory in which one server keeps everything: `var` unless told otherwise.
public struct ServerDirectory: Sendable, Equatable {
    /// The directory's path.
    public let path: String

    /// Takes a path; nothing is made or opened.
    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// The database file.
    public var store: String { path + "/sluice.db" }
    /// The file whose lock says that a server, or a command without one, is at work.
    public var lock: String { path + "/sluice.lock" }
    /// The Unix socket of the admin API.
    public var adminSocket: String { path + "/admin.sock" }

    /// Makes the directory, readable by its owner alone, if it isn't there.
    ///
    /// - Throws: `DirectoryError` if it cannot be made.
    public func create() throws(DirectoryError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw DirectoryError(
            path: path, reason: "it cannot be made (\(String(cString: strerror(errno))))", isTaken: false)
    }
}

/// Why a server's directory cannot be used.
public struct DirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The directory or the file in it.
    public let path: String
    /// What is wrong.
    public let reason: String
    /// Whether another process works in it.
    public let isTaken: Bool

    /// What is wrong, and the way out.
    public var description: String {
        isTaken
            ? "\(path) is locked: \(reason). Stop that process, or name another directory."
            : "\(path): \(reason). Check that the parent exists and that this user may write it."
    }
}

/// The right to be the only one who writes in a server's directory, for as long as this object lives.
///
/// The kernel gives it back when the process ends, however it ends.
public final class DirectoryLock: Sendable {
    private let descriptor: CInt

    /// Takes the lock, or says who has it.
    ///
    /// - Throws: `DirectoryError`; `isTaken` tells another process at work from a directory that cannot be used.
    public init(_ directory: ServerDirectory) throws(DirectoryError) {
        let path = directory.lock
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DirectoryError(
                path: path, reason: "it cannot be opened (\(String(cString: strerror(errno))))", isTaken: false)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // Whatever was opened is closed by `deinit`, which runs for an initializer that throws as well.
            throw DirectoryError(path: path, reason: "\(Self.holder(descriptor)) is at work there", isTaken: true)
        }
        ftruncate(descriptor, 0)
        let line = "\(getpid())\n"
        _ = line.utf8CString.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, line.utf8.count, 0) }
    }

    deinit {
        close(descriptor)
    }

    private static func holder(_ descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
        return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
    }
}

/// Makes a database file for its owner alone, if it isn't there; SQLite gives its companions the same mode.
///
/// A file that is there is never opened and closed here: that would drop the locks that SQLite holds on it.
func makeFile(_ path: String) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) }
}
