import Access
import Admin
import Cases
import Gateway
import Glibc
import Ledger
import Logging
import Metering
import NIOConcurrencyHelpers
import ServiceLifecycle
import Telemetry
import Upstreams
import Webhooks

extension Deployment {
    /// What watches the server while it runs: alarms, their delivery, the log of exchanges, and the metrics' own port.
    func watchers(_ reloader: Reloader) -> [any Service] {
        var services: [any Service] = [
            JournalWriter(journal: gateway.journal), WebhookService(desk: webhooks, backlog: backlog),
            AlarmService(
                webhooks: webhooks, serving: serving, ledger: ledger, cases: cases,
                disk: disk, reloader: reloader, log: log),
        ]
        if let port = settings.watching.metrics {
            let page = MetricsPage(
                gateway: gateway, serving: serving, ledger: ledger, meter: metering.meter, access: access,
                webhooks: webhooks, watch: watch)
            services.append(
                MetricsService(
                    host: port.host, port: port.port, token: port.token,
                    tls: port.certificate.isEmpty ? nil : (port.certificate, port.key), logger: log
                ) { await page.text() })
        }
        return services
    }
}

/// Looks at the figures once a second, and has those told that become alarms.
struct AlarmService: Service {
    let webhooks: WebhookDesk
    let serving: NIOLockedValueBox<GatewayServer?>
    let ledger: ExchangeLog
    let cases: CaseDesk
    let disk: DiskWatch
    let reloader: Reloader
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var alarms = Alarms()
            var round = 0
            while !Task.isCancelled {
                alarms.rules = await reloader.alarmRules
                let now = SystemTime.wall
                for event in alarms.take(await reading(withCases: round % 2 == 0, now), now: now) { tell(event) }
                round &+= 1
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func reading(withCases: Bool, _ now: Int64) async -> Alarms.Reading {
        var reading = Alarms.Reading()
        if let counts = try? await serving.withLockedValue({ $0 })?.counts() {
            reading.judged = counts.judged
            reading.refused = counts.refused
            reading.safeguards = counts.safeguardFailures
        }
        let lag = ledger.lag
        (reading.ledgerRecords, reading.ledgerBytes, reading.ledgerWait) = (lag.records, lag.bytes, lag.waiting)
        if case .failing = ledger.health { reading.isLedgerFailing = true }
        reading.disk = Alarms.Disk(disk.pressure)
        if withCases {
            reading.overdue = await cases.list(.appeal, onlyOpen: true).filter { $0.isOverdue(at: now) }.map {
                Alarms.Overdue(id: $0.id.text, opened: $0.opened, due: $0.due)
            }
        }
        return reading
    }

    private func tell(_ event: WebhookEvent) {
        webhooks.post(event)
        var facts: Logger.Metadata = ["event": "\(event.kind.rawValue)"]
        for (name, value) in event.facts {
            switch value {
            case .text(let text): facts[name] = "\(text)"
            case .number(let number): facts[name] = "\(number)"
            case .decimal(let number): facts[name] = "\(number)"
            }
        }
        log.warning("An alarm", metadata: facts)
    }
}

/// Writes the lines of exchanges that are over, a tenth of a second behind them, as the log's other lines are written.
struct JournalWriter: Service {
    let journal: ExchangeJournal

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                write()
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        // What ends while the server drains is told as well.
        try? await Task.sleep(for: .milliseconds(20))
        write()
    }

    func write() {
        let lines = journal.take()
        guard !lines.isEmpty else { return }
        var text = lines.map(\.json).joined()
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(2, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}

extension ExchangeLine {
    /// The line as JSON.
    var json: String {
        var line = "{\"time\":\(time),\"level\":\"info\",\"room\":\"gateway\",\"message\":\"Exchange\""
        let texts: [(String, String?)] = [
            ("decision", decision), ("route", route), ("model", model), ("organisation", organisation), ("key", key),
            ("outcome", outcome), ("error", error), ("trace_id", trace), ("span_id", span), ("parent_id", parent),
        ]
        for (name, value) in texts { if let value { line += ",\"\(name)\":\(JSONLogHandler.quoted(value))" } }
        line += ",\"ms\":\((milliseconds * 1_000).rounded() / 1_000)"
        if let input { line += ",\"input_tokens\":\(input)" }
        if let output { line += ",\"output_tokens\":\(output)" }
        return line + "}\n"
    }
}

extension Alarms.Disk {
    /// How the disk stood at the last look; nil if nothing is known of it.
    init?(_ pressure: DiskPressure) {
        guard pressure.total > 0 else { return nil }
        let level: Alarms.DiskLevel =
            switch pressure.level {
            case .ok: .enough
            case .low: .low
            case .full: .full
            }
        self.init(level: level, free: pressure.free, total: pressure.total)
    }
}

extension WebhookEvent {
    /// A model server went out or came back.
    init(_ report: UpstreamReport) {
        let isBack = report.isUp && report.breaker == .closed
        self.init(
            isBack ? .upstreamUp : .upstreamDown, at: SystemTime.wall,
            [
                "model": .text(report.model), "upstream": .text(report.address),
                "breaker": .text(report.breaker.rawValue), "health": .text(report.isUp ? "up" : "down"),
            ])
    }

    /// A share of a budget was passed.
    init(_ alarm: BudgetAlarm) {
        self.init(
            .budgetAlarm, at: SystemTime.wall,
            [
                "budget": .text("\(alarm.budget.id)"), "subject": .text(alarm.subject),
                "percent": .number(Int64(alarm.percent)), "spent": .text(Amount.text(alarm.spent)),
                "limit": .text(Amount.text(alarm.budget.limit)), "period": .text(alarm.budget.period.rawValue),
            ])
    }
}
