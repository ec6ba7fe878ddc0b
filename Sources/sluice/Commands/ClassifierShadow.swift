import ArgumentParser
import Foundation
import Ledger
import Safeguards

extension ClassifierCommand {
    /// `sluice classifier shadow`.
    struct Shadow: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what rules in shadow would have refused.",
            discussion: """
                With 'enforcement: shadow' requests and answers are decided and recorded, and pass. This reads the ledger, beside a running \
                server or without one, and says what enforcing would have changed: the share of requests, with a two-sided \
                95 % Clopper–Pearson interval, by category, stage, model and organisation, and the newest decisions, \
                for 'sluice judge --decision' to look at.

                Example: sluice classifier shadow --directory var --hours 24
                """)

        @Option(help: "The server's directory.")
        var directory = "var"

        @Option(help: "Only the last so many hours.")
        var hours: Double?

        @Option(help: "How many decisions are named.")
        var examples = 10

        @Flag(help: "Print one object of JSON.")
        var json = false

        func validate() throws {
            if let hours { guard hours > 0 else { throw ValidationError("--hours is above 0") } }
            guard 0...10_000 ~= examples else { throw ValidationError("--examples is 0 to 10000") }
        }

        func run() throws {
            var report = ShadowReport()
            let since = hours.map { Int64(Date().timeIntervalSince1970 * 1_000 - $0 * 3_600_000) } ?? .min
            let reader = try LedgerReader(directory: directory + "/ledger")
            while let entry = try reader.next() {
                switch entry.record {
                case .admission(let admission) where admission.time >= since: report.take(admission)
                case .completion(let completion) where completion.time >= since: report.take(completion)
                default: continue
                }
            }
            try json ? printObject(report) : printTable(report)
        }

        private func printTable(_ report: ShadowReport) {
            print(
                "\(report.judged) requests judged, \(report.refused) refused, \(report.all) would have been refused in shadow"
            )
            print(Self.share(report.all, of: report.judged))
            let shadowed = report.shadowedAnswers
            print("\(report.answers) answers judged, \(report.answersCut) stopped, \(shadowed) would have been")
            print(Self.share(report.shadowedAnswers, of: report.answers))
            for (name, counts) in report.tables {
                print("by \(name):")
                for (key, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(20) {
                    print("  \(key): \(count), \(Self.share(count, of: report.judged))")
                }
            }
            for decision in report.newest.suffix(examples).reversed() { print("  \(decision)") }
        }

        private static func share(_ count: Int, of all: Int) -> String {
            let low = 1 - ClopperPearson.upper(all - count, of: all, confidence: 0.975)
            let high = ClopperPearson.upper(count, of: all, confidence: 0.975)
            return String(
                format: "%.4f %% (95 %%: %.4f to %.4f)", 100 * Double(count) / Double(max(1, all)), 100 * max(0, low),
                100 * high)
        }

        private func printObject(_ report: ShadowReport) throws {
            var object: [String: Any] = [
                "judged": report.judged, "refused": report.refused, "shadow": report.all,
                "shadow_share_at_most": ClopperPearson.upper(report.all, of: report.judged, confidence: 0.975),
                "answers": report.answers, "answers_stopped": report.answersCut,
                "answers_shadow": report.shadowedAnswers,
                "decisions": Array(report.newest.suffix(examples).reversed()),
            ]
            for (name, counts) in report.tables { object["by_\(name)"] = counts }
            let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
            print(String(decoding: data, as: UTF8.self))
        }
    }
}

/// Counts what a shadow let pass.
struct ShadowReport {
    private(set) var judged = 0
    private(set) var refused = 0
    private(set) var all = 0
    /// Answers that were judged to their end, those that were stopped, and those that a shadow let pass.
    private(set) var answers = 0
    private(set) var answersCut = 0
    private(set) var shadowedAnswers = 0
    private(set) var newest: [String] = []
    private var byCategory: [String: Int] = [:]
    private var byAnswerCategory: [String: Int] = [:]
    private var byStage: [String: Int] = [:]
    private var byModel: [String: Int] = [:]
    private var byOrganisation: [String: Int] = [:]

    /// The counts by what they are counted by.
    var tables: [(String, [String: Int])] {
        [
            ("category", byCategory), ("stage", byStage), ("model", byModel), ("organisation", byOrganisation),
            ("answer_category", byAnswerCategory),
        ]
    }

    /// Takes the end of an exchange.
    mutating func take(_ completion: Completion) {
        switch completion.outcome {
        case .complete: break
        case .refusedMidStream: answersCut += 1
        default: return
        }
        answers += 1
        let notes = completion.notes.filter { $0.hasPrefix("shadow:") }
        shadowedAnswers += notes.isEmpty ? 0 : 1
        for note in notes {
            byAnswerCategory[String(note.dropFirst(7).prefix { $0 != " " }), default: 0] += 1
        }
    }

    /// Takes one record.
    mutating func take(_ admission: Admission) {
        switch admission.decision {
        case .denied: return
        case .refused: refused += 1
        case .admitted: break
        }
        judged += 1
        guard let note = admission.notes.first(where: { $0.hasPrefix("shadow:") }) else { return }
        all += 1
        let words = note.dropFirst(7).split(separator: " ")
        byCategory[words.first.map(String.init) ?? "?", default: 0] += 1
        let stage = words.first { $0.hasPrefix("stage=") }?.dropFirst(6)
        byStage[stage.map(String.init) ?? "?", default: 0] += 1
        byModel[admission.model, default: 0] += 1
        byOrganisation[admission.organisation, default: 0] += 1
        newest.append("\(admission.decisionID)")
        if newest.count > 20_000 { newest.removeFirst(10_000) }
    }
}
