extension ParsedList {
    // MARK: European Union

    /// The EU's full list as XML (version 1.1).
    mutating func readUnionXML(_ bytes: UnsafeBufferPointer<UInt8>) throws(ListError) {
        var found: [(ListedParty, Int)] = []
        let list = list
        try XMLRecords.read(bytes, records: ["sanctionEntity"]) { entry in
            let names = entry.all("nameAlias").compactMap { alias in
                alias.attribute("wholeName")
                    ?? Self.joined([
                        alias.attribute("firstName"), alias.attribute("middleName"), alias.attribute("lastName"),
                    ])
            }
            let addresses = entry.all("address")
            let code = entry.all("subjectType").first
            found.append(
                (
                    ListedParty(
                        id: entry.attribute("euReferenceNumber") ?? entry.attribute("logicalId") ?? "",
                        name: names.first ?? "",
                        aliases: Array(names.dropFirst()),
                        kind: Self.kind(code?.attribute("code") ?? code?.attribute("classificationCode")),
                        countries: Self.unique(addresses.compactMap { Self.code($0.attribute("countryIso2Code")) }),
                        addresses: addresses.compactMap { node in
                            Self.joined(
                                ["street", "city", "zipCode", "countryDescription"].map(node.attribute), with: ", ")
                        },
                        identifiers: entry.all("identification").compactMap { node in
                            node.attribute("number").map {
                                .init(kind: node.attribute("identificationTypeDescription") ?? "id", value: $0)
                            }
                        },
                        list: list,
                        programs: Self.unique(entry.all("regulation").compactMap { $0.attribute("programme") }),
                        listedOn: entry.attribute("designationDate")),
                    entry.line
                ))
        }
        for (party, line) in found { add(party, line: line) }
    }

    /// The EU's list as CSV: a row for each name, address and number of an entity.
    mutating func readUnionCSV(_ text: [UInt8]) throws(ListError) {
        let separator: UInt8 = text.prefix(200).contains(0x3B) ? 0x3B : 0x2C
        let table = try CSVTable(
            try CSVReader.records(text, separator: separator), required: ["Entity_LogicalId", "NameAlias_WholeName"])
        var groups = PartyGroups()
        for record in table.records {
            guard table.isWhole(record), let id = table.text(record, "Entity_LogicalId") else {
                skip(line: record.line)
                continue
            }
            groups.update(id, line: record.line) { party in
                party.id = table.text(record, "Entity_EU_ReferenceNumber") ?? id
                party.list = list
                party.kind = Self.kind(
                    table.text(record, "Entity_SubjectType")
                        ?? table.text(record, "Entity_SubjectType_ClassificationCode"))
                if let name = table.text(record, "NameAlias_WholeName") { party.aliases.append(name) }
                if let code = Self.code(table.text(record, "Address_CountryIso2Code")) { party.countries.append(code) }
                if let address = Self.joined(
                    [table.text(record, "Address_Street"), table.text(record, "Address_City")], with: ", ")
                {
                    party.addresses.append(address)
                }
                if let number = table.text(record, "Identification_Number") {
                    party.identifiers.append(
                        .init(kind: table.text(record, "Identification_TypeDescription") ?? "id", value: number))
                }
                if let programme = table.text(record, "Entity_Regulation_Programme") {
                    party.programs.append(programme)
                }
                party.listedOn = table.text(record, "Entity_DesignationDate")
            }
        }
        addAll(groups)
    }

    // MARK: United Kingdom

    /// The UK Sanctions List, or OFSI's list, as XML.
    mutating func readKingdomXML(_ bytes: UnsafeBufferPointer<UInt8>) throws(ListError) {
        var groups = PartyGroups()
        let list = list
        var nameless: [Int] = []
        try XMLRecords.read(bytes, records: ["Designation", "FinancialSanctionsTarget"]) { entry in
            guard let id = entry.text("UniqueID") ?? entry.text("GroupID") else { return nameless.append(entry.line) }
            groups.update(id, line: entry.line) { party in
                party.id = id
                party.list = list
                party.kind = Self.kind(entry.text("IndividualEntityShip") ?? entry.text("GroupTypeDescription"))
                let names = entry.all(["Names", "Name"])
                let primary = names.filter { $0.text("NameType")?.lowercased() == "primary name" }
                let others = names.filter { $0.text("NameType")?.lowercased() != "primary name" }
                party.aliases += (primary + others + (names.isEmpty ? [entry] : [])).compactMap(Self.kingdomName)
                party.nativeNames += entry.all(["NonLatinNames", "NonLatinName"]).compactMap {
                    $0.text("NameNonLatinScript")
                }
                party.nativeNames += [entry.text("NameNonLatinScript")].compactMap { $0 }
                let addresses = entry.all(["Addresses", "Address"])
                party.addresses += addresses.compactMap { node in
                    Self.joined(
                        (1...6).map { node.text("AddressLine\($0)") } + [node.text("AddressCountry")], with: ", ")
                }
                party.countries +=
                    addresses.compactMap { $0.text("AddressCountry") } + [entry.text("Country")].compactMap { $0 }
                party.programs += [entry.text("RegimeName")].compactMap { $0 }
                party.listedOn = entry.text("DateDesignated") ?? entry.text("DateListed")
                let numbers = entry.all(["EntityDetails", "BusinessRegistrationNumbers", "BusinessRegistrationNumber"])
                party.identifiers += numbers.map { .init(kind: "registration", value: ListText.trimmed($0.text)) }
            }
        }
        for line in nameless { skip(line: line) }
        addAll(groups)
    }

    /// The given names come before the family name, which is in `Name6`.
    private static func kingdomName(_ node: XMLNode) -> String? {
        let tag = node.text("Name6") == nil && node.text("name6") != nil ? "name" : "Name"
        return joined((1...6).map { node.text("\(tag)\($0)") })
    }

    /// The UK's lists as CSV: a row for each name.
    mutating func readKingdomCSV(_ text: [UInt8]) throws(ListError) {
        let table = try CSVTable(try CSVReader.records(text), required: ["Name 6"])
        var groups = PartyGroups()
        for record in table.records {
            guard table.isWhole(record), let id = table.text(record, "Unique ID", "Group ID", "OFSI Group ID") else {
                skip(line: record.line)
                continue
            }
            groups.update(id, line: record.line) { party in
                party.id = id
                party.list = list
                party.kind = Self.kind(table.text(record, "Designation Type", "Group Type"))
                let name = Self.joined((1...6).map { table.text(record, "Name \($0)") })
                let isPrimary = table.text(record, "Name type", "Alias Type")?.lowercased() == "primary name"
                if let name { isPrimary ? party.aliases.insert(name, at: 0) : party.aliases.append(name) }
                if let native = table.text(record, "Name non-latin script") { party.nativeNames.append(native) }
                if let country = table.text(record, "Address Country", "Country") { party.countries.append(country) }
                let lines = (1...6).map { table.text(record, "Address Line \($0)", "Address \($0)") }
                if let address = Self.joined(lines, with: ", ") { party.addresses.append(address) }
                if let number = table.text(record, "Business registration number (s)") {
                    party.identifiers.append(.init(kind: "registration", value: number))
                }
                if let number = table.text(record, "IMO number") {
                    party.identifiers.append(.init(kind: "IMO", value: number))
                }
                if let regime = table.text(record, "Regime Name", "Regime") { party.programs.append(regime) }
                party.listedOn = table.text(record, "Date Designated", "Listed On") ?? party.listedOn
            }
        }
        addAll(groups)
    }

    // MARK: United Nations

    /// The consolidated list of the UN Security Council.
    mutating func readNationsXML(_ bytes: UnsafeBufferPointer<UInt8>) throws(ListError) {
        var found: [(ListedParty, Int)] = []
        let list = list
        try XMLRecords.read(bytes, records: ["INDIVIDUAL", "ENTITY"]) { entry in
            let prefix = entry.name
            let name = Self.joined(["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"].map(entry.text))
            let native = entry.text("NAME_ORIGINAL_SCRIPT")
            let addresses = entry.all("\(prefix)_ADDRESS")
            found.append(
                (
                    ListedParty(
                        id: entry.text("REFERENCE_NUMBER") ?? entry.text("DATAID") ?? "", name: name ?? native ?? "",
                        aliases: entry.all("\(prefix)_ALIAS").compactMap { $0.text("ALIAS_NAME") },
                        nativeNames: name == nil ? [] : [native].compactMap { $0 },
                        kind: prefix == "INDIVIDUAL" ? .person : .organization,
                        countries: Self.unique(addresses.compactMap { $0.text("COUNTRY") }),
                        addresses: addresses.compactMap { node in
                            Self.joined(["STREET", "CITY", "STATE_PROVINCE", "COUNTRY"].map(node.text), with: ", ")
                        },
                        list: list, programs: [entry.text("UN_LIST_TYPE")].compactMap { $0 },
                        listedOn: entry.text("LISTED_ON")),
                    entry.line
                ))
        }
        for (party, line) in found { add(party, line: line) }
    }

    // MARK: shared

    private static func joined(_ parts: [String?], with separator: String = " ") -> String? {
        let text = parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: separator)
        return text.isEmpty ? nil : text
    }

    /// A country's code; the EU writes 00 for an unknown country.
    private static func code(_ text: String?) -> String? { text == "00" ? nil : text }

    private mutating func addAll(_ groups: PartyGroups) {
        for (party, line) in groups.all {
            var party = party
            party.name = party.aliases.first ?? ""
            party.aliases = Array(party.aliases.dropFirst())
            party.countries = Self.unique(party.countries)
            party.addresses = Self.unique(party.addresses)
            party.programs = Self.unique(party.programs)
            var seen: Set<ListedParty.Identifier> = []
            party.identifiers = party.identifiers.filter { seen.insert($0).inserted }
            add(party, line: line)
        }
    }
}

/// Parties whose names and addresses stand in rows of their own, in the order of their first row.
private struct PartyGroups {
    private(set) var all: [(party: ListedParty, line: Int)] = []
    private var places: [String: Int] = [:]

    mutating func update(_ key: String, line: Int, _ change: (inout ListedParty) -> Void) {
        let place: Int
        if let old = places[key] {
            place = old
        } else {
            place = all.count
            places[key] = place
            all.append((ListedParty(id: key, name: "", list: ""), line))
        }
        change(&all[place].party)
    }
}
