/// Sluice's own list format: one party a line, as a JSON object.
///
/// `id` and `name` are needed; known besides: `aliases`, `native_names`, `type` (person, organization, vessel, aircraft),
/// `country` or `countries`, `addresses`, `ids` (an object) or `identifiers` (`[{kind, value}]`), `list`, `programs`, `listed_on`, `expires`, `linked_to`.
/// Other fields are left alone.
public enum PartyLines {
    /// Reads all lines.
    ///
    /// Empty lines are passed over.
    ///
    /// - Throws: `ListError.malformed` or `.missingField` with the line.
    public static func read(_ bytes: UnsafeBufferPointer<UInt8>, list: String) throws(ListError) -> [ListedParty] {
        var parties: [ListedParty] = []
        var start = 0
        var line = 0
        while start < bytes.count {
            line += 1
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let content = UnsafeBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            guard content.contains(where: { $0 > 0x20 }) else { continue }
            parties.append(try party(try JSONReader.read(content, line: line), list: list, line: line))
        }
        return parties
    }

    private static func party(_ value: JSONValue, list: String, line: Int) throws(ListError) -> ListedParty {
        guard let id = value["id"]?.text else { throw .missingField("id", line: line) }
        guard let name = value["name"]?.text else { throw .missingField("name", line: line) }
        var identifiers: [ListedParty.Identifier] = []
        if case .object(let fields)? = value["ids"] {
            for (kind, text) in fields.sorted(by: { $0.key < $1.key }) {
                identifiers += text.texts.map { ListedParty.Identifier(kind: kind, value: $0) }
            }
        }
        for pair in value["identifiers"]?.items ?? [] {
            guard let text = pair["value"]?.text else { continue }
            identifiers.append(ListedParty.Identifier(kind: pair["kind"]?.text ?? "id", value: text))
        }
        return ListedParty(
            id: id, name: name, aliases: value["aliases"]?.texts ?? [], nativeNames: value["native_names"]?.texts ?? [],
            kind: ListedParty.Kind(rawValue: value["type"]?.text ?? "") ?? .unknown,
            countries: (value["country"]?.texts ?? []) + (value["countries"]?.texts ?? []),
            addresses: value["addresses"]?.texts ?? [], identifiers: identifiers, list: value["list"]?.text ?? list,
            programs: value["programs"]?.texts ?? [], listedOn: value["listed_on"]?.text,
            expires: value["expires"]?.text, linkedTo: value["linked_to"]?.texts ?? [])
    }
}
