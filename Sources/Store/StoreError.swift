/// Why the store could not do what was asked.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was.
    public enum Kind: Sendable, Equatable {
        /// The file cannot be opened, read or written.
        case unusable
        /// The file is no store of ours, or damaged.
        case notAStore
        /// A newer version of the program has written it.
        case tooNew
        /// The disk or the quota is full.
        case full
        /// Another process holds it.
        case busy
        /// A rule of the schema forbids the change; nothing was written.
        case constraint
    }

    /// What kind of failure it was.
    public let kind: Kind
    /// The database file.
    public let path: String
    /// What went wrong, in the database's words.
    public let reason: String

    /// The file, what was wrong with it, and the way out.
    public var description: String {
        switch kind {
        case .unusable:
            "The store \(path) cannot be used: \(reason). Check that the directory exists and that this user may write it."
        case .notAStore:
            "The store \(path) is damaged or no store of Sluice: \(reason). Move it away, or restore a backup."
        case .tooNew:
            "The store \(path) was written by a newer version of Sluice: \(reason). Install that version, or restore a backup."
        case .full:
            "The store \(path) cannot grow: \(reason). Free some space on its disk; nothing was changed."
        case .busy:
            "The store \(path) is held by another process: \(reason). Stop it, or use its admin API."
        case .constraint:
            "The store \(path) refused the change: \(reason). Nothing was changed."
        }
    }
}
