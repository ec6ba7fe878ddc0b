import NIOHTTP1
public import Places
import Synchronization

/// Where clients' addresses come from, and what is known of them; replaced whole.
public struct AddressRules: Sendable {
    /// The header in which proxies that are trusted name the client; nil takes the connection's own address.
    public var header: String?
    /// The proxies that are trusted to name it.
    public var proxies: AddressSet
    /// Countries by address; nil where the operator supplies none.
    public var countries: AddressBook?
    /// Networks of hosting, proxies and exits by address.
    public var hosting: AddressBook?

    /// Takes the parts as they are.
    public init(
        header: String? = nil, proxies: AddressSet = AddressSet(), countries: AddressBook? = nil,
        hosting: AddressBook? = nil
    ) {
        self.header = header
        self.proxies = proxies
        self.countries = countries
        self.hosting = hosting
    }

    /// Where a request comes from whose connection comes from `peer`.
    func origin(peer: NetworkAddress?, headers: HTTPHeaders) -> Origin {
        guard let peer, countries != nil || hosting != nil else { return .unknown }
        let address = client(peer: peer, headers: headers)
        var origin = countries?.origin(of: address) ?? .unknown
        if let hosting, !origin.isHosting { origin.isHosting = hosting.origin(of: address).isHosting }
        return origin
    }

    /// The client's address: the nearest in the header that is no trusted proxy's, and only if a trusted proxy sent it.
    func client(peer: NetworkAddress, headers: HTTPHeaders) -> NetworkAddress {
        guard let header, proxies.contains(peer) else { return peer }
        var found = peer
        for value in headers[header].reversed() {
            for part in value.split(separator: ",").reversed() {
                guard let address = NetworkAddress(part) else { return found }
                found = address
                if !proxies.contains(address) { return address }
            }
        }
        return found
    }
}

/// The address rules in force, for every lane.
public final class AddressPlan: Sendable {
    private let current = Mutex(AddressRules())
    private let count = Atomic<Int>(0)

    init() {}

    /// What is in force.
    public var rules: AddressRules { current.withLock { $0 } }

    /// Puts other rules in force, for requests from now on.
    public func replace(_ rules: AddressRules) {
        current.withLock { $0 = rules }
        count.wrappingAdd(1, ordering: .releasing)
    }

    /// Changes with every replacement.
    var version: Int { count.load(ordering: .acquiring) }
}

// Where the requests of a connection come from.
extension ClientConnection {
    /// Where a request comes from; looked up once for a connection, unless proxies name its clients.
    func origin(of headers: HTTPHeaders) -> Origin {
        let plan = lane.gateway.addresses
        let version = plan.version
        if let knownOrigin, knownOrigin.version == version { return knownOrigin.origin }
        let rules = plan.rules
        let origin = rules.origin(peer: peer, headers: headers)
        if rules.header == nil { knownOrigin = (version, origin) }
        return origin
    }

    /// The network of the client, by its connection or as a trusted proxy names it.
    func customer(of headers: HTTPHeaders) -> String {
        guard let peer else { return clientAddress }
        let plan = lane.gateway.addresses
        // Its origin is known only where no proxy names its clients.
        if peer.isV4, let knownOrigin, knownOrigin.version == plan.version { return clientAddress }
        let rules = plan.rules
        let found = rules.header == nil ? peer : rules.client(peer: peer, headers: headers)
        return found == peer && peer.isV4 ? clientAddress : found.customerText
    }
}
