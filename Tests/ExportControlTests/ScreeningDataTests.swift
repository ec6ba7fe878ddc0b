import Foundation
import Testing

@testable import ExportControl

/// The shared export data, where it is there.
enum ScreeningData {
    static let folder = (ProcessInfo.processInfo.environment["SLUICE_DATA"] ?? "../shared/data") + "/export/"
    static let isThere = FileManager.default.fileExists(atPath: folder + "match_dev.jsonl")

    static func bytes(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: folder + name).map { Array($0) } ?? []
    }
}

/// The goals of matching on the shared cases, where they are there.
@Suite(.enabled(if: ScreeningData.isThere, "the shared export data is not there"))
struct ScreeningDataTests {
    private struct Case: Decodable {
        var kind: String
        var query: String
        var candidate: String?
        var expected_ids: [String]?
        var is_match: Bool?
        var difficulty: String
    }

    private func cases() throws -> [Case] {
        try ScreeningData.bytes("match_dev.jsonl").split(separator: 0x0A).map {
            try JSONDecoder().decode(Case.self, from: Data($0))
        }
    }

    @Test("Listed names are found among few false hits")
    func search() throws {
        let parties = try ScreeningData.bytes("parties.jsonl").withUnsafeBufferPointer {
            try PartyLines.read($0, list: "shared")
        }
        var screener = Screener(ScreeningIndex(parties))
        var right: [(difficulty: String, score: Float)] = []
        var wrong: [Float] = []
        for item in try cases() where item.kind == "search" {
            let expected = item.expected_ids ?? []
            let hits = screener.search(item.query, floor: 0, limit: 60)
            if expected.isEmpty {
                wrong.append(hits.first?.score ?? 0)
            } else {
                let found = hits.first { expected.contains(parties[$0.party].id) }
                right.append((item.difficulty, found?.score ?? 0))
            }
        }
        wrong.sort(by: >)
        func recall(_ share: Double, _ kind: (String) -> Bool = { _ in true }) -> Double {
            let chosen = right.filter { kind($0.difficulty) }
            return Double(chosen.count { $0.score > wrong[Int(Double(wrong.count) * share)] }) / Double(chosen.count)
        }
        #expect(recall(0.01) >= 0.95 && recall(0.05) >= 0.98)
        #expect(recall(0.01) { $0.hasPrefix("hanzi") } >= 0.97)
        for (kind, all) in Dictionary(grouping: right, by: \.difficulty) where all.count >= 20 {
            #expect(recall(0.01) { $0 == kind } >= 0.9, "\(kind)")
        }
    }

    @Test("Pairs are judged well")
    func pairs() throws {
        var matcher = PairMatcher()
        var both = 0, falsely = 0, missed = 0
        for item in try cases() where item.kind == "pair" {
            let said = matcher.compare(item.query, item.candidate ?? "").score >= PairMatcher.threshold
            switch (said, item.is_match ?? false) {
            case (true, true): both += 1
            case (true, false): falsely += 1
            case (false, true): missed += 1
            case (false, false): break
            }
        }
        #expect(Double(2 * both) / Double(2 * both + falsely + missed) >= 0.86)
    }
}
