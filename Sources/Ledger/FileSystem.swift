import Glibc

/// What the operating system says about an error number.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: text, as: UTF8.self)
}

/// A file descriptor that is closed when nobody holds it any more.
final class OpenFile: Sendable {
    let descriptor: Int32
    let path: String

    /// Opens a file; it is not inherited by child processes.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(LedgerError) {
        var result: Int32
        repeat { result = Glibc.open(path, flags | O_CLOEXEC, mode) } while result < 0 && errno == EINTR
        guard result >= 0 else { throw .io(operation: "open", path: path, errno: errno) }
        descriptor = result
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// The size in bytes.
    func size() throws(LedgerError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .io(operation: "stat", path: path, errno: errno) }
        return UInt64(max(0, status.st_size))
    }

    /// Writes everything at the descriptor's position, however many calls that takes.
    ///
    /// - Throws: after which any part may have been written.
    func write(_ bytes: UnsafeRawBufferPointer) throws(LedgerError) {
        var done = 0
        while done < bytes.count {
            let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw .io(operation: "write", path: path, errno: written == 0 ? ENOSPC : errno)
            }
            done += written
        }
    }

    /// Overwrites bytes at an offset; the descriptor must not have been opened for appending.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(LedgerError) {
        var done = 0
        while done < bytes.count {
            let written = pwrite(
                descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + off_t(done))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw .io(operation: "write", path: path, errno: written == 0 ? ENOSPC : errno) }
            done += written
        }
    }

    /// Reads up to `into.count` bytes at an offset; fewer only at the end of the file.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(LedgerError) -> Int {
        guard let start = off_t(exactly: offset) else { return 0 }
        var done = 0
        while done < bytes.count {
            let got = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, start + off_t(done))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .io(operation: "read", path: path, errno: errno) }
            if got == 0 { break }
            done += got
        }
        return done
    }

    /// Reads up to `count` bytes at an offset; fewer only at the end of the file.
    func bytes(_ count: Int, at offset: UInt64) throws(LedgerError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { buffer.deallocate() }
        let got = try read(into: buffer, at: offset)
        return Array(buffer[0..<got])
    }

    func truncate(to size: UInt64) throws(LedgerError) {
        var result: Int32
        repeat { result = ftruncate(descriptor, off_t(size)) } while result < 0 && errno == EINTR
        guard result == 0 else { throw .io(operation: "truncate", path: path, errno: errno) }
    }

    /// Waits until the data is on the disk.
    func synchronise() throws(LedgerError) {
        var result: Int32
        repeat { result = fdatasync(descriptor) } while result < 0 && errno == EINTR
        guard result == 0 else { throw .io(operation: "fdatasync", path: path, errno: errno) }
    }

    /// Waits until data and names are on the disk; for new files and directories.
    func synchroniseAll() throws(LedgerError) {
        var result: Int32
        repeat { result = fsync(descriptor) } while result < 0 && errno == EINTR
        guard result == 0 else { throw .io(operation: "fsync", path: path, errno: errno) }
    }
}

/// The names in a directory, in no order.
func namesInDirectory(_ path: String) throws(LedgerError) -> [String] {
    guard let directory = opendir(path) else { throw .io(operation: "open", path: path, errno: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
    return names
}

/// Creates a directory and its parents where they are missing, and makes the new names durable.
func createDirectory(_ path: String) throws(LedgerError) {
    guard access(path, F_OK) != 0 else { return }
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let above = parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
    if above != path, above != "." { try createDirectory(above) }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw .io(operation: "create directory", path: path, errno: errno)
    }
    try OpenFile(above, O_RDONLY | O_DIRECTORY).synchroniseAll()
}
