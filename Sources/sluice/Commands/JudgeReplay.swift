import Dialects
import Foundation
import Gateway
import Ledger
import NIOCore

/// Judges recorded decisions again, from the releases that their records name.
struct JudgeReplay {
    private let ledger: String
    private let archive: ReleaseArchive
    private var replays: [String: DecisionReplay] = [:]
    /// Admissions by their ids, where many are wanted.
    private var admissions: [DecisionID: Admission] = [:]

    init(directory: String) { (ledger, archive) = (directory + "/ledger", ReleaseArchive(directory: directory)) }

    /// Reads the whole ledger once.
    mutating func readAll() throws {
        let reader = try LedgerReader(directory: ledger)
        while let entry = try reader.next() {
            if case .admission(let admission) = entry.record { admissions[admission.decisionID] = admission }
        }
    }

    /// What came of one replay.
    struct Outcome {
        var isSame: Bool
        var fields: [(String, String)]
    }

    /// Judges one decision again.
    ///
    /// - Parameter text: The request's body as it was sent; or the text of its only message.
    mutating func run(_ name: String, text: String) throws -> Outcome {
        guard let id = DecisionID(name) else {
            throw CommandProblem("'\(name)' is no decision id (dec_ and 26 letters)")
        }
        guard let record = try admissions[id] ?? lookUp(id) else {
            throw CommandProblem("'\(name)' is not in the ledger '\(ledger)'")
        }
        guard let constitution = record.constitutionHash?.bytes, let classifier = record.classifierHash?.bytes,
            record.isVerdict
        else {
            throw CommandProblem("'\(name)' was turned away before anything was judged: \(record.decision.words)")
        }
        let dialect: Dialect =
            switch record.dialect {
            case .openAI: .openAI
            case .anthropic: .anthropic
            case .responses: .responses
            case .completions: .completions
            case .embeddings: .embeddings
            }
        let body = Self.body(text, model: record.model, dialect)
        let replay = try replay(of: record, constitution, classifier)
        let now: DecisionReplay.Result
        do throws(RequestError) {
            now = try replay.decide(ByteBuffer(string: body), dialect: dialect, notes: record.notes)
        } catch {
            throw CommandProblem("the text is no request of the dialect: \(error)")
        }
        let shadow = record.notes.first { $0.hasPrefix("shadow:") }
        let isSame = now.decision == record.decision && now.score == record.score && now.shadow == shadow
        let match =
            record.requestCommitment.map { $0.opens(to: body.utf8, as: .request) ? "matches" : "differs" } ?? "none"
        return Outcome(
            isSame: isSame,
            fields: [
                ("decision", "\"\(id)\""), ("same", "\(isSame)"), ("commitment", "\"\(match)\""),
                ("recorded", "\"\(record.decision.words)\""),
                ("recorded_score", record.score.map { "\($0)" } ?? "null"),
                ("replayed", "\"\(now.decision.words)\""), ("replayed_score", "\(now.score)"),
            ])
    }

    private func lookUp(_ id: DecisionID) throws -> Admission? {
        guard case .admission(let found)? = try LedgerReader.admission(id, in: ledger)?.record else {
            return nil
        }
        return found
    }

    private mutating func replay(
        of record: Admission, _ constitution: [UInt8], _ classifier: [UInt8]
    ) throws -> DecisionReplay {
        let stopped = DecisionReplay.stopped(by: record.notes)
        let opened = DecisionReplay.opened(by: record.notes)
        let key =
            ReleaseArchive.hex(constitution + classifier)
            + (stopped.sorted() + ["/"] + opened.sorted()).joined(separator: ",")
        if let known = replays[key] { return known }
        let made = try archive.replay(
            constitution: constitution, classifier: classifier, stopped: stopped
        ).opening(opened)
        replays[key] = made
        return made
    }

    /// A body that was handed in, or one made around a text.
    private static func body(_ text: String, model: String, _ dialect: Dialect) -> String {
        if let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            object["messages"] is [Any] || dialect == .responses && object["input"] != nil
        {
            return text
        }
        var body: [String: Any] = ["model": model, "messages": [["role": "user", "content": text]]]
        if dialect == .responses { body = ["model": model, "input": text] }
        if dialect == .anthropic { body["max_tokens"] = 1 }
        let data = try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

extension Admission {
    /// Whether safeguards decided, or failed to.
    fileprivate var isVerdict: Bool {
        if case .denied(let code) = decision { return code.hasPrefix("safeguard:") }
        return true
    }
}

extension Admission.Decision {
    /// The decision in a few words.
    fileprivate var words: String {
        switch self {
        case .admitted: "admitted"
        case .refused(let category, let principle, let stage, let turn):
            "refused \(category)/\(principle) by \(stage)" + (turn.map { ", turn \($0)" } ?? "")
        case .denied(let code): "denied \(code)"
        }
    }
}
