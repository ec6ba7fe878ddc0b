import CExpat

/// An element of a list file, with what is in it.
///
/// Names are without their namespace prefix.
struct XMLNode: Sendable {
    var name: String
    var attributes: [String: String] = [:]
    var text = ""
    var children: [XMLNode] = []
    var line = 0

    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    /// The elements along a path of names.
    func all(_ path: [String]) -> [XMLNode] {
        path.reduce([self]) { nodes, name in nodes.flatMap { $0.all(name) } }
    }

    /// The text of the first child of this name, if there is any.
    func text(_ name: String) -> String? {
        for child in children where child.name == name {
            let text = ListText.trimmed(child.text)
            if !text.isEmpty { return text }
        }
        return nil
    }

    /// An attribute that is not empty.
    func attribute(_ name: String) -> String? {
        guard let value = attributes[name] else { return nil }
        let text = ListText.trimmed(value)
        return text.isEmpty ? nil : text
    }
}

/// Reads an XML file record by record with expat, so that a large file never is in memory as a tree.
///
/// A document that declares entities is refused: no list needs them, and they are how XML is made to explode.
final class XMLRecords {
    static let depthLimit = 32
    static let textLimit = 1 << 20

    private let names: Set<String>
    private let take: (XMLNode) -> Void
    private var open: [XMLNode] = []
    private var depth = 0
    private var problem: String?
    private var parser: XML_Parser?
    private(set) var root = ""

    private init(_ names: Set<String>, _ take: @escaping (XMLNode) -> Void) {
        self.names = names
        self.take = take
    }

    /// Calls `take` with each element whose name is in `names`, wherever it stands outside another of them.
    ///
    /// - Returns: The name of the outermost element.
    /// - Throws: `ListError.malformed` with the line, also if the file is cut off.
    @discardableResult
    static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, records names: Set<String>, _ take: @escaping (XMLNode) -> Void
    ) throws(ListError) -> String {
        let reader = XMLRecords(names, take)
        guard let parser = XML_ParserCreate(nil) else {
            throw .malformed(format: "XML", line: 0, problem: "there is no memory for a reader")
        }
        defer { XML_ParserFree(parser) }
        reader.parser = parser
        XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
        XML_SetElementHandler(
            parser, { data, name, attributes in records(data)?.begin(name, attributes) },
            { data, _ in records(data)?.end() })
        XML_SetCharacterDataHandler(parser) { data, text, count in records(data)?.add(text, count) }
        XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in records(data)?.stop("it declares entities") }
        try reader.feed(bytes, parser)
        return reader.root
    }

    private func feed(_ bytes: UnsafeBufferPointer<UInt8>, _ parser: XML_Parser) throws(ListError) {
        let piece = 1 << 20
        var start = 0
        repeat {
            let count = min(piece, bytes.count - start)
            let isLast: Int32 = start + count == bytes.count ? 1 : 0
            let status = bytes.baseAddress.map { base in
                base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    XML_Parse(parser, $0 + start, Int32(count), isLast)
                }
            }
            start += count
            guard status == XML_STATUS_OK, problem == nil else {
                let text =
                    problem ?? XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "it is empty"
                throw .malformed(format: "XML", line: Int(XML_GetCurrentLineNumber(parser)), problem: text)
            }
        } while start < bytes.count
    }

    fileprivate func begin(
        _ name: UnsafePointer<XML_Char>?, _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) {
        depth += 1
        guard depth <= Self.depthLimit else { return stop("its elements are nested too deeply") }
        let name = Self.local(name)
        if depth == 1 { root = name }
        guard !open.isEmpty || names.contains(name) else { return }
        var node = XMLNode(name: name, line: Int(parser.map { XML_GetCurrentLineNumber($0) } ?? 0))
        var place = 0
        while let attributes, let key = attributes[place], let value = attributes[place + 1] {
            node.attributes[Self.local(key)] = String(cString: value)
            place += 2
        }
        open.append(node)
    }

    fileprivate func end() {
        depth -= 1
        guard let node = open.popLast() else { return }
        if open.isEmpty { take(node) } else { open[open.count - 1].children.append(node) }
    }

    fileprivate func add(_ text: UnsafePointer<XML_Char>?, _ count: Int32) {
        guard !open.isEmpty, let text, count > 0 else { return }
        let last = open.count - 1
        guard open[last].text.utf8.count + Int(count) <= Self.textLimit else { return stop("a text is too long") }
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
        open[last].text += String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func stop(_ problem: String) {
        if self.problem == nil { self.problem = problem }
        if let parser { XML_StopParser(parser, 0) }
    }

    private static func local(_ name: UnsafePointer<XML_Char>?) -> String {
        guard let name else { return "" }
        let text = String(cString: name)
        return text.split(separator: ":").last.map(String.init) ?? text
    }
}

private func records(_ data: UnsafeMutableRawPointer?) -> XMLRecords? {
    data.map { Unmanaged<XMLRecords>.fromOpaque($0).takeUnretainedValue() }
}
