import Access
import Admin
import ArgumentParser
import Foundation

/// `sluice key`: what a client presents.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make, list, rotate and revoke keys.",
        discussion: """
            A key's secret is printed once, when it is made, and kept nowhere. Alone on standard output, it goes where \
            you send it:

              SLUICE_KEY=$(sluice key create --org "Harbour Research" --model 'swift-*' --rpm 60 --expires 90d)
              sluice key rotate key_4fGh82kQzLm --overlap 24h
              sluice key revoke key_4fGh82kQzLm

            Revoking refuses new requests and ends the running ones within a second.
            """,
        subcommands: [Create.self, List.self, Show.self, Rotate.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a key and print its secret, this once.")
        @Option(help: "The organisation's name or identifier.") var org: String
        @Option(help: "The account's name or identifier.") var account = "default"
        @Option(help: "What the key is for.") var name = "key"
        @Option(help: "A model it may use, a trailing * for any ending; may be repeated. Without it: all.")
        var model: [String] = []
        @Option(
            help: "A route it may use: \(ScopedRoute.all.joined(separator: ", ")); may be repeated. Without it: all.")
        var route: [String] = []
        @Option(help: "When it expires, for example 90d, 24h or 30m. Without it: never.") var expires: Span?
        @OptionGroup var limits: LimitOptions
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = KeyRequest(
                organisation: org, account: account, name: name, models: model.isEmpty ? nil : model,
                routes: route.isEmpty ? nil : route, limits: limits.body, expiresIn: expires?.seconds)
            let issued = try await admin.perform(.createKey(body), as: IssuedKeyView.self)
            if !admin.json { issued.printSecret() }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys, without their secrets.")
        @Option(help: "Only those of this organisation, by name or identifier.") var org: String?
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let list = try await admin.perform(.listKeys(organisation: org), as: ListView<KeyView>.self)
            guard !admin.json else { return }
            let rows = list.data.map { key in
                [
                    key.id, key.hint, key.name, key.state, key.models?.joined(separator: " ") ?? "all",
                    key.expires ?? "never", key.lastUsed ?? "never",
                ]
            }
            printTable(["ID", "SECRET", "NAME", "STATE", "MODELS", "EXPIRES", "LAST USED"], rows)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one key, without its secret.")
        @Argument(help: "Its identifier, key_….") var key: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let view = try await admin.perform(.showKey(key), as: KeyView.self)
            if !admin.json { view.printAll() }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key that takes another's place.",
            discussion:
                "Both work during the overlap and share one set of limits. The new secret is printed, this once.")
        @Argument(help: "The identifier of the old key, key_….") var key: String
        @Option(help: "How long the old key goes on, for example 24h; 0s revokes it at once.")
        var overlap = Span(seconds: 86400)
        @Option(help: "When the new key expires. Without it: as the old one did.") var expires: Span?
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let body = RotationRequest(overlap: overlap.seconds, expiresIn: expires?.seconds)
            let issued = try await admin.perform(.rotateKey(key, body), as: IssuedKeyView.self)
            if !admin.json { issued.printSecret() }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse a key for ever, and end what runs on it.")
        @Argument(help: "Its identifier, key_….") var key: String
        @OptionGroup var admin: AdminOptions

        func run() async throws {
            let view = try await admin.perform(.revokeKey(key), as: KeyView.self)
            if !admin.json { view.printAll() }
        }
    }
}

extension KeyView {
    fileprivate func printAll() {
        print("\(id)  \(hint)  \(name)")
        print("  state         \(state)")
        print("  organisation  \(organisation)")
        print("  account       \(account)")
        print("  models        \(models?.joined(separator: " ") ?? "all")")
        print("  routes        \(routes?.joined(separator: " ") ?? "all")")
        print("  limits        \(limits.line)")
        print("  created       \(created)")
        print("  expires       \(expires ?? "never")")
        if let revoked { print("  revoked       \(revoked)") }
        if let replacedBy { print("  replaced by   \(replacedBy)") }
        print("  last used     \(lastUsed ?? "never")")
    }
}

extension IssuedKeyView {
    /// The secret on standard output, what there is to say about it on standard error.
    fileprivate func printSecret() {
        let end = key.expires.map { "expires \($0)" } ?? "never expires"
        FileHandle.standardError.write(
            Data("\(key.id) of \(key.organisation), \(end). Its secret, which is shown this once:\n".utf8))
        print(secret)
    }
}

extension Span {
    init(seconds: Int64) {
        self.seconds = seconds
    }

    var defaultValueDescription: String { "\(seconds / 3600)h" }
}
