import Access
public import Logging
public import Metering
public import ServiceLifecycle

/// Keeps metering in step while the server runs: adds up what the ledger has, saves checkpoints, tells of alarms.
public struct MeteringUpkeep: Service {
    private let service: MeteringService
    private let interval: Duration
    private let logger: Logger
    private let tell: @Sendable (BudgetAlarm) -> Void

    /// - Parameters:
    ///   - interval: Between two rounds: alarms come, and usage is on the disk, this late.
    ///   - tell: Hears of every share of a budget that was passed, beside the log.
    public init(
        service: MeteringService, every interval: Duration = .seconds(5), logger: Logger,
        tell: @escaping @Sendable (BudgetAlarm) -> Void = { _ in }
    ) {
        self.service = service
        self.interval = interval
        self.logger = logger
        self.tell = tell
    }

    /// Works until the service group shuts down, then once more.
    public func run() async throws {
        if service.opening.wasRebuilt {
            logger.warning("The checkpoint of usage was of another ledger; all of it was added up anew")
        }
        if service.opening.unfinished > 0 {
            logger.warning(
                "Exchanges without an end stay charged as reserved",
                metadata: ["count": "\(service.opening.unfinished)"])
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await round()
                try? await Task.sleep(for: interval)
            }
        }
        await round()
    }

    private func round() async {
        for alarm in service.meter.takeAlarms() {
            logger.warning(
                "A budget's alarm",
                metadata: [
                    "budget": "\(alarm.budget.id)", "subject": "\(alarm.subject)", "percent": "\(alarm.percent)",
                    "spent": "\(Amount.text(alarm.spent))", "limit": "\(Amount.text(alarm.budget.limit))",
                    "period": "\(alarm.budget.period.rawValue)",
                ])
            tell(alarm)
        }
        do {
            try await service.advance(now: SystemTime.wall)
        } catch {
            logger.warning("Usage could not be added up", metadata: ["error": "\(error)"])
        }
    }
}
