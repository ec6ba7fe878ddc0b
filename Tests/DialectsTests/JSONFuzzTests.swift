import Foundation
import NIOCore
import Testing

@testable import Dialects

/// Whether Foundation takes the same bytes, except where we are stricter by intent.
private enum Oracle {
    static func takes(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }
}

@Suite("JSON, fuzzed")
struct JSONFuzzTests {
    static let seeds = [
        #"{"model":"m","messages":[{"role":"user","content":"h\u00e9 \ud83d\ude00 中"}],"n":1,"t":-1.5e3,"x":[true,false,null,[]]}"#,
        #"[0,-0.1,1e5,"","\\\"\/\b\f\n\r\t",{"a":{"b":{}}}]"#,
    ]

    /// Whether a bracket closes right after a comma.
    private func isAfterComma(_ offset: Int, _ bytes: [UInt8]) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "]") || bytes[offset] == UInt8(ascii: "}") else {
            return false
        }
        return bytes[..<offset].last { $0 > 0x20 } == UInt8(ascii: ",")
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        let spice = Array("{}[]\",:\\u0dD8-+.eE1 \ntfn".utf8) + [0xC3, 0xFF, 0xE4, 0x80, 0x00]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { break }
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] = spice.randomElement(using: &random) ?? 0
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(spice.randomElement(using: &random) ?? 0, at: index)
            case 3: bytes.removeSubrange(index...)
            default: bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
        }
        return bytes
    }

    @Test("Mutated documents are taken exactly if Foundation takes them", arguments: 0..<2)
    func agreesWithTheOracle(_ seed: Int) {
        var random = SeededGenerator(UInt64(seed) + 100)
        let source = Array(Self.seeds[seed].utf8)
        var tape = JSONTape()
        var (taken, disputed) = (0, 0)
        for _ in 0..<20_000 {
            let bytes = mutated(source, &random)
            var fault: JSONFault?
            bytes.withUnsafeBytes { raw in
                do throws(JSONFault) { try tape.scan(raw, acceptsLoneSurrogates: false) } catch { fault = error }
            }
            // Foundation would take zeros at the start for another encoding.
            if bytes.prefix(4).contains(0) { continue }
            let oracle = Oracle.takes(bytes)
            if (fault == nil) == oracle {
                taken += fault == nil ? 1 : 0
                continue
            }
            // We alone refuse duplicate keys and trailing commas; Foundation alone refuses numbers that no Double holds.
            switch fault?.kind {
            case .duplicateKey: disputed += 1
            case .unexpectedByte where isAfterComma(fault?.offset ?? 0, bytes): disputed += 1
            case nil where bytes.contains(UInt8(ascii: "e")) || bytes.contains(UInt8(ascii: "E")): disputed += 1
            default:
                Issue.record(
                    "we: \(String(describing: fault)), Foundation: \(oracle): \(String(decoding: bytes, as: UTF8.self))"
                )
                return
            }
        }
        #expect(taken > 500)
        #expect(disputed < 400)
    }

    @Test("No mutation of a request traps, and what is taken can be sent on", arguments: [Dialect.openAI, .anthropic])
    func neverTraps(_ dialect: Dialect) {
        var random = SeededGenerator(dialect == .openAI ? 11 : 12)
        let sources = RequestSamples.all.filter { $0.dialect == dialect }.map { Array($0.body.utf8) }
        var (taken, refused) = (0, 0)
        for round in 0..<30_000 {
            let bytes = mutated(sources[round % sources.count], &random)
            do {
                let request = try ModelRequest.parse(.init(bytes: bytes), dialect: dialect)
                taken += 1
                if round % 64 == 0 {
                    _ = request.texts.map(\.place.description)
                    _ = try ModelRequest.parse(request.upstreamBody(model: "other \"model\""), dialect: dialect)
                }
            } catch {
                refused += 1
            }
        }
        #expect(taken > 1000)
        #expect(refused > 1000)
    }
}
