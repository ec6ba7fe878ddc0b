import Admin
import ArgumentParser
import Foundation
import Upstreams

/// What holds the link of a guarded server outside the gateway.
struct LinkOptions: ParsableArguments {
    @Option(help: "The port that the model server listens on.")
    var port: UInt16

    @Option(help: "The gateway's addresses, as the model server sees them; may be repeated.")
    var gateway: [String]

    @Option(help: "Bytes that may pass before somebody has to explain them.")
    var margin: Int64 = 2 << 20

    @Option(help: "Bytes a second that may pass at most; none if left out.")
    var rate: Int64?

    @Option(help: "output on the model server's machine, forward on a router in between.")
    var hook = "output"

    @Option(help: "Further lines for the chain, such as 'tcp sport 22 accept'; may be repeated.")
    var allow: [String] = []

    func validate() throws {
        guard port > 0 else { throw ValidationError("--port must be 1 to 65535") }
        guard margin >= 65_536 else { throw ValidationError("--margin must be at least 65536 bytes") }
        guard ["output", "forward"].contains(hook) else { throw ValidationError("--hook must be output or forward") }
        guard (rate ?? 1) > 0 else { throw ValidationError("--rate must be positive") }
        for address in gateway where !Self.isAddress(address) {
            throw ValidationError("--gateway must be addresses or networks such as 10.0.0.7, not '\(address)'")
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6 || byte == 0x2E || byte == 0x3A || byte == 0x2F
            }
    }

    /// The rules, for `nft -f -`; they replace their own from before.
    var rules: String {
        let four = gateway.filter { !$0.contains(":") }
        let six = gateway.filter { $0.contains(":") }
        let pace =
            rate.map { "        limit rate over \($0) bytes/second burst \(max(65_536, margin / 4)) bytes drop\n" }
            ?? ""
        var ways = ""
        if !four.isEmpty {
            ways +=
                "        tcp sport \(port) ip daddr { \(four.joined(separator: ", ")) } ct direction reply jump held\n"
        }
        if !six.isEmpty {
            ways +=
                "        tcp sport \(port) ip6 daddr { \(six.joined(separator: ", ")) } ct direction reply jump held\n"
        }
        let more = allow.map { "        \($0)\n" }.joined()
        return """
            # The model server answers its gateway, within what is granted, and begins nothing itself.
            table inet sluice_egress
            delete table inet sluice_egress
            table inet sluice_egress {
                quota link { over \(margin) bytes }
                chain held {
            \(pace)        quota name "link" drop
                    accept
                }
                chain out {
                    type filter hook \(hook) priority filter; policy drop;
            \(ways)\(more)        meta l4proto ipv6-icmp icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
                }
            }

            """
    }
}

extension EgressCommand {
    struct Nftables: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print rules of nftables that hold a model server's link, whatever the gateway does.",
            discussion: """
                  sluice egress nftables --port 8000 --gateway 10.0.0.7 | sudo nft -f -

                The machine may then answer the gateway from that port, and send nothing else. After --margin bytes the link \
                closes; `sluice egress warden` opens it again as long as a gateway explains what has passed. Leave a way \
                in for yourself: --allow 'tcp sport 22 accept'. With --rate the link has a highest pace as well; the same \
                on a router without nftables:

                  tc qdisc replace dev eth0 root tbf rate 4mbit burst 64kb latency 100ms
                """)
        @OptionGroup var link: LinkOptions

        func run() { print(link.rules, terminator: "") }
    }

    struct Warden: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refill the margin of a held link as long as the gateway explains what has passed.",
            discussion: """
                Runs as root where the rules are, and knows nothing but two figures: what has passed (nft), and what the \
                gateway says it understood (its admin socket or port). With the gateway gone, or bytes that it cannot \
                explain, nothing is refilled and the link closes after --margin bytes. Starting the warden anew is how a \
                person opens it again.

                  sudo sluice egress warden --model r1 --margin 2097152
                  sudo sluice egress warden --model r1 --server https://gateway:9443
                """)
        @Option(help: "The guarded model's name.")
        var model: String
        @Option(help: "Its server as the settings name it, if it has several.")
        var address: String?
        @Option(help: "The margin of the rules.")
        var margin: Int64 = 2 << 20
        @Option(help: "What packets add to the bytes they carry, in percent.")
        var overhead: Int64 = 50
        @Option(help: "Milliseconds between two looks.")
        var interval: Int64 = 1_000
        @Option(help: "The program that sets the rules.")
        var nft = "nft"
        @OptionGroup var admin: AdminOptions

        func validate() throws {
            guard interval >= 10 else { throw ValidationError("--interval must be at least 10 milliseconds") }
            guard margin >= 65_536 else { throw ValidationError("--margin must be at least 65536 bytes") }
        }

        func run() async throws {
            var grant = LinkGrant(margin: margin, overhead: overhead)
            var wasClosed = false
            _ = try refill()
            while true {
                let explained = await explained()
                let used = try used()
                if grant.tick(explained: explained, used: used) { grant.note(try refill() - used) }
                let isClosed = used >= margin && (explained == nil || grant.debt(with: used) > margin)
                if isClosed != wasClosed {
                    let why = explained == nil ? "no gateway explains what passed" : "more passed than is explained"
                    say(isClosed ? "The link is closed: \(why)." : "The link is open.")
                }
                wasClosed = isClosed
                try await Task.sleep(for: .milliseconds(interval))
            }
        }

        private func say(_ text: String) {
            if admin.json {
                print("{\"link\":\"\(text)\"}")
            } else {
                print(text)
            }
            fflush(nil)
        }

        /// What the gateway understood of the server's link; nil if it does not say.
        private func explained() async -> Int64? {
            guard let list = await asked() else { return nil }
            return list.data.filter { $0.model == model && (address == nil || $0.address == address) }
                .reduce(0) { $0.addingReportingOverflow($1.explained).partialValue }
        }

        private func asked() async -> ListView<EgressView>? {
            if admin.server != nil {
                return try? await AdminOptions.quiet(admin).perform(.egress(.show), as: ListView<EgressView>.self)
            }
            // Where no server runs, nobody takes its lock for this.
            guard let client = try? admin.client(), (try? client.isAnswered) == true,
                let reply = try? client.perform(.egress(.show)), reply.status == 200
            else { return nil }
            return try? AdminOptions.decoded(ListView<EgressView>.self, reply)
        }

        /// Refills the margin.
        ///
        /// - Returns: The bytes that had passed by then.
        private func refill() throws -> Int64 {
            Self.used(in: try call(["reset", "quota", "inet", "sluice_egress", "link"]))
        }

        /// Bytes that passed since the last refill.
        private func used() throws -> Int64 {
            Self.used(in: try call(["list", "quota", "inet", "sluice_egress", "link"]))
        }

        private static func used(in text: String) -> Int64 {
            // `over 2097152 bytes used 512 bytes`, without `used` where that is nothing.
            let words = text.split(whereSeparator: { " \n\t".contains($0) })
            guard let place = words.firstIndex(of: "used"), place + 2 < words.count,
                let number = Int64(words[place + 1])
            else { return 0 }
            switch words[place + 2] {
            case "kbytes": return number * 1_024
            case "mbytes": return number * 1_024 * 1_024
            default: return number
            }
        }

        private func call(_ arguments: [String]) throws -> String {
            guard let done = ShortProgram.run([nft] + arguments) else {
                throw CommandFailure(description: "there is no program \(nft); install nftables, or name it with --nft")
            }
            guard done.code == 0 else {
                throw CommandFailure(
                    description:
                        "\(nft) failed: \(done.text.prefix(300)). Are the rules there (sluice egress nftables), as root?"
                )
            }
            return done.text
        }
    }
}
