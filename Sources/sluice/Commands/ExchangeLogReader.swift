import Dispatch
import Distillation
import Foundation

/// Reads a log line by line, with a progress bar and an account of what could not be read.
final class ExchangeLogReader {
    private let path: String
    private let isQuiet: Bool
    private var refused = 0
    private var lines = 0
    private var spent = Duration.zero

    init(path: String, isQuiet: Bool) {
        self.path = path
        self.isQuiet = isQuiet
    }

    /// Feeds a watch; while one thread looks, the other reads on.
    func feed(_ watch: inout TrafficWatch) throws {
        let hash = watch.traffic.hash
        let looking = Looking()
        try each(hash: hash) { exchange, features in
            guard watch.takeOnly(exchange, features) else { return }
            looking.finish(&watch)
            looking.start(watch.begin())
        }
        looking.finish(&watch)
        watch.look()
    }

    /// Feeds a watch and looks once, at the end.
    func feedOnce(_ watch: inout TrafficWatch) throws {
        let hash = watch.traffic.hash
        try each(hash: hash) { exchange, features in _ = watch.takeOnly(exchange, features) }
        watch.look()
    }

    func each(
        hash: KeyedHash, _ body: (borrowing Exchange, borrowing PromptFeatures) -> Void
    ) throws {
        let clock = ContinuousClock()
        let begin = clock.now
        var problem: ReadingError?
        do throws(ReadingError) {
            let source = try LineSource(path: path)
            let showsBar = !isQuiet && isatty(STDERR_FILENO) == 1 && source.size > 0
            var features = PromptFeatures(hash: hash)
            var parser = ExchangeParser()
            try source.forEachLine { number, bytes in
                lines += 1
                do throws(ReadingError) {
                    try parser.read(bytes, line: number) { exchange in
                        features.read(exchange.prompt)
                        body(exchange, features)
                    }
                } catch {
                    refused += 1
                    if !isQuiet, refused <= 5 { say("\(error)\n") }
                }
                if showsBar, lines & 0x3FFF == 0 { bar(source.bytesRead, of: source.size) }
                return true
            }
            if showsBar { say("\r\u{1B}[K") }
        } catch {
            problem = error
        }
        spent = clock.now - begin
        if let problem { throw CommandProblem("\(path): \(problem)") }
        if lines > 0, refused == lines { throw CommandProblem("\(path): no line could be read as an exchange") }
    }

    func report(_ watch: TrafficWatch) {
        let seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        let flagged = watch.assessment.campaigns.reduce(0) { $0 + $1.members.count }
        var text = "\(watch.traffic.exchanges) exchanges of \(watch.traffic.accounts.count) accounts"
        if watch.traffic.doubles > 0 { text += ", \(watch.traffic.doubles) doubles left out" }
        if refused > 0 { text += ", \(refused) lines refused" }
        text += String(format: "; %.0f a second, looked %d times\n", Double(lines) / max(seconds, 1e-9), watch.looks)
        text += "\(watch.assessment.campaigns.count) campaigns, \(flagged) accounts flagged\n"
        for (number, campaign) in watch.assessment.campaigns.enumerated() {
            let evidence = campaign.families.map(\.rawValue).sorted().joined(separator: ", ")
            text +=
                "  campaign-\(number + 1): \(campaign.members.count) accounts of \(campaign.organisations) organisations"
            text += String(format: ", log-odds %.1f: ", campaign.score) + evidence + "\n"
        }
        say(text)
    }

    private func bar(_ done: Int, of size: Int) {
        let share = min(1, Double(done) / Double(max(1, size)))
        let full = Int(share * 30)
        let line = String(repeating: "#", count: full) + String(repeating: ".", count: 30 - full)
        say("\r[\(line)] \(Int(share * 100)) %")
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// One look at a time on a thread of its own.
private final class Looking: @unchecked Sendable {
    // Safe: `found` is written before the signal and read after the wait.
    private let done = DispatchSemaphore(value: 0)
    private var current: TrafficWatch.Look?
    private var found: Assessment?

    func start(_ look: TrafficWatch.Look) {
        current = look
        DispatchQueue.global().async { [self] in
            found = look.search()
            done.signal()
        }
    }

    func finish(_ watch: inout TrafficWatch) {
        guard let look = current else { return }
        done.wait()
        if let found { watch.end(found, of: look) }
        (current, found) = (nil, nil)
    }
}
