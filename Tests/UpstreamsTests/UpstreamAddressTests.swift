import Testing
import Upstreams

@Suite("Addresses of model servers")
struct UpstreamAddressTests {
    @Test(
        "An address is read with and without version, port and path",
        arguments: [
            ("http://127.0.0.1:9100", "127.0.0.1", 9100, "", false),
            ("http://127.0.0.1:9100/v1", "127.0.0.1", 9100, "", false),
            ("https://api.example.org/v1/", "api.example.org", 443, "", true),
            ("https://api.example.org/proxy/v1", "api.example.org", 443, "/proxy", true),
            ("http://[::1]:80", "::1", 80, "", false),
            ("http://host", "host", 80, "", false),
        ])
    func read(_ url: String, _ host: String, _ port: Int, _ path: String, _ isTLS: Bool) throws {
        let address = try UpstreamAddress(url)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.basePath == path)
        #expect(address.isTLS == isTLS)
    }

    @Test(
        "What is no address is refused with the reason",
        arguments: [
            ("ftp://x", UpstreamAddress.Problem.scheme("ftp://x")), ("", .scheme("")), ("http://", .host("http://")),
            ("http://:80", .host("http://:80")), ("http://h:0", .port("0")), ("http://h:99999", .port("99999")),
            ("http://h:x", .port("x")), ("http://u:p@h", .credentials), ("http://h/?a=1", .query),
            ("http://h/#x", .query),
            ("http://a b", .host("http://a b")),
        ])
    func refused(_ url: String, _ problem: UpstreamAddress.Problem) {
        #expect(throws: problem) { try UpstreamAddress(url) }
    }

    @Test("The host header leaves out the scheme's own port and brackets IPv6")
    func hostHeader() throws {
        #expect(try UpstreamAddress("http://h:80").hostHeader == "h")
        #expect(try UpstreamAddress("http://h:8080").hostHeader == "h:8080")
        #expect(try UpstreamAddress("https://[::1]:444").hostHeader == "[::1]:444")
    }
}
