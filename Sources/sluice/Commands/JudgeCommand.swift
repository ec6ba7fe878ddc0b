import ArgumentParser
import Constitution
import Foundation
import Gateway
import Safeguards

/// `sluice judge`: judges prompts from standard input.
struct JudgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Judge prompts, one JSON object a line.",
        discussion: """
            Reads lines {"id": …, "text": "…"} or {"id": …, "messages": [{"role": "user", "content": "…"}], "answer": "…"} \
            from standard input and writes for each, in order, {"id", "score", "decision", "category", "principle", \
            "stage"}. The decision is "refuse" or "allow"; the score is 0…1, higher is worse; the stage that refused is \
            "phrase", "linear", "encoder" or "exemplar"; what was allowed has null for the last three. An answer is judged as it would be while it streams; where it is cut, \
            "released" is how many of its bytes a client would have had. A line that cannot \
            be read is answered with {"line", "field", "error"}, and the run goes on. The speed is said on standard error.

            --profile says how much is asked: stage1 is the linear classifier alone, tens of thousands of prompts a \
            second; efficient adds the encoder for what is doubtful; thorough adds it for everything (about a millisecond \
            a prompt). The encoder is installed by 'make build'.

            The constitution's own examples are compared by the encoder; more of them, one JSON object a line in a file: {"category": "cyber", "text": "…", "forbidden": true}.

            --decision judges what is in the ledger again: by the constitution and the weights whose hashes the record names (the \
            server keeps them in var/releases), and by what the record notes of guards and failures. The answer says whether \
            the verdict is the same, and whether the text is the one that was judged; the exit code is 1 where the verdict is another.

            Example: sluice judge --decision dec_01kaw3s8gq5v0r6xt2m9n4c7ye --text "How do tides work?"
            Example: echo '{"id": 1, "text": "How do tides work?"}' | sluice judge --profile efficient
            """)

    /// How much is asked about a prompt.
    enum Profile: String, ExpressibleByArgument, CaseIterable { case stage1, efficient, thorough }

    @Option(help: "The classifier's file.")
    var model = ModelFile.standardPath

    @Option(help: "A constitution document; the built-in one if none is given.")
    var constitution: String?

    @Option(help: "How much is asked: stage1, efficient or thorough.")
    var profile = Profile.stage1

    @Option(help: "The encoder's file.")
    var encoder = SecondStageFiles.encoderPath

    @Option(help: "The second stage's heads.")
    var heads = SecondStageFiles.headsPath

    @Flag(help: "Ask the second encoder, too, about what both stages find worst and what the first encoder can't read.")
    var secondEncoder = false

    @Option(help: "A file of exemplars, one JSON object a line.")
    var exemplars: String?

    @Flag(help: "Add the n-grams that carried each score, and how many stretches of text the second stage read.")
    var explain = false

    @Flag(help: "Say nothing on standard error.")
    var quiet = false

    @Option(help: ArgumentHelp("Judge a recorded decision again, by its id.", valueName: "id"))
    var decision: String?

    @Option(help: "With --decision: the request's body, or the text of its only message; '-' reads standard input.")
    var text: String?

    @Flag(help: "Judge many recorded decisions again: standard input has lines {\"decision\": id, \"text\": …}.")
    var replay = false

    @Option(help: "With --decision and --replay: the server's directory.")
    var directory = "var"

    func run() throws {
        if replay { return try replayAll() }
        if let decision { return try replayOne(decision) }
        let model = try ModelFile.load(model)
        let release = try release()
        let policy = try JudgementPolicy(model: model, release: release)
        let lines = PromptLines(
            policy: policy, model: model, explain: explain, cascade: try cascade(policy, release))
        var number = 0
        var output = Data()
        let clock = ContinuousClock()
        let begin = clock.now
        while let line = readLine(strippingNewline: true) {
            number += 1
            guard !line.isEmpty else { continue }
            output.append(lines.answer(line, number: number))
            output.append(0x0A)
            if output.count > 1 << 16 || isatty(0) == 1 {
                FileHandle.standardOutput.write(output)
                output.removeAll(keepingCapacity: true)
            }
        }
        FileHandle.standardOutput.write(output)
        guard !quiet, number > 0 else { return }
        let seconds =
            Double((clock.now - begin).components.attoseconds) / 1e18 + Double((clock.now - begin).components.seconds)
        let speed = String(format: "%d prompts, %.0f a second\n", number, Double(number) / max(seconds, 1e-9))
        FileHandle.standardError.write(Data(speed.utf8))
    }

    private func replayOne(_ decision: String) throws {
        guard var text else { throw CommandProblem("--decision needs --text: the request's body, or its text") }
        if text == "-" { text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) }
        var replay = JudgeReplay(directory: directory)
        let outcome = try replay.run(decision, text: text)
        print("{" + outcome.fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
        if !outcome.isSame { throw ExitCode(1) }
    }

    private func replayAll() throws {
        var replay = JudgeReplay(directory: directory)
        try replay.readAll()
        var (all, same) = (0, 0)
        while let line = readLine(strippingNewline: true) {
            guard !line.isEmpty else { continue }
            guard let row = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let decision = row["decision"] as? String, let text = row["text"] as? String
            else { throw CommandProblem("line \(all + 1): must be {\"decision\": id, \"text\": …}") }
            let outcome = try replay.run(decision, text: text)
            all += 1
            same += outcome.isSame ? 1 : 0
            if !outcome.isSame || explain {
                print("{" + outcome.fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
            }
        }
        print("{\"replayed\":\(all),\"same\":\(same)}")
        if same < all { throw ExitCode(1) }
    }

    /// Both stages, where the profile asks for the second; what is missing is said on standard error.
    private func cascade(_ policy: JudgementPolicy, _ release: ConstitutionRelease) throws -> Cascade? {
        guard profile != .stage1 else { return nil }
        let heads = try SecondStageFiles.heads(heads)
        if heads.linearHash != policy.classifierHash {
            say(
                "the second stage's thresholds were set with another first stage; 'sluice classifier train-heads' sets them"
            )
        }
        let encoder = try SecondStageFiles.encoder(encoder)
        let second = try secondEncoder ? secondJudge(heads, policy) : nil
        let exemplars = try release.constitution.exemplars + readExemplars()
        do throws(CascadeError) {
            return try Cascade(
                policy: policy, release: release, heads: heads, encoder: encoder, exemplars: exemplars,
                profile: profile == .efficient ? .efficient : .thorough, second: second)
        } catch {
            throw CommandProblem("\(error)")
        }
    }

    /// The second encoder; where its files are missing, that is said and the others judge without.
    private func secondJudge(_ heads: Heads, _ policy: JudgementPolicy) throws -> SecondJudge? {
        var warnings: [String] = []
        let second = try SecondStageFiles.second(&warnings)
        warnings.forEach(say)
        if let second, second.heads.headsHash != heads.hash || second.heads.linearHash != policy.classifierHash {
            say(
                "the second encoder's thresholds were set with other stages; 'sluice classifier train-second-heads' sets them"
            )
        }
        return second
    }

    private func say(_ text: String) {
        guard !quiet else { return }
        FileHandle.standardError.write(Data("judge: \(text)\n".utf8))
    }

    private func readExemplars() throws -> [Exemplar] {
        guard let exemplars else { return [] }
        guard let data = FileManager.default.contents(atPath: exemplars) else {
            throw CommandProblem("cannot read the exemplars '\(exemplars)'")
        }
        return try data.split(separator: 0x0A).enumerated().map { number, line in
            guard let row = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
                let category = row["category"] as? String, let text = row["text"] as? String,
                let isForbidden = row["forbidden"] as? Bool
            else {
                throw CommandProblem(
                    "\(exemplars):\(number + 1): an exemplar is {\"category\": …, \"text\": …, \"forbidden\": true or false}"
                )
            }
            return Exemplar(category: category, text: text, isForbidden: isForbidden)
        }
    }

    private func release() throws -> ConstitutionRelease {
        guard let constitution else { return .builtIn }
        guard let data = FileManager.default.contents(atPath: constitution) else {
            throw CommandProblem("cannot read the constitution '\(constitution)'")
        }
        return try ConstitutionRelease.load(document: Array(data), signature: nil, trusting: [], allowingUnsigned: true)
    }
}

/// Judges one line of JSON and writes the answer to it.
struct PromptLines {
    let policy: JudgementPolicy
    let model: LinearModel
    let explain: Bool
    let cascade: Cascade?

    /// What is wrong with a line.
    private struct Problem: Error {
        let field: String
        let message: String
    }

    /// The answer to a line, as JSON without a newline.
    func answer(_ line: String, number: Int) -> Data {
        var fields: [(String, String)]
        do throws(Problem) {
            fields = try judge(line)
        } catch {
            fields = [("line", String(number)), ("field", json(error.field)), ("error", json(error.message))]
        }
        // Fields in a fixed order: each is written by itself.
        return Data("{\(fields.map { name, value in "\"\(name)\":\(value)" }.joined(separator: ","))}".utf8)
    }

    /// A value as JSON; `null` for nil.
    private func json(_ value: Any?) -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .withoutEscapingSlashes]
        guard let value, let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
            return "null"
        }
        return String(decoding: data, as: UTF8.self)
    }

    private func judge(_ line: String) throws(Problem) -> [(String, String)] {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed) else {
            throw Problem(field: "", message: "the line is not JSON")
        }
        guard let row = object as? [String: Any] else {
            throw Problem(field: "", message: "the line is not a JSON object")
        }
        guard let id = row["id"], id is String || id is NSNumber else {
            throw Problem(field: "id", message: "id must be a string or a number")
        }
        let texts = try texts(row)
        let (finding, score, stretches) =
            cascade.map { verdict(texts.requests, texts.answer, by: $0) }
            ?? verdict(texts.requests, texts.answer)
        var result = [
            ("id", json(id)), ("score", String(format: "%.6f", score)),
            ("decision", finding == nil ? "\"allow\"" : "\"refuse\""), ("category", json(finding?.category)),
            ("principle", json(finding?.principle)), ("stage", json(finding?.stage)),
        ]
        if let released = finding?.released { result.append(("released", String(released))) }
        if explain {
            let all = Array((texts.requests + [texts.answer].compactMap(\.self)).joined(separator: "\n").utf8)
            let parts = all.withUnsafeBufferPointer { Explanation(model, $0).parts }
            let named = parts.map {
                "{\"ngram\":\(json($0.ngram)),\"weight\":\(String(format: "%.3f", $0.weight))}"
            }
            result.append(("ngrams", "[\(named.joined(separator: ","))]"))
            result.append(("stretches", String(stretches)))
        }
        return result
    }

    /// Where a line was crossed, whichever stage says so.
    private struct Crossing {
        let category: String
        let principle: String
        let stage: String
        /// Bytes of the answer in front of the cut; nil where the request was refused.
        var released: Int?

        init(category: String, principle: String, stage: String) {
            (self.category, self.principle, self.stage) = (category, principle, stage)
        }

        init(_ finding: Finding, released: Int) {
            self.init(category: finding.category, principle: finding.principle, stage: finding.stage.rawValue)
            self.released = released
        }
    }

    /// What both stages say of the request, or else of the answer.
    private func verdict(_ requests: [String], _ answer: String?, by cascade: Cascade) -> (Crossing?, Float, Int) {
        func crossing(_ found: CascadeFinding) -> Crossing {
            Crossing(category: found.category, principle: found.principle, stage: found.stage.rawValue)
        }
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for text in requests {
            bytes += text.utf8
            ends.append(bytes.count)
        }
        let request = bytes.withUnsafeBufferPointer { all in
            cascade.judge(
                request: ends.indices.map {
                    UnsafeBufferPointer(rebasing: all[($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0]])
                })
        }
        guard request.finding == nil, let answer else {
            return (request.finding.map(crossing), request.score, request.stretches)
        }
        let judged = AnswerTrial(policy: policy, secondStage: cascade).judge(answer, after: request.score)
        return (
            judged.finding.map { Crossing($0, released: judged.released) }, max(request.score, judged.score),
            request.stretches + judged.asked
        )
    }

    /// What the request, or else the answer, crosses; and the highest score: by the first stage alone.
    private func verdict(_ requests: [String], _ answer: String?) -> (Crossing?, Float, Int) {
        func crossing(_ found: Finding) -> Crossing {
            Crossing(category: found.category, principle: found.principle, stage: found.stage.rawValue)
        }
        var request = RequestJudge(policy: policy)
        var finding: Finding?
        for (index, text) in requests.enumerated() where finding == nil {
            finding = Array(text.utf8).withUnsafeBufferPointer { request.judge($0, continuing: index > 0) }
        }
        guard finding == nil, let answer else { return (finding.map(crossing), request.peak, 0) }
        let judged = AnswerTrial(policy: policy, secondStage: nil).judge(answer)
        return (judged.finding.map { Crossing($0, released: judged.released) }, max(request.peak, judged.score), 0)
    }

    private func texts(_ row: [String: Any]) throws(Problem) -> (requests: [String], answer: String?) {
        if let text = row["text"] {
            guard let text = text as? String else { throw Problem(field: "text", message: "text must be a string") }
            return ([text], nil)
        }
        guard let messages = row["messages"] else {
            throw Problem(field: "text", message: "neither text nor messages is there")
        }
        guard let messages = messages as? [[String: Any]] else {
            throw Problem(field: "messages", message: "messages must be an array of objects")
        }
        var requests: [String] = []
        for (index, message) in messages.enumerated() {
            switch message["content"] {
            case let text as String: requests.append(text)
            case let parts as [[String: Any]]: requests += parts.compactMap { $0["text"] as? String }
            default:
                throw Problem(
                    field: "messages[\(index)].content", message: "content must be a string or an array of parts")
            }
        }
        guard let answer = row["answer"], !(answer is NSNull) else { return (requests, nil) }
        guard let answer = answer as? String else { throw Problem(field: "answer", message: "answer must be a string") }
        return (requests, answer)
    }
}
