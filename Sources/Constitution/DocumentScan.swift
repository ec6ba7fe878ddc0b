/// A look at the bytes of a document before a YAML parser sees them.
///
/// Size, UTF-8, characters that hide or reorder text, and the constructs with which YAML grows small files into large trees.
/// An alias begins with `*` and a name, and never right behind a letter or digit, so refusing that everywhere, even in
/// prose, cannot miss one.
struct DocumentScan {
    /// The largest document in bytes.
    static let sizeLimit = 256 * 1024

    private(set) var problems: [DocumentProblem] = []
    private var line = 1
    private var column = 0
    private var previous: Unicode.Scalar = "\n"

    /// The document as a string, or every problem that keeps it from being parsed.
    static func text(of document: [UInt8]) throws(ConstitutionError) -> String {
        guard document.count <= sizeLimit else {
            let kind = DocumentProblem.Kind.tooLarge(bytes: document.count, limit: sizeLimit)
            throw .invalidDocument([DocumentProblem(kind: kind, field: "", line: 1, column: 1)])
        }
        var scan = DocumentScan()
        scan.run(over: document)
        guard scan.problems.isEmpty else { throw .invalidDocument(scan.problems) }
        return String(decoding: document, as: UTF8.self)
    }

    private mutating func run(over document: [UInt8]) {
        var codec = UTF8()
        var bytes = document.makeIterator()
        var offset = 0
        while problems.count < DocumentReader.problemLimit {
            switch codec.decode(&bytes) {
            case .scalarValue(let scalar):
                take(scalar)
                offset &+= UTF8.width(scalar)
            case .emptyInput:
                return
            case .error:
                column &+= 1
                report(.notUTF8(offset: offset))
                return
            }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        if previous == "\n" || (previous == "\r" && scalar != "\n") {
            if column > 0 { line &+= 1 }
            column = 0
        }
        column &+= 1
        if isForbidden(scalar) { report(.forbiddenCharacter(scalar.value)) }
        if scalar == "%", column == 1 { report(.directive) }
        if isNameCharacter(scalar), previous == "*" || previous == "&", !signIsInsideWord {
            column &-= 1
            report(.aliasOrAnchor)
            column &+= 1
        }
        if scalar == "*" || scalar == "&" {
            signIsInsideWord = previous.isASCII && previous.properties.isAlphabetic || ("0"..."9").contains(previous)
        }
        previous = scalar
    }

    /// Whether the last `*` or `&` stood right behind a letter or digit, as in `R&D`.
    private var signIsInsideWord = false

    private mutating func report(_ kind: DocumentProblem.Kind) {
        problems.append(DocumentProblem(kind: kind, field: "", line: line, column: column))
    }

    private func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "a"..."z", "A"..."Z", "_", "-": true
        default: false
        }
    }
}

/// Whether a character is invisible or changes the order in which others are shown.
///
/// What is signed must be what a person reads: control characters, zero-width and bidirectional marks, tags, and the line
/// separators that only some editors show.
func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: false
    case 0x00...0x1F, 0x7F...0x9F, 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F,
        0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB,
        0xFFFE...0xFFFF, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
        true
    default: false
    }
}
