import Access
import Benchmark
import Constitution
import Crypto
import Dialects
import Foundation
import Ledger
import NIOCore
import Safeguards
import Store

/// One room's share of a request, each as the gateway calls it. Quote ratios between them, not microseconds.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .throughput], warmupIterations: 100, scalingFactor: .kilo, maxDuration: .seconds(2))

    let prompt = String(repeating: "Explain how enzyme kinetics change when a competitive inhibitor binds. ", count: 9).prefix(600)
    let body = ByteBuffer(string: #"{"model":"m","messages":[{"role":"user","content":"\#(prompt)"}],"max_tokens":256}"#)

    Benchmark("Parse a request of 600 bytes") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try ModelRequest.parse(body, dialect: .openAI)) }
    }

    Benchmark("Decode a streamed chunk") { benchmark in
        let request = try ModelRequest.parse(ByteBuffer(string: #"{"model":"m","stream":true,"messages":[]}"#), dialect: .openAI)
        let chunk = ByteBuffer(
            string: #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" water"},"finish_reason":null}]}"# + "\n\n")
        var sse = SSEDecoder(limit: 1 << 20)
        var decoder = AnswerDecoder(request, modelName: "m")
        var events: [AnswerEvent] = []
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            sse.append(chunk)
            while let event = try sse.next() { try decoder.decode(event, into: &events) }
            events.removeAll(keepingCapacity: true)
        }
        blackHole(events)
    }

    if let policy = shippedPolicy() {
        let text = Array(prompt.utf8)
        Benchmark("Judge a prompt of 600 bytes") { benchmark in
            for _ in benchmark.scaledIterations {
                blackHole(text.withUnsafeBufferPointer { judgeWhole(policy, .request, $0) })
            }
        }
        Benchmark("Judge one streamed word") { benchmark in
            var judge = TextJudge(policy: policy, side: .answer)
            let word = Array(" water".utf8)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { word.withUnsafeBufferPointer { judge.feed($0) } }
            blackHole(judge.cleared)
        }
    }

    Benchmark("Record an admission and its completion") { benchmark in
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-bench-\(UUID())")
        let log = try ExchangeLog.open(directory: folder.path)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var commitment = Commitment(to: .request)
            body.withUnsafeReadableBytes { commitment.update($0) }
            let id = DecisionID()
            let sequence = try log.admit(
                Admission(
                    decisionID: id, time: id.milliseconds, organisation: "org_1", account: "acc_1", key: "key_1", model: "m",
                    dialect: .openAI, isStream: false, decision: .admitted, requestCommitment: commitment.seal()))
            log.complete(Completion(sequence: sequence, time: id.milliseconds, outcome: .complete, answerCommitment: nil))
        }
        benchmark.stopMeasurement()
        log.close()
        try FileManager.default.removeItem(at: folder)
    }
}

/// The shipped rules and weights; nil, with a word of why, where the benchmark runs outside the project.
func shippedPolicy() -> JudgementPolicy? {
    let candidates = ["../Models/stage1.sluice", "Models/stage1.sluice"]
    guard let data = candidates.lazy.compactMap({ FileManager.default.contents(atPath: $0) }).first,
        let model = try? LinearModel(file: Array(data), hash: Array(SHA256.hash(data: data)))
    else {
        print("judging is left out: Models/stage1.sluice was not found from this directory")
        return nil
    }
    return try? JudgementPolicy(model: model, release: .builtIn)
}
