// How clients' connections are taken, and what calls to model servers trust.
extension SettingsKey {
    static let tlsCertificate = SettingsKey(
        name: "tls.certificate", fallback: "",
        meaning: "PEM file of the client port's certificate and those that signed it, read anew when it changes; "
            + "empty means that the port speaks in the clear")
    static let tlsKey = SettingsKey(
        name: "tls.key", fallback: "", meaning: "PEM file of that certificate's private key; chmod 600")
    static let http2 = SettingsKey(
        name: "http.http2", fallback: "on", meaning: "on offers HTTP/2 to clients that come by TLS; off does not")
    static let http2Streams = SettingsKey(
        name: "http.streams", fallback: "128", meaning: "requests that one connection of HTTP/2 may have open")
    static let keepAliveRequests = SettingsKey(
        name: "http.keep_alive_requests", fallback: "100000",
        meaning: "requests that one connection may carry before it is closed")
    static let mostConnections = SettingsKey(
        name: "http.connections", fallback: "0",
        meaning: "connections of clients that may stand at once, further ones are closed; 0 means any number")
    static let proxyProtocol = SettingsKey(
        name: "http.proxy_protocol", fallback: "",
        meaning: "networks of proxies that say by the PROXY protocol (v1 or v2) who is behind them, such as "
            + "10.0.0.0/8; a connection of theirs without it is closed, and nobody else may use it")
    static let crossOrigin = SettingsKey(
        name: "http.cors", fallback: "",
        meaning: "sites whose pages may call from a browser, such as https://app.example, or *; empty means none")
    static let upstreamTrust = SettingsKey(
        name: "upstream.trust", fallback: "",
        meaning: "PEM file with certificates that model servers' may be signed by, beside the system's")
    static let upstreamTwo = SettingsKey(
        name: "upstream.http2", fallback: "on", meaning: "on speaks HTTP/2 with https model servers that choose it")

    static let ofHTTP: [SettingsKey] = [
        tlsCertificate, tlsKey, http2, http2Streams, keepAliveRequests, mostConnections, proxyProtocol, crossOrigin,
        upstreamTrust, upstreamTwo,
    ]
}
