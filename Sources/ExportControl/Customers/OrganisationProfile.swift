/// What an organisation says of itself, and what is known of its owners: the papers that screening, ownership and destinations
/// read.
public struct OrganisationProfile: Sendable, Equatable, Codable {
    /// A legal person or a person as a party: an owner, a parent.
    public struct Party: Sendable, Equatable, Codable {
        /// The name.
        public var name: String
        /// Other names, in any script.
        public var otherNames: [String]?
        /// `organization` (as where it is left out) or `person`.
        public var kind: ListedParty.Kind?
        /// Where an organisation is registered (ISO 3166-1); never asked of a person.
        public var country: String?
        /// Where an organisation is headquartered.
        public var headquarters: String?
        /// Numbers that authorities gave.
        public var identifiers: [ListedParty.Identifier]?

        /// A party by its parts.
        public init(
            name: String, otherNames: [String]? = nil, kind: ListedParty.Kind? = nil, country: String? = nil,
            headquarters: String? = nil, identifiers: [ListedParty.Identifier]? = nil
        ) {
            self.name = name
            self.otherNames = otherNames
            self.kind = kind
            self.country = country
            self.headquarters = headquarters
            self.identifiers = identifiers
        }

        enum CodingKeys: String, CodingKey {
            case name, kind, country, headquarters, identifiers
            case otherNames = "other_names"
        }
    }

    /// Who holds how much of whom, and since when.
    public struct Owner: Sendable, Equatable, Codable {
        /// Who holds.
        public var party: Party
        /// Whom, by name, where that is not the organisation itself: so a parent's parent is stated.
        public var of: String?
        /// Percent, as a text of digits; left out where it is not known.
        public var share: String?
        /// The first and the last day, `YYYY-MM-DD`.
        public var from: String?
        /// The last day.
        public var until: String?
        /// Whether the owner controls without need of shares.
        public var control: Bool?
    }

    /// A place of work.
    public struct Site: Sendable, Equatable, Codable {
        /// The address.
        public var address: String
        /// ISO 3166-1, or 3166-2 for a part of a country.
        public var country: String
    }

    /// Somebody to write to.
    public struct Contact: Sendable, Equatable, Codable {
        /// What they do, such as `compliance`.
        public var role: String
        /// Where they read mail.
        public var email: String
    }

    /// The name in the register.
    public var legalName: String
    /// Other names, in any script.
    public var otherNames: [String]?
    /// Numbers that authorities gave: a register, a tax office, an LEI.
    public var identifiers: [ListedParty.Identifier]?
    /// Where it is registered (ISO 3166-1, or 3166-2).
    public var country: String
    /// Where it is headquartered.
    public var headquarters: String?
    /// The party at the top of its group, where it says so.
    public var ultimateParent: Party?
    /// Who holds how much of it, and of those above it.
    public var owners: [Owner]?
    /// Where it works.
    public var sites: [Site]?
    /// Whom to write to.
    public var contacts: [Contact]?
    /// What it will use the model for, in its words.
    public var endUse: String

    /// The fields by their names in JSON; also what an application may hold, and nothing else.
    public enum CodingKeys: String, CodingKey, CaseIterable {
        case identifiers, country, headquarters, owners, sites, contacts
        case legalName = "legal_name"
        case otherNames = "other_names"
        case ultimateParent = "ultimate_parent"
        case endUse = "end_use"
    }

    /// The organisation itself as a party.
    public var party: Party {
        Party(
            name: legalName, otherNames: otherNames, kind: .organization, country: country, headquarters: headquarters,
            identifiers: identifiers)
    }

    /// Where it and its parent are registered, headquartered and at work.
    public var seats: Set<String> {
        var codes = [country, headquarters, ultimateParent?.country, ultimateParent?.headquarters].compactMap(\.self)
        codes += sites?.map(\.country) ?? []
        codes +=
            owners?.filter { $0.party.kind != .person && ($0.control == true || $0.isMajority) }
            .flatMap { [$0.party.country, $0.party.headquarters].compactMap(\.self) } ?? []
        return Set(codes.compactMap { Place($0)?.code })
    }
}

extension OrganisationProfile.Owner {
    /// What is known of the share.
    var bounds: ShareBounds? { share.map { ShareBounds(percent: $0) } ?? .unknown }

    var isMajority: Bool { bounds.map { $0.lower >= .half } ?? false }
}

/// What is wrong with papers.
public struct ProfileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The field, as in `owners[2].share`.
    public var field: String
    /// How it should be.
    public var message: String

    /// Both, as a sentence.
    public var description: String { "\(field): \(message)" }
}

extension OrganisationProfile {
    /// Checks every field's form: lengths, counts, codes, days and shares.
    ///
    /// - Throws: The first `ProfileProblem`.
    public func check() throws(ProfileProblem) {
        try Self.name(legalName, "legal_name")
        try Self.text(endUse, "end_use", most: 4_000)
        try Self.names(otherNames, "other_names")
        try Self.identifiers(identifiers, "identifiers")
        guard Place(country) != nil else { throw Self.badPlace("country") }
        if let headquarters, Place(headquarters) == nil { throw Self.badPlace("headquarters") }
        if let ultimateParent { try Self.party(ultimateParent, "ultimate_parent") }
        try Self.count(owners, "owners", most: 500)
        let known = Set((owners ?? []).flatMap { [$0.party.name] + ($0.party.otherNames ?? []) }.map(PartyWeb.folded))
            .union(ultimateParent.map { [PartyWeb.folded($0.name)] } ?? [])
        for (place, owner) in (owners ?? []).enumerated() {
            let path = "owners[\(place)]"
            try Self.party(owner.party, path + ".party")
            guard let bounds = owner.bounds, bounds.lower <= .whole else {
                throw ProfileProblem(
                    field: path + ".share", message: "must be a percentage in digits, 0 to 100, such as 37.5")
            }
            for (name, day) in [("from", owner.from), ("until", owner.until)] {
                if let day, CalendarDay(day) == nil {
                    throw ProfileProblem(field: "\(path).\(name)", message: "must be a day, YYYY-MM-DD")
                }
            }
            if let from = owner.from.flatMap({ CalendarDay($0) }), let until = owner.until.flatMap({ CalendarDay($0) }),
                until < from
            {
                throw ProfileProblem(field: path + ".until", message: "is before 'from'")
            }
            if let of = owner.of, !known.contains(PartyWeb.folded(of)) {
                throw ProfileProblem(
                    field: path + ".of",
                    message: "names nobody in these papers; leave it out for the organisation itself")
            }
        }
        try Self.count(sites, "sites", most: 500)
        for (place, site) in (sites ?? []).enumerated() {
            try Self.text(site.address, "sites[\(place)].address", most: 500)
            guard Place(site.country) != nil else { throw Self.badPlace("sites[\(place)].country") }
        }
        try Self.count(contacts, "contacts", most: 50)
        for (place, contact) in (contacts ?? []).enumerated() {
            try Self.text(contact.role, "contacts[\(place)].role", most: 100)
            try Self.text(contact.email, "contacts[\(place)].email", most: 254)
        }
    }

    private static func party(_ party: Party, _ path: String) throws(ProfileProblem) {
        try name(party.name, path + ".name")
        try names(party.otherNames, path + ".other_names")
        try identifiers(party.identifiers, path + ".identifiers")
        if party.kind == .person, party.country != nil || party.headquarters != nil {
            throw ProfileProblem(
                field: path + ".country", message: "is not asked of a person; leave it out")
        }
        for (name, code) in [("country", party.country), ("headquarters", party.headquarters)] {
            if let code, Place(code) == nil { throw badPlace("\(path).\(name)") }
        }
    }

    private static func names(_ names: [String]?, _ path: String) throws(ProfileProblem) {
        try count(names, path, most: 50)
        for (place, one) in (names ?? []).enumerated() { try name(one, "\(path)[\(place)]") }
    }

    /// A name that can be searched for and shown: with a letter or digit, and without what a screen would not show as it is.
    private static func name(_ name: String, _ path: String) throws(ProfileProblem) {
        try text(name, path, most: 300)
        guard name.unicodeScalars.contains(where: { $0.properties.isAlphabetic || $0.properties.numericType != nil })
        else { throw ProfileProblem(field: path, message: "has no letter and no digit, so nobody can be looked for") }
        let hidden = name.unicodeScalars.first { scalar in
            // Persian and the scripts of India need the two joiners.
            guard scalar.value != 0x200C, scalar.value != 0x200D else { return false }
            return switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
            default: false
            }
        }
        guard let hidden else { return }
        throw ProfileProblem(
            field: path,
            message: "has the invisible character U+\(String(hidden.value, radix: 16, uppercase: true)); leave it out")
    }

    private static func identifiers(_ list: [ListedParty.Identifier]?, _ path: String) throws(ProfileProblem) {
        try count(list, path, most: 50)
        for (place, identifier) in (list ?? []).enumerated() {
            try text(identifier.kind, "\(path)[\(place)].kind", most: 60)
            try text(identifier.value, "\(path)[\(place)].value", most: 100)
        }
    }

    private static func count<Element>(_ list: [Element]?, _ path: String, most: Int) throws(ProfileProblem) {
        guard (list?.count ?? 0) <= most else {
            throw ProfileProblem(field: path, message: "has more than \(most) entries")
        }
    }

    private static func text(_ text: String, _ path: String, most: Int) throws(ProfileProblem) {
        let isBlank = text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }
        guard !isBlank, text.utf8.count <= most * 4, text.unicodeScalars.count <= most else {
            throw ProfileProblem(field: path, message: "must have 1 to \(most) characters")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" || $0 == "\t" })
        else { throw ProfileProblem(field: path, message: "holds a control character; leave it out") }
    }

    private static func badPlace(_ path: String) -> ProfileProblem {
        ProfileProblem(field: path, message: "must be an ISO 3166 code of a country, or of a part of one (UA-43)")
    }
}
