/// The kinds of list file that are read.
public enum ListFormat: String, Sendable, CaseIterable, Codable {
    /// The US Consolidated Screening List.
    case cslCSV = "csl-csv"
    case cslJSON = "csl-json"
    /// OFAC's SDN and consolidated lists; the CSV may have its files of aliases and addresses beside it.
    case ofacCSV = "ofac-csv"
    case ofacXML = "ofac-xml"
    /// The EU's consolidated financial sanctions (1.1).
    case euXML = "eu-xml"
    case euCSV = "eu-csv"
    /// The UK Sanctions List, and the OFSI list that came before it.
    case ukXML = "uk-xml"
    case ukCSV = "uk-csv"
    /// The consolidated list of the UN Security Council.
    case unXML = "un-xml"
    /// Sluice's own: one party a line.
    case lines = "jsonl"

    /// The name of the list, where nobody gives another.
    public var listName: String {
        switch self {
        case .cslCSV, .cslJSON: "US CSL"
        case .ofacCSV, .ofacXML: "OFAC"
        case .euXML, .euCSV: "EU"
        case .ukXML, .ukCSV: "UK"
        case .unXML: "UN"
        case .lines: "own"
        }
    }

    /// The format of a file, by how it begins.
    static func detect(_ bytes: UnsafeBufferPointer<UInt8>) -> ListFormat? {
        let head = String(decoding: ListText.utf8(UnsafeBufferPointer(rebasing: bytes.prefix(4096))), as: UTF8.self)
        let lower = head.lowercased()
        let start = lower.drop { $0.isWhitespace }
        if start.hasPrefix("<") {
            if lower.contains("<sdnlist") { return .ofacXML }
            if lower.contains("<consolidated_list") { return .unXML }
            if lower.contains("<designations") || lower.contains("financialsanctionstarget") { return .ukXML }
            if lower.contains("<export") { return .euXML }
            return nil
        }
        if start.hasPrefix("{") {
            return lower.contains("\"results\"") && !lower.prefix(2048).contains("}\n{") ? .cslJSON : .lines
        }
        let heading = start.split(whereSeparator: \.isNewline).prefix(3).joined(separator: "\n")
        if heading.contains("entity_logicalid") { return .euCSV }
        if heading.contains("name 6") { return .ukCSV }
        if heading.contains("entity_number"), heading.contains("alt_names") { return .cslCSV }
        if let first = start.split(separator: ",").first, Int(first) != nil { return .ofacCSV }
        return nil
    }
}
