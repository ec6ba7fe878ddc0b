extension ParsedList {
    /// The Consolidated Screening List as CSV: `alt_names`, `addresses`, `programs` and `ids` hold several with `;`.
    mutating func readConsolidatedCSV(_ text: [UInt8]) throws(ListError) {
        let table = try CSVTable(try CSVReader.records(text), required: ["name", "source"])
        for record in table.records {
            guard table.isWhole(record) else {
                skip(line: record.line)
                continue
            }
            let source = table.text(record, "source") ?? list
            let name = table.text(record, "name") ?? ""
            let number = table.text(record, "_id", "id") ?? table.text(record, "entity_number") ?? "\(source)-\(name)"
            add(
                ListedParty(
                    id: number, name: name, aliases: table.texts(record, "alt_names"),
                    kind: Self.kind(table.text(record, "type")),
                    countries: Self.countries(table.texts(record, "addresses")),
                    addresses: table.texts(record, "addresses"),
                    identifiers: Self.identifiers(table.texts(record, "ids")),
                    list: Self.shortSource(source), programs: table.texts(record, "programs"),
                    listedOn: table.text(record, "start_date"), expires: table.text(record, "end_date")),
                line: record.line)
        }
    }

    /// The same as JSON: `results`, an array of objects.
    mutating func readConsolidatedJSON(_ bytes: UnsafeBufferPointer<UInt8>) throws(ListError) {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let document = try JSONReader.read(UnsafeBufferPointer(rebasing: bytes[start...]))
        guard case .array(let rows)? = document["results"] else { throw .missingField("results", line: 1) }
        for (place, row) in rows.enumerated() {
            let name = row["name"]?.text ?? ""
            let addresses = row["addresses"]?.items ?? []
            let source = row["source"]?.text ?? list
            add(
                ListedParty(
                    id: row["id"]?.text ?? row["entity_number"]?.text ?? "\(source)-\(name)", name: name,
                    aliases: row["alt_names"]?.texts ?? [], kind: Self.kind(row["type"]?.text),
                    countries: Self.unique(
                        addresses.compactMap { $0["country"]?.text } + (row["country"]?.texts ?? [])),
                    addresses: addresses.compactMap(Self.address),
                    identifiers: (row["ids"]?.items ?? []).compactMap { id in
                        id["number"]?.text.map { .init(kind: id["type"]?.text ?? "id", value: $0) }
                    },
                    list: Self.shortSource(source), programs: row["programs"]?.texts ?? [],
                    listedOn: row["start_date"]?.text, expires: row["end_date"]?.text),
                line: place + 1)
        }
    }

    private static func address(_ value: JSONValue) -> String? {
        let parts = ["address", "city", "state", "postal_code", "country"].compactMap { value[$0]?.text }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// `SDN.CSV` or `CONS_PRIM.CSV`, which have no heading, with the files of aliases and addresses.
    mutating func readTreasuryCSV(_ text: [UInt8], _ companions: [[UInt8]]) throws(ListError) {
        var aliases: [String: [String]] = [:]
        var addresses: [String: [(text: String, country: String)]] = [:]
        for companion in companions {
            for record in try CSVReader.records(companion.withUnsafeBufferPointer(ListText.utf8)) {
                let fields = record.fields.map(Self.treasuryField)
                if fields.count == 5 { aliases[fields[0], default: []].append(fields[3]) }
                if fields.count == 6 {
                    let text = [fields[2], fields[3], fields[4]].filter { !$0.isEmpty }.joined(separator: ", ")
                    addresses[fields[0], default: []].append((text, fields[4]))
                }
            }
        }
        for record in try CSVReader.records(text) {
            guard record.fields.count >= 12, Int(ListText.trimmed(record.fields[0])) != nil else {
                skip(line: record.line)
                continue
            }
            let fields = record.fields.map(Self.treasuryField)
            let places = addresses[fields[0]] ?? []
            add(
                ListedParty(
                    id: fields[0], name: fields[1],
                    aliases: (aliases[fields[0]] ?? []) + Self.quotedAliases(fields[11]),
                    kind: fields[2].isEmpty ? .organization : Self.kind(fields[2]),
                    countries: Self.unique(places.map(\.country)), addresses: places.map(\.text).filter { !$0.isEmpty },
                    identifiers: Self.remarkIdentifiers(fields[11]), list: list,
                    programs: fields[3].split(whereSeparator: { "[]".contains($0) }).map {
                        ListText.trimmed(String($0))
                    }
                    .filter { !$0.isEmpty }),
                line: record.line)
        }
    }

    private static func treasuryField(_ text: String) -> String {
        let text = ListText.trimmed(text)
        return text == "-0-" ? "" : text
    }

    /// The aliases that the remarks have in single quotation marks.
    private static func quotedAliases(_ remarks: String) -> [String] {
        remarks.split(separator: ";").compactMap { part in
            let text = ListText.trimmed(String(part))
            guard text.lowercased().hasPrefix("a.k.a. '") else { return nil }
            return text.dropFirst(8).split(separator: "'").first.map(String.init)
        }
    }

    /// "Registration ID 1027700132195 (Russia)" and the like in the remarks.
    private static func remarkIdentifiers(_ remarks: String) -> [ListedParty.Identifier] {
        let kinds = [
            "Registration ID", "Registration Number", "Tax ID No.", "Unified Social Credit Code (USCC)",
            "Vessel Registration Identification IMO",
            "Company Number", "Business Registration Number", "Identification Number", "SWIFT/BIC",
            "Legal Entity Number",
        ]
        return remarks.split(separator: ";").compactMap { part in
            let text = ListText.trimmed(String(part))
            guard let kind = kinds.first(where: { text.hasPrefix($0) }) else { return nil }
            let value =
                text.dropFirst(kind.count).split(separator: "(").first.map { ListText.trimmed(String($0)) } ?? ""
            return value.isEmpty ? nil : ListedParty.Identifier(kind: kind, value: value)
        }
    }

    /// `sdn.xml` or `consolidated.xml`.
    mutating func readTreasuryXML(_ bytes: UnsafeBufferPointer<UInt8>) throws(ListError) {
        var parties: [(ListedParty, Int)] = []
        let list = list
        try XMLRecords.read(bytes, records: ["sdnEntry"]) { entry in
            let name = { (node: XMLNode) in
                [node.text("lastName"), node.text("firstName")].compactMap { $0 }.joined(separator: ", ")
            }
            let addresses = entry.all(["addressList", "address"])
            let lines = ["address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country"]
            parties.append(
                (
                    ListedParty(
                        id: entry.text("uid") ?? "", name: name(entry),
                        aliases: entry.all(["akaList", "aka"]).map(name),
                        kind: Self.kind(entry.text("sdnType")),
                        countries: Self.unique(addresses.compactMap { $0.text("country") }),
                        addresses: addresses.map { node in lines.compactMap(node.text).joined(separator: ", ") },
                        identifiers: entry.all(["idList", "id"]).compactMap { id in
                            id.text("idNumber").map { .init(kind: id.text("idType") ?? "id", value: $0) }
                        },
                        list: list, programs: entry.all(["programList", "program"]).map { ListText.trimmed($0.text) }),
                    entry.line
                ))
        }
        for (party, line) in parties { add(party, line: line) }
    }

    // MARK: what lists share

    /// What a list calls the kind of a party.
    static func kind(_ text: String?) -> ListedParty.Kind {
        switch text?.lowercased() ?? "" {
        case "individual", "person", "p", "individuals": .person
        case "entity", "organization", "enterprise", "e", "business", "government", "university": .organization
        case "vessel", "ship": .vessel
        case "aircraft": .aircraft
        default: .unknown
        }
    }

    static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { !$0.isEmpty && seen.insert($0).inserted }
    }

    /// "…, CN": the code that closes an address.
    private static func countries(_ addresses: [String]) -> [String] {
        unique(
            addresses.compactMap { address in
                guard let last = address.split(separator: ",").last else { return nil }
                let code = ListText.trimmed(String(last))
                return code.count == 2 && code.allSatisfy(\.isUppercase) ? code : nil
            })
    }

    /// "Registration Number, 1234, CN": a number among commas.
    private static func identifiers(_ texts: [String]) -> [ListedParty.Identifier] {
        texts.compactMap { text in
            let parts = text.split(separator: ",").map { ListText.trimmed(String($0)) }
            guard let value = parts.first(where: { $0.contains(where: \.isNumber) }) else { return nil }
            return ListedParty.Identifier(kind: parts.first.flatMap { $0 == value ? nil : $0 } ?? "id", value: value)
        }
    }

    /// "Entity List (EL) - Bureau of Industry and Security" is "Entity List (EL)".
    private static func shortSource(_ source: String) -> String {
        source.split(separator: " - ", maxSplits: 1).first.map { ListText.trimmed(String($0)) } ?? source
    }
}
