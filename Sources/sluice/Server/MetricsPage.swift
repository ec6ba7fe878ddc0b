import Access
import ArgumentParser
import Crypto
import Foundation
import Gateway
import Ledger
import Metering
import NIOConcurrencyHelpers
import Safeguards
import Telemetry
import Webhooks

/// Everything that Prometheus is told, gathered when it asks.
struct MetricsPage: Sendable {
    let gateway: Gateway
    let serving: NIOLockedValueBox<GatewayServer?>
    let ledger: ExchangeLog
    let meter: SpendingMeter
    let access: AccessService
    let webhooks: WebhookDesk
    let watch: WatchDesk?

    /// The page.
    func text() async -> String {
        var page = Exposition()
        await writeBuild(to: &page)
        let counts = try? await serving.withLockedValue({ $0 })?.counts()
        (counts ?? GatewayCounts()).write(to: &page)
        gateway.writeStandings(to: &page)
        for (name, count) in gateway.tally.counts where name == "over_refusals_granted" {
            page.counter("sluice_over_refusals_granted_total", "Appeals that people granted.", count)
        }
        page.counter(
            "sluice_log_lines_dropped_total", "Lines of exchanges that nobody took in time.", gateway.journal.dropped)
        writeMoney(to: &page)
        writeLedger(to: &page)
        writeWebhooks(to: &page)
        await watch?.write(to: &page)
        ProcessFigures().write(to: &page)
        return page.text
    }

    private func writeBuild(to page: inout Exposition) async {
        let snapshot = gateway.snapshot
        page.gauge(
            "sluice_build_info", "Which program serves, by which rules: hashes in hexadecimal.",
            [
                .init(
                    [
                        ("version", Sluice.configuration.version), ("binary", await BuildHash.value),
                        ("constitution", Self.hex(snapshot.policy.constitutionHash)),
                        ("classifier", Self.hex(snapshot.classifierHash)),
                    ], 1)
            ])
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func writeMoney(to page: inout Exposition) {
        page.gauge("sluice_reservations_open", "Exchanges that hold a reservation of money.", meter.open)
        page.gauge(
            "sluice_reserved_amount", "What they hold together, in units of money.",
            [.init([], Double(meter.held) / Double(Amount.unit))])
        page.gauge("sluice_leases_open", "Exchanges that hold a place under limits.", access.gatekeeper.running)
        page.gauge("sluice_keys", "Keys that are known, revoked ones too.", access.keys().count)
        page.gauge("sluice_organisations", "Organisations.", access.organisations.count)
    }

    private func writeLedger(to page: inout Exposition) {
        let lag = ledger.lag
        var isWritable = true
        if case .failing = ledger.health { isWritable = false }
        page.gauge("sluice_ledger_writable", "Whether records can be written.", isWritable ? 1 : 0)
        page.gauge("sluice_ledger_lag_records", "Records that are not known to be on the disk.", lag.records)
        page.gauge("sluice_ledger_lag_bytes", "Their bytes.", lag.bytes)
        page.gauge(
            "sluice_ledger_lag_seconds", "How long the oldest of them has waited at most.",
            [.init([], Double(lag.waiting) / 1e9)])
        page.gauge(
            "sluice_ledger_last_commit_seconds", "Time since the last good sync; grows while nothing is written.",
            [.init([], Double(lag.sinceCommit) / 1e9)])
        page.gauge(
            "sluice_ledger_open_exchanges", "Admissions whose completion is still to come.", ledger.openExchanges)
    }

    private func writeWebhooks(to page: inout Exposition) {
        let reports = webhooks.reports
        page.gauge(
            "sluice_webhook_waiting", "Messages that wait for a receiver.",
            reports.map { .init([("receiver", $0.name)], $0.standing.waiting) })
        page.counter(
            "sluice_webhook_messages_total", "Messages, by what became of them; failed counts tries.",
            reports.flatMap { report in
                [
                    ("delivered", report.standing.delivered), ("failed", report.standing.failed),
                    ("given_up", report.standing.givenUp), ("dropped", report.standing.dropped),
                ].map { outcome, count in .init([("receiver", report.name), ("outcome", outcome)], count) }
            })
    }
}

/// The SHA-256 of the running program's file; reckoned once, when somebody first asks.
enum BuildHash {
    private static let task = Task.detached(priority: .utility) { () -> String in
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped) else {
            return "unknown"
        }
        return SHA256.hash(data: data).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    static var value: String { get async { await task.value } }
}
