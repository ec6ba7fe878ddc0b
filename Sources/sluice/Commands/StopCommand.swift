import Admin
import ArgumentParser

/// What may be stopped.
enum StopKind: String, ExpressibleByArgument, CaseIterable {
    case all, model, category
}

/// `sluice stop`: the kill switch.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a model, a category of use, or everything, at once.",
        discussion: """
            Acts within a second, on new requests and on running streams, and stays until it is resumed, also over a \
            restart. It is written to the store before it acts, with who did it and when (`sluice stop` lists what is \
            stopped). Without a running server it is written all the same, and acts at the next start.

              sluice stop model r1 --reason "under investigation"
              sluice stop category biological_weapons
              sluice stop all
              sluice resume model r1

            A model's fallback chain does not lead to a stopped model. A stopped category is judged by the lowest bar that \
            rules may set (one in twenty ordinary requests): whatever comes near it is refused.
            """)

    @Argument(help: "all, model or category; without it, what is stopped is listed.")
    var kind: StopKind?

    @Argument(help: "The model's name (not an alias), or the category's identifier.")
    var name: String?

    @Option(help: "What clients are told.")
    var reason: String?

    @OptionGroup var admin: AdminOptions

    func validate() throws { try StopCommand.check(kind, name) }

    func run() async throws {
        guard let kind else {
            return show(
                try await admin.perform(.listStops, as: ListView<StopView>.self), nothing: "Nothing is stopped.")
        }
        let body = StopRequest(kind: kind.rawValue, name: name, reason: reason)
        show(try await admin.perform(.stop(body), as: ListView<StopView>.self), nothing: "Nothing is stopped.")
    }

    static func check(_ kind: StopKind?, _ name: String?) throws {
        switch kind {
        case .all where name != nil: throw ValidationError("'all' takes no name")
        case .model where name == nil: throw ValidationError("name the model")
        case .category where name == nil: throw ValidationError("name the category")
        default: return
        }
    }

    private func show(_ list: ListView<StopView>, nothing: String) {
        guard !admin.json else { return }
        StopView.show(list, nothing: nothing)
    }
}

/// `sluice resume`: takes a stop away.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Serve again what was stopped.",
        discussion: """
              sluice resume model r1
              sluice resume all

            `resume all` takes away the stop of everything, and leaves those of single models and categories.
            """)

    @Argument(help: "all, model or category.")
    var kind: StopKind

    @Argument(help: "The model's name, or the category's identifier.")
    var name: String?

    @OptionGroup var admin: AdminOptions

    func validate() throws { try StopCommand.check(kind, name) }

    func run() async throws {
        let body = StopRequest(kind: kind.rawValue, name: name)
        let list = try await admin.perform(.resume(body), as: ListView<StopView>.self)
        if !admin.json { StopView.show(list, nothing: "Nothing is stopped any more.") }
    }
}

/// `sluice reload`: the settings and rules, read anew by the running server.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Make the running server read its settings and rules anew, and say what came of it.",
        discussion: """
            The server does so by itself within a second of a change; this command waits for it and shows what is wrong, \
            line by line. Refused settings change nothing: those from before stay in force. The exit code is 1 then.

              sluice reload
            """)

    @OptionGroup var admin: AdminOptions

    func run() async throws {
        let client = try admin.client()
        guard try client.isAnswered else {
            throw CommandFailure(description: "No server runs on this directory; it reads its settings at the start.")
        }
        let reply = try client.perform(.reload)
        let text = String(decoding: reply.body, as: UTF8.self)
        guard let view = try? AdminOptions.decoded(ReloadView.self, reply) else {
            throw CommandFailure(description: "the server answered \(reply.status): \(text.prefix(500))")
        }
        if admin.json {
            print(text)
        } else {
            print(
                view.accepted
                    ? "The settings are in force." : "The settings are refused; those from before stay in force.")
            for note in view.notes { print("  \(note)") }
        }
        if !view.accepted { throw ExitCode(1) }
    }
}

extension StopView {
    fileprivate static func show(_ list: ListView<StopView>, nothing: String) {
        guard !list.data.isEmpty else { return print(nothing) }
        printTable(["stopped", "since", "reason"], list.data.map { ["\($0.kind) \($0.name)", $0.since, $0.reason] })
    }
}
