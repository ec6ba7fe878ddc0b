import Places
import Testing

/// A small MMDB 2.0 file of IPv4 networks, put together by hand.
private struct Book {
    var tree: [[Int?]] = [[nil, nil]]
    var places: [Int: Int] = [:]
    var data: [UInt8] = []

    static func text(_ text: String) -> [UInt8] { [0x40 | UInt8(text.utf8.count)] + Array(text.utf8) }
    static func map(_ pairs: [(String, [UInt8])]) -> [UInt8] {
        [0xE0 | UInt8(pairs.count)] + pairs.flatMap { text($0.0) + $0.1 }
    }
    static func number(_ value: UInt32) -> [UInt8] {
        [0xC4, UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    /// Networks by the address' first byte.
    init(_ networks: [(UInt8, [UInt8])]) {
        for (first, value) in networks {
            let at = data.count
            data += value
            var node = 0
            for depth in 0..<8 {
                let side = Int(first >> UInt8(7 - depth) & 1)
                if depth == 7 {
                    tree[node][side] = -1 - at
                } else if let next = tree[node][side] {
                    node = next
                } else {
                    tree.append([nil, nil])
                    tree[node][side] = tree.count - 1
                    node = tree.count - 1
                }
            }
        }
    }

    var bytes: [UInt8] {
        let count = tree.count
        var out: [UInt8] = []
        for record in tree.flatMap({ $0 }) {
            let value = record.map { $0 < 0 ? count + 16 - 1 - $0 : $0 } ?? count
            out += [UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
        }
        out += Array(repeating: 0, count: 16) + data
        out += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        return out
            + Self.map([
                ("node_count", Self.number(UInt32(count))), ("record_size", Self.number(24)),
                ("ip_version", Self.number(4)), ("binary_format_major_version", Self.number(2)),
                ("database_type", Self.text("Test")), ("build_epoch", Self.number(1_700_000_000)),
            ])
    }
}

private let sample: [UInt8] = {
    let dutch = Book.map([("country", Book.map([("iso_code", Book.text("NL"))]))])
    let region = Book.map([
        ("registered_country", Book.map([("iso_code", Book.text("UA"))])),
        ("subdivisions", [0x01, 0x04] + Book.map([("iso_code", Book.text("43"))])),
        ("traits", Book.map([("is_hosting_provider", [0x01, 0x07])])),
    ])
    // A country by a pointer to the one of the first network: offset 9 is behind its map's head and name.
    let pointing = Book.map([("country", [0x20, 9])])
    return Book([(10, dutch), (20, region), (30, pointing)]).bytes
}()

private func address(_ text: String) throws -> NetworkAddress { try #require(NetworkAddress(text)) }

@Suite("Places of addresses")
struct OriginTests {
    @Test("Countries, regions, hosting networks and pointers are read")
    func reads() throws {
        let book = try AddressBook(sample)
        #expect(book.origin(of: try address("10.1.2.3")) == Origin(country: "NL"))
        #expect(book.origin(of: try address("20.9.9.9")) == Origin(country: "UA", region: "UA-43", isHosting: true))
        #expect(book.origin(of: try address("30.0.0.1")) == Origin(country: "NL"))
        #expect(book.origin(of: try address("11.0.0.1")) == .unknown)
        #expect(book.origin(of: try address("2001:db8::1")) == .unknown)
        #expect(book.kind == "Test" && book.built == 1_700_000_000)
    }

    @Test("Cut or changed at any byte, a file is refused or answers; it never traps")
    func hostile() throws {
        let addresses = try ["10.1.2.3", "20.9.9.9", "30.0.0.1", "255.255.255.255"].map(address)
        func ask(_ bytes: [UInt8]) {
            guard let book = try? AddressBook(bytes) else { return }
            for address in addresses { _ = book.origin(of: address) }
        }
        for cut in 0..<sample.count { ask(Array(sample[..<cut])) }
        for place in sample.indices {
            for value: UInt8 in [0, 1, 0x20, 0x3F, 0x5F, 0x7F, 0xDF, 0xE0, 0xFF] {
                var changed = sample
                changed[place] = value
                ask(changed)
            }
        }
        #expect(throws: AddressBookError.self) { try AddressBook(Array("nothing of the kind".utf8)) }
    }

    @Test(
        "Addresses as people and proxies write them",
        arguments: [
            ("192.0.2.7", "::ffff:192.0.2.7"), ("192.0.2.7:443", "192.0.2.7"),
            ("[2001:db8::7]:443", "2001:DB8:0:0:0:0:0:7"),
            (" 10.0.0.1 ", "10.0.0.1"), ("::", "0:0:0:0:0:0:0:0"), ("fe80::1%eth0", "fe80::1"),
            ("1::1.2.3.4", "1::102:304"),
        ])
    func addresses(_ one: String, _ same: String) throws {
        #expect(try address(one) == address(same))
    }

    @Test(
        "What is no address is none",
        arguments: [
            "", "1.2.3", "1.2.3.256", "01.2.3.4", "::1::2", "12345::", "1:2:3:4:5:6:7:8:9", ":1", "unknown",
            "1:2:3:4:5:6:7:",
        ])
    func noAddress(_ text: String) { #expect(NetworkAddress(text) == nil) }

    @Test("Networks hold what is in them")
    func networks() throws {
        var wrong = ""
        let set = try #require(AddressSet("10.0.0.0/8, 2001:db8::/33 192.0.2.7", wrong: &wrong))
        for inside in ["10.255.0.1", "2001:db8:7fff::1", "192.0.2.7"] { #expect(set.contains(try address(inside))) }
        for outside in ["11.0.0.1", "2001:db8:8000::1", "192.0.2.8", "::1"] {
            #expect(!set.contains(try address(outside)))
        }
        #expect(AddressSet("10.0.0.0/33", wrong: &wrong) == nil && wrong == "10.0.0.0/33")
    }
}

@Suite("Addresses as text")
struct AddressTextTests {
    @Test(
        "An address is written as it is read (RFC 5952)",
        arguments: [
            "192.0.2.7", "0.0.0.0", "2001:db8::7", "::1", "::", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "1::",
            "2001:db8::1:0:0:1", "fe80::ffff:1",
        ])
    func description(_ text: String) { #expect(NetworkAddress(literal: text)?.description == text) }

    @Test(
        "A literal is an address and nothing beside it",
        arguments: ["192.0.2.7:80", "[::1]", "::1%eth0", " ::1", "a.b", ""])
    func literals(_ text: String) { #expect(NetworkAddress(literal: text) == nil) }
}
