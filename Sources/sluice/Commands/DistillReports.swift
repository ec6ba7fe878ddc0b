import ArgumentParser
import Distillation
import Foundation

extension DistillCommand {
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what ties the accounts of a campaign together.",
            discussion: """
                Scans the log again and explains one of the campaigns that 'scan' names: in words, with counts, a \
                timeline and, with --picture, a graph of who shares what. Ends with status 1 if there is none of that name.

                Example:
                  sluice distill explain campaign-1 log.jsonl.gz --orgs orgs.csv --picture campaign-1.svg
                """)

        @Argument(help: "The campaign, as 'scan' names it.")
        var cluster: String
        @Argument(help: "The log.")
        var log: String
        @OptionGroup var context: Context
        @Option(help: "Where a picture goes, as SVG.")
        var picture: String?
        @Flag(help: "Write one JSON object.")
        var json = false

        func run() async throws {
            var watch = TrafficWatch(try context.traffic(), organisations: try context.organisations())
            try ExchangeLogReader(path: log, isQuiet: false).feedOnce(&watch)
            guard let explanation = watch.explain(cluster) else {
                let count = watch.assessment.campaigns.count
                FileHandle.standardError.write(
                    Data("there is no '\(cluster)' in this log: it has \(count) campaigns, campaign-1 and so on\n".utf8)
                )
                throw ExitCode(1)
            }
            print(json ? explanation.json : explanation.lines.joined(separator: "\n"))
            if let picture { try writeFile(Data(explanation.svg.utf8), to: picture) }
        }
    }

    struct IndicatorsCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "indicators",
            abstract: "Share and use the signatures of campaigns, as STIX 2.1, hashes only.",
            subcommands: [Export.self, Check.self])

        struct Export: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Write the signatures of a log's campaigns as a STIX 2.1 bundle.",
                discussion: "The bundle has keyed hashes and counters: no text, account, organisation or address.")

            @Argument(help: "The log.")
            var log: String
            @OptionGroup var context: Context
            @Option(help: "Where the bundle goes; standard output if not given.")
            var out: String?

            func run() async throws {
                var watch = TrafficWatch(try context.traffic(), organisations: try context.organisations())
                try ExchangeLogReader(path: log, isQuiet: false).feedOnce(&watch)
                let names = watch.assessment.campaigns.indices.map { "campaign-\($0 + 1)" }
                let found = names.compactMap { name in watch.explain(name).map { (name, $0.signature) } }
                let now = Int64(Date().timeIntervalSince1970 * 1000)
                try writeFile(Data(Indicators.bundle(found, now: now).utf8), to: out)
            }
        }

        struct Check: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Look for the campaigns of a bundle among the accounts of a log.",
                discussion: """
                    Writes a line {"account_id", "indicator", "likeness"} for each account that looks like a member; \
                    likeness is about 1 for a member. Works on accounts with a few exchanges, so it recognises \
                    replacements early. The key must be the one of the export. Ends with status 1 when one was found.
                    """)

            @Argument(help: "The bundle.")
            var bundle: String
            @Argument(help: "The log.")
            var log: String
            @OptionGroup var key: Key
            @Option(help: "The least likeness to report, in 0…1.")
            var least = 0.7

            func run() async throws {
                let signatures = try load()
                var traffic = TrafficSketch(hash: try key.hash)
                guard signatures.allSatisfy({ $0.1.key == traffic.hash.fingerprint }) else {
                    throw CommandProblem("'\(bundle)' was made with another key; give that one with --key-file")
                }
                try ExchangeLogReader(path: log, isQuiet: false).each(hash: traffic.hash) { exchange, features in
                    traffic.add(exchange, features)
                }
                var hits = 0
                for sketch in traffic.accounts {
                    let likeness = signatures.map { ($0.0, $0.1.likeness(of: sketch)) }
                    guard let best = likeness.max(by: { $0.1 < $1.1 }), best.1 >= least else { continue }
                    hits += 1
                    let rounded = (best.1 * 1000).rounded() / 1000
                    let row = ["account_id": sketch.id, "indicator": best.0]
                    let text = row.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(json($0.value))" }
                    print("{\(text.joined(separator: ",")),\"likeness\":\(rounded)}")
                }
                if hits > 0 { throw ExitCode(1) }
            }

            private func json(_ text: String) -> String {
                let data = try? JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed)
                return String(decoding: data ?? Data("\"\"".utf8), as: UTF8.self)
            }

            private func load() throws -> [(String, CampaignSignature)] {
                guard let data = FileManager.default.contents(atPath: bundle),
                    let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                    object["type"] as? String == "bundle", let objects = object["objects"] as? [[String: Any]]
                else { throw CommandProblem("'\(bundle)' is no STIX bundle") }
                return try objects.compactMap { entry in
                    guard entry["type"] as? String == "indicator",
                        entry["pattern_type"] as? String == Indicators.patternType
                    else { return nil }
                    guard let pattern = entry["pattern"] as? String, let id = entry["id"] as? String else {
                        throw CommandProblem("'\(bundle)': an indicator lacks its id or pattern")
                    }
                    do throws(SketchError) {
                        return (id, try Indicators.signature(pattern: pattern))
                    } catch {
                        throw CommandProblem("'\(bundle)', \(id): \(error)")
                    }
                }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask a suspect model for planted answers, with controls.",
            discussion: """
                Both files are JSON Lines of {"prompt", "answer"}: canaries are answers that were planted in our model's \
                output for suspects, controls were made in the same way and planted nowhere. Each prompt is asked once; \
                an answer counts as known if it is in the reply. The p-value is that of Fisher's exact test: the \
                probability that so many canaries are known by chance. Asks an OpenAI-compatible server over plain HTTP, \
                or takes replies that were collected otherwise, with --replies. Ends with status 1 below --level.

                Example:
                  sluice distill test http://127.0.0.1:8000 --model suspect --canaries c.jsonl --controls k.jsonl
                """)

        @Argument(help: "The server's base URL, http only.")
        var endpoint: String?
        @Option(help: "The model to ask for.")
        var model = "default"
        @Option(help: "The planted prompts and answers.")
        var canaries: String
        @Option(help: "The prompts and answers that were planted nowhere.")
        var controls: String
        @Option(help: "Replies collected otherwise: JSON Lines of {\"prompt\", \"reply\"}.")
        var replies: String?
        @Option(help: "The level of significance.")
        var level = 0.001
        @Flag(help: "Write one JSON object.")
        var json = false

        private struct Question: Decodable {
            let prompt: String
            let answer: String
        }

        private struct Reply: Decodable {
            let prompt: String
            let reply: String
        }

        func run() async throws {
            let planted: [Question] = try rows(canaries)
            let unplanted: [Question] = try rows(controls)
            let ask = try asker()
            func known(_ questions: [Question]) throws -> Int {
                try questions.count { CanaryTest.knows(try ask($0.prompt), answer: $0.answer) }
            }
            let test: CanaryTest
            let (first, second) = (try known(planted), try known(unplanted))
            do throws(CanaryTest.Problem) {
                test = try CanaryTest(canaries: planted.count, known: first, controls: unplanted.count, known: second)
            } catch {
                throw CommandProblem("\(error)")
            }
            if json {
                print(
                    "{\"canaries\":\(test.canaries),\"canaries_known\":\(test.canariesKnown),\"controls\":\(test.controls),"
                        + "\"controls_known\":\(test.controlsKnown),\"p_value\":\(test.pValue)}")
            } else {
                print("canaries known: \(test.canariesKnown) of \(test.canaries)")
                print("controls known: \(test.controlsKnown) of \(test.controls)")
                print(String(format: "p-value: %.3g (one-sided, Fisher's exact test)", test.pValue))
            }
            if test.pValue < level { throw ExitCode(1) }
        }

        private func rows<Row: Decodable>(_ path: String) throws -> [Row] {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw CommandProblem("cannot read '\(path)'")
            }
            var rows: [Row] = []
            for (index, line) in data.split(separator: 0x0A).enumerated() {
                guard let row = try? JSONDecoder().decode(Row.self, from: Data(line)) else {
                    throw CommandProblem("'\(path)', line \(index + 1): this is not {\"prompt\": …} with its answer")
                }
                rows.append(row)
            }
            return rows
        }

        private func asker() throws -> (String) throws -> String {
            if let replies {
                let all: [Reply] = try rows(replies)
                let table = Dictionary(all.map { ($0.prompt, $0.reply) }, uniquingKeysWith: { first, _ in first })
                return { prompt in
                    guard let reply = table[prompt] else {
                        throw CommandProblem("'\(replies)' has no reply to '\(prompt.prefix(60))'")
                    }
                    return reply
                }
            }
            guard let endpoint else { throw ValidationError("give the server's URL, or replies with --replies") }
            let server = try PlainServer(endpoint)
            let model = model
            return { prompt in try server.reply(to: prompt, model: model) }
        }
    }
}

/// A model server over plain HTTP, asked one question at a time.
private struct PlainServer {
    private let host: String
    private let port: String
    private let path: String

    init(_ url: String) throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host else {
            throw CommandProblem("'\(url)' is no http:// URL; for other servers collect replies and give --replies")
        }
        self.host = host
        port = String(parts.port ?? 80)
        path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
    }

    func reply(to prompt: String, model: String) throws -> String {
        let body = try JSONSerialization.data(withJSONObject: [
            "model": model, "temperature": 0, "max_tokens": 256, "messages": [["role": "user", "content": prompt]],
        ])
        let head =
            "POST \(path)/v1/chat/completions HTTP/1.0\r\nHost: \(host)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        let answer = try exchange(Data(head.utf8) + body)
        guard let end = answer.range(of: Data("\r\n\r\n".utf8)),
            let object = try? JSONSerialization.jsonObject(with: answer[end.upperBound...]) as? [String: Any],
            let choice = (object["choices"] as? [[String: Any]])?.first,
            let content = (choice["message"] as? [String: Any])?["content"] as? String
        else {
            throw CommandProblem("\(host):\(port) did not give a chat completion; is it an OpenAI-compatible server?")
        }
        return content
    }

    private func exchange(_ request: Data) throws -> Data {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let address = found else {
            throw CommandProblem("cannot find the host '\(host)'")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(address.pointee.ai_family, address.pointee.ai_socktype, address.pointee.ai_protocol)
        guard descriptor >= 0 else { throw CommandProblem("cannot open a socket") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            throw CommandProblem("cannot connect to \(host):\(port)")
        }
        var rest = request[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw CommandProblem("\(host):\(port) closed the connection") }
            rest = rest.dropFirst(sent)
        }
        var answer = Data()
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while answer.count < 1 << 24 {
            let size = block.count
            let count = block.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, size, 0) }
            guard count >= 0 else { throw CommandProblem("\(host):\(port) did not answer within a minute") }
            if count == 0 { break }
            answer.append(contentsOf: block[0..<count])
        }
        return answer
    }
}
