import NIOHTTP1
public import Places

/// How connections of clients are taken.
public struct ConnectionRules: Sendable, Equatable {
    /// The proxies that say by the PROXY protocol who is behind them; from them, a connection without it is closed.
    public var proxies = AddressSet()
    /// Whether HTTP/2 is offered where the listener speaks TLS.
    public var speaksTwo = true
    /// Streams that one connection of HTTP/2 may have open.
    public var streams = 128
    /// Requests that one connection may carry before it is closed.
    public var requests = 100_000
    /// Connections that may stand at once; 0 is any number.
    public var most = 0
    /// The sites whose pages may call; nil where browsers are told nothing.
    public var crossOrigin: CrossOrigin?

    /// The rules of a deployment that says nothing.
    public init() {}
}

/// The sites whose pages may read answers in a browser (CORS): no cookies are involved, and the key is in a header.
///
/// - SeeAlso: The Fetch standard, "CORS protocol".
public struct CrossOrigin: Sendable, Equatable {
    /// Every site; else those listed.
    private let isAnybody: Bool
    private let sites: Set<String>
    /// How long a browser may remember what it was told.
    private static let remembered = "7200"

    /// Reads `https://app.example, http://localhost:5173`, or `*` for every site.
    ///
    /// - Returns: nil, and what is no site in `wrong`.
    public init?(_ text: String, wrong: inout String) {
        let words = text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map { $0.lowercased() }
        for word in words where word != "*" {
            let rest =
                word.hasPrefix("https://") ? word.dropFirst(8) : word.hasPrefix("http://") ? word.dropFirst(7) : ""
            guard !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@\\*".utf8.contains($0) }) else {
                wrong = word
                return nil
            }
        }
        isAnybody = words.contains("*")
        sites = Set(words)
    }

    /// What the answer to a request with these headers adds; nothing for a site that is not among them.
    func headers(for request: HTTPHeaders) -> [(String, String)] {
        guard !isAnybody else {
            return [("access-control-allow-origin", "*"), ("access-control-expose-headers", "*")]
        }
        guard let site = request.first(name: "origin"), sites.contains(site.lowercased()) else {
            return [("vary", "origin")]
        }
        return [
            ("access-control-allow-origin", site), ("access-control-expose-headers", "*"), ("vary", "origin"),
        ]
    }

    /// The answer to a browser's question before a request; nil if it is none.
    func preflight(_ head: HTTPRequestHead) -> [(String, String)]? {
        guard head.method == .OPTIONS, head.headers.contains(name: "origin"),
            head.headers.contains(name: "access-control-request-method")
        else { return nil }
        let allowed = headers(for: head.headers).filter { $0.0 != "access-control-expose-headers" }
        guard allowed.contains(where: { $0.0 == "access-control-allow-origin" }) else { return allowed }
        // SDKs send many headers of their own, which change with their versions; none of them opens anything here.
        let asked = head.headers["access-control-request-headers"].joined(separator: ", ")
        let isPlain = asked.utf8.count <= 4_096 && asked.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        var answer =
            allowed + [
                ("access-control-allow-methods", "GET, POST, OPTIONS"), ("access-control-max-age", Self.remembered),
            ]
        if !asked.isEmpty, isPlain { answer.append(("access-control-allow-headers", asked)) }
        return answer
    }
}
