/// Why a list file is not taken.
public enum ListError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file is not of a kind that is known.
    case unknownFormat
    /// The text breaks the rules of its format.
    case malformed(format: String, line: Int, problem: String)
    /// A column or field that every entry needs is not there.
    case missingField(String, line: Int)
    /// There is not one entry.
    case empty
    /// Too many of the entries cannot be read.
    case tooManyUnreadable(read: Int, unreadable: Int, firstLine: Int)
    /// Much smaller than the version in force.
    case shrunk(from: Int, to: Int)
    /// As long as before or longer, but more than a tenth of the entries would be gone.
    case replaced(lost: Int, of: Int)
    /// Names hold the marks of text decoded wrongly.
    case garbled(entries: Int, line: Int, sample: String)
    /// The directory or a file in it cannot be read or written.
    case storage(path: String, problem: String)

    /// What is wrong, where, and the way out.
    public var description: String {
        switch self {
        case .unknownFormat:
            "This is none of the known list files. Name the format with --format."
        case .malformed(let format, let line, let problem):
            "The \(format) is broken at line \(line): \(problem). Download the file again."
        case .missingField(let field, let line):
            "Line \(line): the field '\(field)' is missing. Is this the right file and format?"
        case .empty:
            "The file holds no entry. Nobody becomes unlisted by an empty file; download it again."
        case .tooManyUnreadable(let read, let unreadable, let line):
            "\(unreadable) entries cannot be read (\(read) can), the first at line \(line). Download the file again."
        case .shrunk(let old, let new):
            "The list would shrink from \(old) to \(new) entries, by more than 10 %. If the publisher says so too, repeat "
                + "the import with --confirm-shrink."
        case .replaced(let lost, let all):
            "\(lost) of the \(all) entries in force are not in this file, by number or by name. Is it another list's? If it is "
                + "right, repeat the import with --confirm-shrink."
        case .garbled(let entries, let line, let sample):
            "\(entries) names look wrongly decoded, the first at line \(line): '\(sample)'. Save the file as UTF-8."
        case .storage(let path, let problem):
            "\(path): \(problem)."
        }
    }
}
