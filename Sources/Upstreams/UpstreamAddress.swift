/// Where a model server listens, checked once when the configuration is read.
public struct UpstreamAddress: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is not the address of a model server.
    public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case scheme(String)
        case host(String)
        case port(String)
        case credentials
        case query

        /// What is wrong, and what the address should look like.
        public var description: String {
            switch self {
            case .scheme(let url): "'\(url)' must begin with http:// or https://"
            case .host(let url): "'\(url)' names no host; write http://HOST:PORT or https://HOST"
            case .port(let port): "port '\(port)' must be a number from 1 to 65535"
            case .credentials: "an address must not carry a user or password; name the key's variable in 'key_env'"
            case .query: "an address must not carry '?' or '#'"
            }
        }
    }

    /// Whether the connection is encrypted (`https`).
    public let isTLS: Bool
    /// The host's name or literal address, without brackets.
    public let host: String
    /// The TCP port, 1...65535.
    public let port: Int
    /// The path in front of the routes, without a trailing slash and without the API version: "" or "/proxy".
    public let basePath: String
    /// The value of the `Host` header.
    public let hostHeader: String

    /// Reads `http(s)://host[:port][/path[/v1]]`.
    ///
    /// Both habits of writing a base URL, with and without `/v1`, mean the same server.
    public init(_ url: String) throws(Problem) {
        let rest: Substring
        if url.hasPrefix("https://") {
            isTLS = true
            rest = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            isTLS = false
            rest = url.dropFirst(7)
        } else {
            throw .scheme(url)
        }
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw .query }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains("@") else { throw .credentials }
        let (name, number) = Self.split(authority)
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .host(url) }
        host = String(name)
        if let number {
            guard let value = Int(number), (1...65535).contains(value) else { throw .port(String(number)) }
            port = value
        } else {
            port = isTLS ? 443 : 80
        }
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        if path == "/v1" || path.hasSuffix("/v1") { path.removeLast(3) }
        basePath = String(path)
        hostHeader = Self.hostHeader(host, port, isTLS: isTLS)
    }

    /// The host and port apart; an IPv6 literal stands in brackets.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
        if authority.first == "[", let close = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<close]
            let after = authority[authority.index(after: close)...]
            return (host, after.first == ":" ? after.dropFirst() : nil)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, nil) }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    private static func hostHeader(_ host: String, _ port: Int, isTLS: Bool) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The address as one would type it.
    public var description: String { "\(isTLS ? "https" : "http")://\(hostHeader)\(basePath)" }
}
