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
    private(set) var times = Times()

    /// Processor time in seconds: unpacking the file, taking exchanges (parsing, hashing, sketching), and looking.
    struct Times {
        var reading = 0.0
        var taking = 0.0
        var looking = 0.0
    }

    init(path: String, isQuiet: Bool) {
        self.path = path
        self.isQuiet = isQuiet
    }

    /// Feeds a watch; while one thread reads on, others look.
    func feed(_ watch: inout TrafficWatch) throws {
        let hash = watch.traffic.hash
        let looking = LookingAhead()
        try each(hash: hash) { exchange, features in
            guard watch.takeOnly(exchange, features) else { return }
            looking.makeRoom(&watch)
            looking.start(watch.begin())
        }
        looking.start(watch.begin())
        looking.finish(&watch)
        times.looking = looking.seconds
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
        let processor = threadSeconds()
        var problem: ReadingError?
        do throws(ReadingError) {
            let source = try LineSource(path: path)
            let size = source.size
            let showsBar = !isQuiet && isatty(STDERR_FILENO) == 1 && size > 0
            var features = PromptFeatures(hash: hash)
            var parser = ExchangeParser()
            let ahead = ReadAhead(source)
            while let block = try ahead.next() {
                _ = block.forEach { number, bytes in
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
                    return true
                }
                if showsBar { bar(block.bytesRead, of: size) }
            }
            if showsBar { say("\r\u{1B}[K") }
            times.reading = ahead.seconds
        } catch {
            problem = error
        }
        spent = clock.now - begin
        times.taking = threadSeconds() - processor
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
        text += String(
            format: "processor time: %.1f s to unpack, %.1f s to take (%.0f a second), %.1f s to look\n", times.reading,
            times.taking, Double(lines) / max(times.taking, 1e-9), times.looking)
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
