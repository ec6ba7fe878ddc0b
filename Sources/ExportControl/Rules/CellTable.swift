/// A table of text cells with named columns, read strictly from CSV (RFC 4180).
///
/// Quoted cells may hold commas, quotes (doubled) and line breaks. A byte order mark and either kind of line end are
/// accepted; rows of another length, open quotes, a column named twice and bytes that are not UTF-8 are not.
public struct CellTable: Sendable {
    /// Why a text is no table.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        /// The line, from 1.
        public let line: Int
        /// What is wrong, and the way out.
        public let message: String
        /// Both, in one line.
        public var description: String { "line \(line): \(message)" }
    }

    /// A row: its line, and its cells in the columns' order.
    public struct Row: Sendable {
        /// The line it begins at, from 1.
        public let line: Int
        /// As many as there are columns.
        public let cells: [String]
    }

    /// The columns' names, as in the first line.
    public let columns: [String]
    /// The rows below.
    public let rows: [Row]

    /// Reads a whole file.
    ///
    /// - Throws: `Problem` with the line.
    public init(_ bytes: [UInt8]) throws(Problem) {
        var reader = CellReader(bytes)
        guard let head = try reader.row() else {
            throw Problem(line: 1, message: "the file is empty; its first line names the columns")
        }
        var seen: Set<String> = []
        for name in head.cells where !seen.insert(name).inserted {
            throw Problem(line: 1, message: "column '\(name)' is there twice; keep one")
        }
        var rows: [Row] = []
        while let row = try reader.row() {
            if row.cells.count == 1, row.cells[0].isEmpty { continue }
            guard row.cells.count == head.cells.count else {
                let have = row.cells.count
                throw Problem(
                    line: row.line,
                    message: "\(have) cells where the first line names \(head.cells.count) columns;"
                        + " quote cells that hold commas")
            }
            rows.append(row)
        }
        columns = head.cells
        self.rows = rows
    }

    /// A table of one row, for values that come from elsewhere than a file.
    public init(cells: [(column: String, cell: String)]) {
        columns = cells.map(\.column)
        rows = [Row(line: 1, cells: cells.map(\.cell))]
    }

    /// The place of a column, if it is there.
    public func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

    /// The place of a column that must be there.
    public func required(_ name: String) throws(Problem) -> Int {
        guard let index = column(name) else {
            throw Problem(
                line: 1, message: "column '\(name)' is missing; there are \(columns.joined(separator: ", "))")
        }
        return index
    }
}

/// Cuts bytes into rows of cells.
private struct CellReader {
    private let bytes: [UInt8]
    private var index: Int
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    mutating func row() throws(CellTable.Problem) -> CellTable.Row? {
        guard index < bytes.count else { return nil }
        let first = line
        var cells: [String] = []
        while true {
            cells.append(try cell())
            guard index < bytes.count else { break }
            let byte = bytes[index]
            index += 1
            if byte == 0x2C { continue }
            if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
            line += 1
            break
        }
        return CellTable.Row(line: first, cells: cells)
    }

    /// Whether a byte ends an unquoted cell.
    private static func isEnd(_ byte: UInt8) -> Bool { byte == 0x2C || byte == 0x0A || byte == 0x0D }

    /// One cell; stops before the comma or line end behind it.
    private mutating func cell() throws(CellTable.Problem) -> String {
        let text: String?
        if index < bytes.count, bytes[index] == 0x22 {
            var content: [UInt8] = []
            try quoted(into: &content)
            text = String(validating: content, as: UTF8.self)
        } else {
            let start = index
            while index < bytes.count, !Self.isEnd(bytes[index]) {
                guard bytes[index] != 0x22 else {
                    throw .init(line: line, message: "a quote inside an unquoted cell; quote the whole cell")
                }
                index += 1
            }
            text = String(validating: bytes[start..<index], as: UTF8.self)
        }
        guard let text else { throw .init(line: line, message: "a cell is not UTF-8; save the file as UTF-8") }
        return text
    }

    private mutating func quoted(into content: inout [UInt8]) throws(CellTable.Problem) {
        let opened = line
        index += 1
        while true {
            guard index < bytes.count else {
                throw .init(line: opened, message: "a quote is opened and never closed")
            }
            let byte = bytes[index]
            index += 1
            if byte == 0x0A { line += 1 }
            guard byte == 0x22 else {
                content.append(byte)
                continue
            }
            if index < bytes.count, bytes[index] == 0x22 {
                content.append(byte)
                index += 1
                continue
            }
            guard index >= bytes.count || Self.isEnd(bytes[index]) else {
                throw .init(line: line, message: "text behind a closing quote; double the quotes inside a cell")
            }
            return
        }
    }
}
