import Constitution
import Dialects
import Ledger
import Metering
import NIOCore
import Safeguards

/// What must still be known of a request while it is answered.
///
/// Its bytes are not part of it. A class, since it goes through many hands and never changes.
final class RequestFacts: Sendable {
    let decision: DecisionID
    let choices: Int
    let model: String
    let endUser: String?
    let inputTokens: Int
    private let snapshot: GatewaySnapshot
    private let language: Language
    let isStreamed: Bool
    let policy: JudgementPolicy
    let beginnings: Beginnings?
    private let options: AnswerOptions
    /// What of the answer the second stage is asked about; nil where the first judges alone.
    let doubts: DoubtRule?
    /// What it is asked of.
    let secondStage: Cascade?
    /// The categories that are in shadow: what the answer crosses of them is recorded and does not stop it.
    let shadowed: Set<String>

    /// What guards outside are told of the request; nil where there are none.
    let turns: [GuardExchange.Turn]?

    /// - Parameters:
    ///   - opened: The categories that permissions open.
    ///   - score: What the safeguards said of the request: near the line, all of the answer is read by the second stage.
    init(
        _ request: ModelRequest, snapshot: GatewaySnapshot, opening opened: Set<String> = [], decision: DecisionID,
        score: Float = 0
    ) {
        shadowed = snapshot.settings.isShadow ? snapshot.shadowed.subtracting(opened) : []
        let judges = snapshot.judges(opening: shadowed.isEmpty ? opened : opened.union(shadowed))
        let policy = judges.policy
        secondStage = judges.secondStage
        doubts = snapshot.secondStage.map { $0.isWary(of: score) ? .always : $0.doubts }
        turns = snapshot.guards == nil ? nil : GuardExchange(request).turns
        self.decision = decision
        isStreamed = request.stream
        choices = request.choices
        model = request.model
        endUser = request.endUser
        inputTokens = request.inputTokens
        language = request.lastText.map { Language(of: $0.text.readableBytesView) } ?? .english
        self.snapshot = snapshot
        self.policy = policy
        beginnings = RequestVerdict.beginnings(of: request, under: policy)
        options = AnswerOptions(request, modelName: request.model)
    }

    /// Puts refusals into words; made where there is one.
    var explainer: Explainer {
        Explainer(constitution: snapshot.constitution, language: language, decision: decision)
    }

    var decoder: AnswerDecoder { AnswerDecoder(options) }

    /// What the reader of an answer must know of the request.
    ///
    /// - Parameter server: What the answer is in, if it has to be written anew.
    func answerOptions(from server: ServerSpeech?) -> AnswerOptions {
        server.map { options.speaking($0.dialect, $0.profile) } ?? options
    }

    var writer: AnswerWriter { writer(of: decision.description) }

    private func writer(of decision: String) -> AnswerWriter {
        AnswerWriter(options, decision: decision, time: Int(self.decision.milliseconds / 1_000))
    }

    /// The pipeline that the bytes of a streamed answer go through.
    ///
    /// - Parameters:
    ///   - server: What it is in, if it has to be written anew.
    ///   - text: The decision's id as clients read it.
    func makePipeline(from server: ServerSpeech? = nil, named text: String? = nil) -> AnswerPipeline {
        let writer = writer(of: text ?? decision.description)
        return AnswerPipeline(
            decoder: server.map { decoder.speaking($0.dialect, $0.profile) } ?? decoder,
            gate: AnswerGate(
                writer: server.map { writer.answering($0.dialect, $0.profile) } ?? writer, policy: policy,
                beginnings: beginnings,
                choices: choices, inputTokens: inputTokens, explainer: self.explainer, doubts: doubts))
    }
}

extension ModelRequest {
    /// The last turn of the user; where there is none, the last text.
    var lastText: RequestText? {
        (texts.lastIndex { $0.role == .user } ?? texts.indices.last).map { texts[$0] }
    }

    /// Tokens that the exchange may cost, for limits: our own count of the text, and what was asked for in answers.
    var estimatedTokens: Int {
        inputTokens + min(maxTokens ?? 256, 1 << 20) * choices
    }

    /// Our own count of the text put before the model.
    var inputTokens: Int { countedTokens ?? count() }

    private func count() -> Int {
        var counter = TokenCounter()
        for index in texts.indices { texts[index].withBytes { counter.add($0) } }
        return Int(counter.tokens) + 1
    }
}
