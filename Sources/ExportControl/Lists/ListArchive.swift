import Glibc

/// The imported lists in a directory: `NAME/NUMBER.list` for each version, and the highest number is in force.
///
/// A version becomes visible by one rename of a file that is complete and on disk. Whatever stops an import before that
/// leaves the version before in force, and what it left behind is cleared away by the next one. Old versions stay.
public struct ListArchive: Sendable {
    /// Where the lists are.
    public let directory: String

    /// The archive in a directory, which is made by the first import.
    public init(directory: String) { self.directory = directory }

    /// A version with its entries.
    public struct Stored: Sendable, Equatable {
        /// What was imported, and when.
        public var version: ListVersion
        /// Its entries.
        public var parties: [ListedParty]

        /// A version and its entries, as they were read.
        public init(version: ListVersion, parties: [ListedParty]) {
            self.version = version
            self.parties = parties
        }
    }

    /// The names of the folders of all lists, in order.
    public func lists() throws(ListError) -> [String] {
        try Self.names(in: directory, missingIsEmpty: true).filter { !$0.hasPrefix(".") }
    }

    /// The version of a list that is in force; nil if there is none.
    ///
    /// - Throws: `ListError.storage` if the newest file is damaged: an older one isn't taken in silence.
    public func current(_ list: String) throws(ListError) -> Stored? {
        guard let number = try numbers(list).last else { return nil }
        return try version(number, of: list)
    }

    /// One version of a list.
    public func version(_ number: Int, of list: String) throws(ListError) -> Stored {
        let path = folder(list) + "/\(number).list"
        let stored = try ListFile.decode(try Self.contents(path), path: path)
        guard stored.version.number == number else { throw .storage(path: path, problem: "holds another version") }
        return stored
    }

    /// The numbers of a list's versions, ascending.
    public func numbers(_ list: String) throws(ListError) -> [Int] {
        try Self.names(in: folder(list), missingIsEmpty: true).compactMap { name in
            name.hasSuffix(".list") ? Int(name.dropLast(5)) : nil
        }.sorted()
    }

    /// Puts a version in force: writes a file beside, brings it to disk, and renames it.
    ///
    /// Takes the lock of the list; a second import at the same time is refused.
    public func put(_ stored: Stored) throws(ListError) {
        let folder = folder(stored.version.list)
        try Self.makeFolders(folder)
        let lock = open(folder + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw Self.failure(folder + "/.lock") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw .storage(path: folder, problem: "another import of this list is running")
        }
        guard stored.version.number == (try numbers(stored.version.list).last ?? 0) + 1 else {
            throw .storage(path: folder, problem: "another import came first; repeat yours")
        }
        let temporary = folder + "/.new"
        let target = folder + "/\(stored.version.number).list"
        try Self.write(ListFile.encode(stored), to: temporary)
        guard rename(temporary, target) == 0 else { throw Self.failure(target) }
        try Self.sync(folder)
        try Self.sync(directory)
    }

    private func folder(_ list: String) -> String { directory + "/" + Self.folderName(list) }

    /// A list's name as a folder's: letters, digits and hyphens.
    public static func folderName(_ list: String) -> String {
        let name = String(
            list.lowercased().unicodeScalars.prefix(80).map { scalar -> Character in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                return isPlain ? Character(scalar) : "-"
            })
        return name.isEmpty ? "-" : name
    }

    // MARK: files

    private static func makeFolders(_ path: String) throws(ListError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw failure(made) }
        }
    }

    private static func failure(_ path: String) -> ListError {
        .storage(path: path, problem: String(cString: strerror(errno)))
    }

    private static func names(in path: String, missingIsEmpty: Bool) throws(ListError) -> [String] {
        guard let handle = opendir(path) else {
            if missingIsEmpty, errno == ENOENT { return [] }
            throw failure(path)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func contents(_ path: String) throws(ListError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        var state = stat()
        guard fstat(file, &state) == 0, state.st_size >= 0, state.st_size < 1 << 32 else { throw failure(path) }
        var problem: ListError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(state.st_size)) { buffer, count in
            while count < Int(state.st_size) {
                let got = Glibc.read(file, buffer.baseAddress.map { $0 + count }, Int(state.st_size) - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { problem = failure(path) }
                guard got > 0 else { return }
                count += got
            }
        }
        if let problem { throw problem }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(ListError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            start += count
        }
        guard fsync(file) == 0 else { throw failure(path) }
    }

    private static func sync(_ path: String) throws(ListError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure(path) }
    }
}
