import Dialects
import NIOCore
import Safeguards

/// Decides how much of a streamed answer may leave, over all its choices: a pure value.
///
/// Events of one choice keep their order. Events that belong to no choice (usage, the end marker) wait until no choice holds
/// anything back. A stop ends its choice; when no choice is left, the stream is over and the upstream may be told to stop.
struct AnswerGate: Sendable {
    private(set) var writer: AnswerWriter
    private let policy: JudgementPolicy
    private let beginnings: Beginnings?
    /// Made where there is a refusal.
    private let explainer: @Sendable () -> Explainer
    private let rule: DoubtRule?
    /// The choice that waits for the second stage.
    private var asking: Int?
    private var choices: [ChoiceGate] = []
    private var waiting: [AnswerEvent] = []
    private var expectedChoices: Int
    private let inputTokens: Int

    /// What the model server says it used, as far as it has said so.
    var usage: TokenUsage? { told?.usage }
    private var told: ToldUsage?
    /// Whether the model's own end marker has been given to the client.
    private(set) var hasEnded = false

    /// - Parameters:
    ///   - beginnings: What the choices start from, if the client began the answer.
    ///   - choices: How many choices the client asked for.
    ///   - inputTokens: Our own count of the prompt, for answers that are stopped before the upstream tells its.
    init(
        writer: AnswerWriter, policy: JudgementPolicy, beginnings: Beginnings?, choices: Int, inputTokens: Int,
        explainer: @autoclosure @escaping @Sendable () -> Explainer, doubts: DoubtRule? = nil
    ) {
        rule = doubts
        self.writer = writer
        self.policy = policy
        self.beginnings = beginnings
        self.explainer = explainer
        self.inputTokens = inputTokens
        expectedChoices = max(1, choices)
    }

    /// The first rule that stopped a choice, and how many choices were stopped.
    var findings: [Finding] { choices.compactMap(\.finding) }

    /// The highest score of any choice so far, 0...1.
    var peak: Float { choices.reduce(0) { max($0, $1.peak) } }

    /// The categories that were crossed and did not stop a choice, because a permission opens them.
    var opened: Set<String> { choices.reduce(into: []) { $0.formUnion($1.opened) } }

    /// Whether every choice that was asked for has been stopped or has finished, and at least one was stopped.
    var isStopped: Bool {
        choices.count >= expectedChoices && choices.allSatisfy(\.isOver) && choices.contains { $0.finding != nil }
    }

    /// Bytes of model output given to the client.
    var releasedBytes: Int { choices.reduce(0) { $0 + $1.releasedBytes } }

    /// Our own count of the model's output, over all choices.
    var tokens: Int64 { choices.reduce(0) { $0 + $1.tokens } }

    /// Whether the upstream has counted to the end of every choice.
    var isWhole: Bool { choices.allSatisfy { $0.hasFinished && $0.finding == nil } }

    /// How many choices the answer has so far.
    var choiceCount: Int { choices.count }

    /// The SHA-256 of the output of each choice that the client was given, in the order of their numbers.
    var outputDigests: [[UInt8]] {
        choices.sorted { $0.index < $1.index }.map { Array($0.outputDigest) }
    }

    /// Takes the next event; what may leave is appended to `out`.
    mutating func receive(_ event: consuming AnswerEvent, into out: inout ByteBuffer) {
        if let told = event.told { self.told = told }
        // Output that names no choice is the first one's.
        guard let index = event.choice ?? (event.pieces.isEmpty ? nil : 0) else {
            return receiveCommon(event, into: &out)
        }
        let place = place(of: index)
        let wasStopped = choices[place].finding != nil
        choices[place].receive(event, writer: &writer, out: &out)
        if rule != nil, !choices[place].doubts.isEmpty { return asking = place }
        if !wasStopped { refuse(place, into: &out) }
        flushWaiting(into: &out)
    }

    /// What the second stage has to be asked about before another event is taken; nil where there is nothing to ask.
    var question: [AnswerDoubt]? { asking.map { choices[$0].doubts } }

    /// Takes what the second stage said to `question`.
    mutating func settle(_ found: StageFinding?, into out: inout ByteBuffer) {
        guard let place = asking else { return }
        asking = nil
        choices[place].settle(found, writer: &writer, out: &out)
        refuse(place, into: &out)
        flushWaiting(into: &out)
    }

    private mutating func refuse(_ place: Int, into out: inout ByteBuffer) {
        guard let finding = choices[place].finding else { return }
        let refusal = explainer().refusal(for: finding, in: .answer)
        out.append(writer.refusal(choice: choices[place].index, refusal, usage: knownUsage))
    }

    /// What the upstream counted; where it did not count to the end, at least our own count, at four bytes a token.
    var knownUsage: TokenUsage {
        let own = (releasedBytes + 3) / 4
        guard var usage else { return TokenUsage(input: inputTokens, output: own) }
        if !isWhole { usage.output = max(usage.output, own) }
        return usage
    }

    /// The reasoning of a choice that was kept back for a summary, once.
    mutating func takeReasoning(of choice: Int) -> ByteBuffer? {
        guard writer.isSummarising else { return nil }
        return writer.takeReasoning(of: choice)
    }

    /// Closes the stream where the upstream will not: every choice was stopped, or only the end marker is missing.
    mutating func end(into out: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        out.append(writer.end(usage: knownUsage))
    }

    /// Closes the stream as one that has reached its largest number of tokens; what was held back is dropped.
    mutating func truncate(into out: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        for index in choices.isEmpty ? [0] : choices.map(\.index) {
            out.append(writer.length(choice: index, usage: knownUsage))
        }
        out.append(writer.end(usage: knownUsage))
    }

    /// Closes the stream with an error; what was held back is dropped.
    mutating func fail(_ error: APIError, into out: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        out.append(writer.failure(error))
    }

    private mutating func place(of index: Int) -> Int {
        if let known = choices.firstIndex(where: { $0.index == index }) { return known }
        choices.append(
            ChoiceGate(index: index, policy: policy, beginning: beginnings?.judge(of: index), doubts: rule))
        expectedChoices = max(expectedChoices, choices.count)
        return choices.count - 1
    }

    private mutating func receiveCommon(_ event: AnswerEvent, into out: inout ByteBuffer) {
        if case .ping = event.kind { return writer.release(event, into: &out) }
        waiting.append(event)
        flushWaiting(into: &out)
    }

    private mutating func flushWaiting(into out: inout ByteBuffer) {
        // The ending of a stream that was stopped is ours.
        if isStopped { waiting.removeAll() }
        guard !waiting.isEmpty, choices.allSatisfy({ $0.isDrained || $0.finding != nil }) else { return }
        for event in waiting {
            if case .end = event.kind {
                guard !hasEnded else { continue }
                hasEnded = true
                if writer.isTranslating {
                    out.append(writer.end(usage: knownUsage))
                    continue
                }
            }
            writer.release(event, into: &out)
        }
        waiting.removeAll(keepingCapacity: true)
    }
}

extension ByteBuffer {
    /// Appends bytes; the first take no copy.
    mutating func append(_ bytes: ByteBuffer) {
        if readableBytes == 0 {
            self = bytes
        } else {
            writeImmutableBuffer(bytes)
        }
    }
}
