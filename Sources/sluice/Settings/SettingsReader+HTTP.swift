import Gateway
import Places

/// The client port's certificate, by its files.
struct TLSFiles: Sendable, Equatable {
    var certificate: String
    var key: String
}

extension SettingsReader {
    /// Reads how clients' connections are taken, and what calls to model servers trust.
    mutating func http(_ settings: inout Settings) {
        let (certificate, key) = (text(.tlsCertificate), text(.tlsKey))
        if certificate.isEmpty != key.isEmpty {
            complain(certificate.isEmpty ? .tlsCertificate : .tlsKey, "is missing; TLS needs both files")
        } else if !certificate.isEmpty {
            settings.tls = TLSFiles(certificate: certificate, key: key)
        }
        var rules = ConnectionRules()
        rules.speaksTwo = choice(.http2, ["on", "off"]) == "on"
        rules.streams = number(.http2Streams, 1...10_000)
        rules.requests = number(.keepAliveRequests, 1...1_000_000_000)
        rules.most = number(.mostConnections, 0...10_000_000)
        var wrong = ""
        if let proxies = AddressSet(text(.proxyProtocol), wrong: &wrong) {
            rules.proxies = proxies
        } else {
            complain(.proxyProtocol, "must be networks such as 10.0.0.0/8, not '\(wrong)'")
        }
        let sites = text(.crossOrigin)
        if !sites.isEmpty {
            rules.crossOrigin = CrossOrigin(sites, wrong: &wrong)
            if rules.crossOrigin == nil {
                complain(
                    .crossOrigin, "must be sites such as https://app.example, without a path, or *, not '\(wrong)'")
            }
        }
        settings.gateway.connections = rules
        settings.gateway.upstreamTrust = text(.upstreamTrust)
        settings.gateway.upstreamSpeaksTwo = choice(.upstreamTwo, ["on", "off"]) == "on"
    }
}
