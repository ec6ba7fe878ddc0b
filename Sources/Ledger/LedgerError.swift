/// Why the ledger could not be opened, written or read, and the way out.
public enum LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process holds the directory; 0 when it did not leave its pid.
    case heldByAnother(directory: String, pid: Int32)
    /// A call to the operating system failed.
    case io(operation: String, path: String, errno: Int32)
    /// The log does not take records at the moment; it tries again by itself.
    case notWritable(reason: String)
    /// The log has been closed.
    case closed
    /// A field of a record is longer, or has another form, than the format allows.
    case badField(String)
    /// What a file holds at an offset cannot be a part of a ledger.
    case damaged(file: String, offset: UInt64, reason: String)
    /// What is asked for was pruned: the ledger begins at a later record.
    case pruned(directory: String, first: UInt64)
    /// A newer version of the program has written it.
    case tooNew(file: String, what: String)
    /// The directory holds no ledger.
    case noLedger(directory: String)
    /// A decision was not found where the clock says that it lies, and there is more to be read; asked again, the search goes on.
    case unfinishedSearch(directory: String)

    /// What is wrong, where, and what to do about it.
    public var description: String {
        switch self {
        case .heldByAnother(let directory, let pid):
            pid > 0
                ? "the ledger in '\(directory)' is being written by process \(pid); stop that process first"
                : "the ledger in '\(directory)' is being written by another process; stop that process first"
        case .io(let operation, let path, let errno):
            "\(operation) '\(path)': \(systemMessage(errno))"
        case .notWritable(let reason):
            "the ledger cannot be written (\(reason)); requests are refused until it can"
        case .closed:
            "the ledger is closed"
        case .badField(let name):
            "the record's field '\(name)' is too long or not well formed"
        case .damaged(let file, let offset, let reason):
            "\(file), offset \(offset): \(reason); run 'sluice ledger verify' to see the extent, "
                + "then restore the file from a copy or move the directory aside"
        case .pruned(let directory, let first):
            "the ledger in '\(directory)' begins at record \(first): what came before was pruned by its retention; "
                + "a backup from before may have it"
        case .tooNew(let file, let what):
            "\(file) was written by a newer version of sluice (\(what)); install that version, or restore a backup"
        case .noLedger(let directory):
            "'\(directory)' holds no ledger; name the right directory with --directory"
        case .unfinishedSearch(let directory):
            "the decision is still being looked for in '\(directory)'; ask again"
        }
    }
}
