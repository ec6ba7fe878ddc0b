/// What is wrong with a file that the watch was given.
public enum ReadingError: Error, Equatable, CustomStringConvertible {
    /// A file that cannot be opened or read.
    case unreadable(path: String)
    /// A gzip stream that is damaged or ends too early.
    case damagedGzip(path: String)
    /// A line longer than the limit in bytes.
    case lineTooLong(line: Int, limit: Int)
    /// A line that is no JSON object, at this byte of the line.
    case notJSON(line: Int, byte: Int)
    /// A field that is missing or has a value it cannot have.
    case field(String, line: Int)
    /// A column that the header does not have.
    case column(String, path: String)
    /// A file without what it must hold.
    case content(String, path: String)

    /// What was wrong, where, and the way out.
    public var description: String {
        switch self {
        case .unreadable(let path): "cannot read '\(path)'; check the path and its permissions"
        case .damagedGzip(let path): "'\(path)' is not whole: its gzip stream is damaged or was cut; fetch it again"
        case .lineTooLong(let line, let limit): "line \(line) is longer than \(limit) bytes; one exchange is one line"
        case .notJSON(let line, let byte): "line \(line) is not a JSON object: nonsense at byte \(byte)"
        case .field(let name, let line): "line \(line): the field '\(name)' is missing or cannot have this value"
        case .column(let name, let path): "'\(path)': the header has no column '\(name)'"
        case .content(let what, let path): "'\(path)': \(what)"
        }
    }
}
