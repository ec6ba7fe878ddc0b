import Constitution
import Crypto
import Dialects
import Foundation
import Ledger
import NIOCore
import Safeguards

@testable import Gateway

/// The shipped rules with one harmless category more, and the shipped weights.
enum Fixtures {
    static let phrase = "crimson origami ritual of the ninth fold"

    private static let category = """

          - id: origami_ritual
            title: {en: Origami rituals, zh: 折纸仪式}
            principle: human-dignity
            absolute: false
            on_failure: closed
            budgets: {requests: 0.002, answers: 0.0005}
            permits:
              - {en: Folding paper., zh: 折纸。}
            forbids:
              - {en: The ritual that this test made up., zh: 本测试虚构的仪式。}
            phrases:
              - \(phrase)
              - 绯红折纸仪式第九折

        """

    static let snapshot: GatewaySnapshot = {
        do {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let data = try Data(contentsOf: root.appendingPathComponent("Models/stage1.sluice"))
            let model = try LinearModel(file: Array(data), hash: Array(SHA256.hash(data: data)))
            let shipped = String(decoding: ConstitutionRelease.builtInDocument, as: UTF8.self)
            let document = shipped.trimmingCharacters(in: .newlines) + "\n" + category
            let release = try ConstitutionRelease.load(
                document: Array(document.utf8), signature: nil, trusting: [], allowingUnsigned: true)
            return GatewaySnapshot(
                settings: GatewaySettings(models: []), policy: try JudgementPolicy(model: model, release: release),
                constitution: release.constitution)
        } catch {
            fatalError("the project's own files are broken: \(error)")
        }
    }()

    /// The facts of a request with this body.
    static func facts(_ body: String, _ dialect: Dialect) throws -> RequestFacts {
        let request = try ModelRequest.parse(ByteBuffer(string: body), dialect: dialect)
        return RequestFacts(request, snapshot: snapshot, decision: DecisionID())
    }

    /// What a client gets of an upstream's stream that comes in these pieces.
    static func run(_ facts: RequestFacts, _ pieces: [String]) -> (text: String, pipeline: AnswerPipeline) {
        run(facts, pieces.map { ByteBuffer(string: $0) })
    }

    static func run(_ facts: RequestFacts, _ pieces: [ByteBuffer]) -> (text: String, pipeline: AnswerPipeline) {
        var pipeline = facts.makePipeline()
        var all = ""
        for piece in pieces {
            var out = ByteBuffer()
            _ = pipeline.read(piece)
            pipeline.judge(into: &out)
            all += String(buffer: out)
            if pipeline.isOver { break }
        }
        if !pipeline.isOver {
            var out = ByteBuffer()
            pipeline.readEnd()
            pipeline.judge(into: &out)
            all += String(buffer: out)
        }
        return (all, pipeline)
    }
}
