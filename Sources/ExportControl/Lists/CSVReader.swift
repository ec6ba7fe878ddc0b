/// Records of a CSV text, strictly by RFC 4180, but for the separator, which the EU's files change.
///
/// Takes LF as well as CRLF, and a byte order mark. A quotation mark within an unquoted field and text behind a closing
/// one are errors, since they are how a broken file shows.
struct CSVReader {
    /// One record.
    struct Record {
        var fields: [String]
        var line: Int
    }

    static let fieldLimit = 1 << 20
    private let bytes: [UInt8]
    private let separator: UInt8
    private var place = 0
    private var line = 1

    init(_ text: [UInt8], separator: UInt8 = 0x2C) {
        bytes = text
        self.separator = separator
    }

    /// All records; lines without any text are passed over.
    static func records(_ text: [UInt8], separator: UInt8 = 0x2C) throws(ListError) -> [Record] {
        var reader = CSVReader(text, separator: separator)
        var records: [Record] = []
        while let record = try reader.next() {
            if record.fields.contains(where: { !$0.isEmpty }) { records.append(record) }
        }
        return records
    }

    private mutating func next() throws(ListError) -> Record? {
        guard place < bytes.count else { return nil }
        let first = line
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard place < bytes.count else { break }
            let byte = bytes[place]
            place += 1
            if byte == separator { continue }
            if byte == 0x0D, place < bytes.count, bytes[place] == 0x0A { place += 1 }
            line += 1
            break
        }
        return Record(fields: fields, line: first)
    }

    /// Reads up to a separator or the end of a line, and stops at it.
    private mutating func field() throws(ListError) -> String {
        if place < bytes.count, bytes[place] == 0x22 { return try quoted() }
        let start = place
        while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A, bytes[place] != 0x0D {
            guard bytes[place] != 0x22 else { throw problem("a quotation mark within a field that has none before it") }
            place += 1
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func quoted() throws(ListError) -> String {
        let first = line
        place += 1
        var text: [UInt8] = []
        while true {
            guard place < bytes.count, text.count < Self.fieldLimit else {
                line = first
                throw problem("a quotation mark is never closed; is the file cut off?")
            }
            let byte = bytes[place]
            place += 1
            if byte == 0x0A { line += 1 }
            guard byte == 0x22 else {
                text.append(byte)
                continue
            }
            guard place < bytes.count, bytes[place] == 0x22 else { break }
            text.append(byte)
            place += 1
        }
        if place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A, bytes[place] != 0x0D {
            throw problem("text behind a closing quotation mark")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func problem(_ text: String) -> ListError { .malformed(format: "CSV", line: line, problem: text) }
}

/// Records under a heading: columns are found by name, in any order, and unknown ones are left alone.
struct CSVTable {
    private let columns: [String: Int]
    private let width: Int
    let records: ArraySlice<CSVReader.Record>

    /// Takes the first of the first five records that has all `required` columns for the heading.
    init(_ records: [CSVReader.Record], required: [String]) throws(ListError) {
        for (place, record) in records.prefix(5).enumerated() {
            var columns: [String: Int] = [:]
            for (column, name) in record.fields.enumerated() where columns[Self.key(name)] == nil {
                columns[Self.key(name)] = column
            }
            guard required.allSatisfy({ columns[Self.key($0)] != nil }) else { continue }
            self.columns = columns
            width = record.fields.count
            self.records = records[(place + 1)...]
            return
        }
        let heading = records.first?.fields.map(Self.key) ?? []
        throw .missingField(
            required.first { !heading.contains(Self.key($0)) } ?? required.joined(separator: ", "), line: 1)
    }

    private static func key(_ name: String) -> String { ListText.trimmed(name).lowercased() }

    /// Whether a record has as many fields as the heading.
    func isWhole(_ record: CSVReader.Record) -> Bool { record.fields.count == width }

    /// The text of the first of some columns that has any.
    func text(_ record: CSVReader.Record, _ names: String...) -> String? {
        for name in names {
            guard let column = columns[Self.key(name)], column < record.fields.count else { continue }
            let text = ListText.trimmed(record.fields[column])
            if !text.isEmpty, text != "-0-" { return text }
        }
        return nil
    }

    /// The texts of a column that holds several, with `;` between.
    func texts(_ record: CSVReader.Record, _ name: String) -> [String] {
        (text(record, name) ?? "").split(separator: ";").map { ListText.trimmed(String($0)) }.filter { !$0.isEmpty }
    }
}
