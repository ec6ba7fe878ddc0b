import Glibc

/// Small text files, read and written whole.
enum TextFile {
    /// The largest file that is read.
    static let limit = 16 << 20

    /// The bytes of a file, or nil if it cannot be read or is too large.
    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return ferror(file) == 0 ? bytes : nil }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { return nil }
        }
    }

    /// The text of a file, or nil if it cannot be read or is not UTF-8.
    static func read(_ path: String) -> String? {
        bytes(path).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Writes a new file, readable by its owner only if `secret`; replaces nothing.
    static func create(_ path: String, _ text: String, secret: Bool) -> Bool {
        create(path, Array(text.utf8), secret: secret)
    }

    /// Writes a new file, readable by its owner only if `secret`; replaces nothing.
    static func create(_ path: String, _ bytes: [UInt8], secret: Bool) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0o600 : 0o644)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    }
}
