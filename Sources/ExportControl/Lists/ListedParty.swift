/// A party as a government's list names it.
public struct ListedParty: Sendable, Equatable, Codable {
    /// What kind of party it is, as far as the list says.
    public enum Kind: String, Sendable, Codable {
        case person, organization, vessel, aircraft, unknown
    }

    /// A number that some authority gave: a register, a tax office, a stock exchange.
    public struct Identifier: Sendable, Hashable, Codable {
        /// What the list calls it.
        public var kind: String
        /// As the list writes it.
        public var value: String

        /// A number of some kind.
        public init(kind: String, value: String) {
            self.kind = kind
            self.value = value
        }
    }

    /// The list's own number of the entry, or one made from what it says.
    public var id: String
    /// The main name.
    public var name: String
    /// Other names.
    public var aliases: [String]
    /// Names in other scripts.
    public var nativeNames: [String]
    /// What kind of party it is.
    public var kind: Kind
    /// ISO 3166-1 alpha-2 codes, or what the list wrote where no code is known.
    public var countries: [String]
    /// Addresses, each as one text.
    public var addresses: [String]
    /// Numbers that authorities gave.
    public var identifiers: [Identifier]
    /// The list, by name.
    public var list: String
    /// The programmes under which the party is on it.
    public var programs: [String]
    /// Dates as the list writes them.
    public var listedOn: String?
    /// When the listing ends.
    public var expires: String?
    /// Parties that the list says this one belongs to.
    public var linkedTo: [String]

    /// An entry; what is left out is not known.
    public init(
        id: String, name: String, aliases: [String] = [], nativeNames: [String] = [], kind: Kind = .unknown,
        countries: [String] = [], addresses: [String] = [], identifiers: [Identifier] = [], list: String,
        programs: [String] = [], listedOn: String? = nil, expires: String? = nil, linkedTo: [String] = []
    ) {
        self.id = id
        self.name = name
        self.aliases = aliases
        self.nativeNames = nativeNames
        self.kind = kind
        self.countries = countries
        self.addresses = addresses
        self.identifiers = identifiers
        self.list = list
        self.programs = programs
        self.listedOn = listedOn
        self.expires = expires
        self.linkedTo = linkedTo
    }

    /// All names, the main one first.
    public var names: [String] { [name] + aliases + nativeNames }
}
