/// Why an encoder's file could not be used.
public enum EncoderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file cannot be opened or mapped.
    case unreadable(path: String, reason: String)
    /// The bytes are no encoder file, or one of a version that this program doesn't read.
    case notAnEncoder(path: String)
    /// A section of the file is missing, or is not as long as it must be.
    case badSection(String, path: String)
    /// The file's bytes don't have the hash that was asked for.
    case wrongHash(expected: String, found: String, path: String)

    /// What was wrong, and the way out.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read the encoder '\(path)': \(reason); 'Tools/setup.sh encoder' writes it"
        case .notAnEncoder(let path):
            "'\(path)' is not an encoder file of this version; 'Tools/setup.sh encoder' writes one"
        case .badSection(let name, let path):
            "section '\(name)' of the encoder '\(path)' is missing or has a wrong size; write the file again"
        case .wrongHash(let expected, let found, let path):
            "the encoder '\(path)' has SHA-256 \(found), and \(expected) was asked for; write the file again"
        }
    }
}
