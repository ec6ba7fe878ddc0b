import ArgumentParser
import Distillation
import Foundation

extension DistillCommand {
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask a suspect model for planted answers, with controls.",
            discussion: """
                With --cluster, --canaries is the file of `distillation.canaries`: the half of it that was planted for the \
                group is asked, and the other half, which a keyed lot left out, are the controls. Without it both files \
                are JSON Lines of {"prompt", "answer"}: canaries are answers that were planted in our model's output for \
                suspects, controls were made in the same way and planted nowhere. Each prompt is asked once; an answer \
                counts as known if it is in the reply. The p-value is that of Fisher's exact test: the probability that so \
                many canaries are known by chance. Asks an OpenAI-compatible server over plain HTTP, or takes replies that \
                were collected otherwise, with --replies. Ends with status 1 below --level.

                Example:
                  sluice distill test http://127.0.0.1:8000 --model suspect --canaries canaries.jsonl \\
                    --cluster clu_7Qd3… --key-file var/keys/distillation.key
                  sluice distill test http://127.0.0.1:8000 --model suspect --canaries c.jsonl --controls k.jsonl
                """)

        @Argument(help: "The server's base URL, http only.")
        var endpoint: String?
        @Option(help: "The model to ask for.")
        var model = "default"
        @Option(help: "The planted prompts and answers; with --cluster the file of `distillation.canaries`.")
        var canaries: String
        @Option(help: "The prompts and answers that were planted nowhere.")
        var controls: String?
        @Option(help: "The group whose answers bore canaries, clu_…")
        var cluster: String?
        @OptionGroup var key: Key
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

        func validate() throws {
            guard (cluster == nil) != (controls == nil) else {
                throw ValidationError("give --controls, or --cluster with the file of `distillation.canaries`")
            }
        }

        /// What was planted, and what was not.
        private func questions() throws -> (planted: [Question], unplanted: [Question]) {
            guard let cluster else { return (try rows(canaries), try rows(controls ?? "")) }
            let plan = try CanaryFile.read(canaries).plan(for: cluster, by: try key.hash)
            func half(_ isPlanted: Bool) -> [Question] {
                plan.filter { $0.isPlanted == isPlanted }.map {
                    Question(prompt: $0.canary.question, answer: $0.canary.mark)
                }
            }
            return (half(true), half(false))
        }

        func run() async throws {
            let (planted, unplanted) = try questions()
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
