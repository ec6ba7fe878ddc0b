import Glibc
import Transparency

/// Writes the static files of a log; each appears whole or not at all.
struct TileFiles: Sendable {
    let directory: String
    /// Folders that are known to exist.
    private var folders: Set<String> = []
    /// Files that were written and are not known to be on the disk.
    private var loose: Set<String> = []

    init(directory: String) {
        self.directory = directory
    }

    /// Puts a file in place under its name.
    mutating func write(_ bytes: [UInt8], to path: String) throws(LedgerError) {
        let target = directory + "/" + path
        if let slash = target.lastIndex(of: "/") { try makeFolder(String(target[..<slash])) }
        let draft = try OpenFile(target + ".new", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let failure: LedgerError? = bytes.withUnsafeBytes { bytes in
            do throws(LedgerError) {
                try draft.write(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let failure {
            unlink(target + ".new")
            throw failure
        }
        guard rename(target + ".new", target) == 0 else {
            throw .io(operation: "rename", path: target + ".new", errno: errno)
        }
        loose.insert(target)
    }

    /// The files written since the last call, which `synchronise` then puts on the disk.
    mutating func takeLoose() -> Set<String> {
        defer { loose = [] }
        return loose
    }

    /// Waits until files and the names that lead to them are on the disk; those that are gone by now are left out.
    static func synchronise(_ paths: Set<String>, below directory: String) throws(LedgerError) {
        var folders: Set<String> = [directory]
        for path in paths where access(path, F_OK) == 0 {
            do throws(LedgerError) {
                try OpenFile(path, O_RDONLY).synchronise()
            } catch {
                guard case .io(_, _, let number) = error, number == ENOENT else { throw error }
            }
            var rest = path[...]
            while let slash = rest.lastIndex(of: "/"), rest.utf8.count > directory.utf8.count {
                rest = rest[..<slash]
                guard folders.insert(String(rest)).inserted else { break }
            }
        }
        for folder in folders where access(folder, F_OK) == 0 {
            try OpenFile(folder, O_RDONLY | O_DIRECTORY).synchroniseAll()
        }
    }

    private mutating func makeFolder(_ path: String) throws(LedgerError) {
        guard !folders.contains(path) else { return }
        if access(path, F_OK) != 0 {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolder(String(path[..<slash])) }
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
                throw .io(operation: "create directory", path: path, errno: errno)
            }
        }
        folders.insert(path)
    }

    /// Deletes the partial files in front of which a full one has come.
    mutating func removePartials(of path: TilePath) {
        let folder = directory + "/" + path.description + ".p"
        guard folders.remove(folder) != nil || access(folder, F_OK) == 0 else { return }
        for name in (try? namesInDirectory(folder)) ?? [] where name != "." && name != ".." {
            unlink(folder + "/" + name)
        }
        rmdir(folder)
    }

    /// The bytes of a file; `nil` when there is none.
    func read(_ path: String) throws(LedgerError) -> [UInt8]? {
        try Self.read(directory + "/" + path)
    }

    static func read(_ path: String) throws(LedgerError) -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        let file = try OpenFile(path, O_RDONLY)
        return try file.bytes(Int(file.size()), at: 0)
    }
}
