import Access
import Cases
import Logging
import ServiceLifecycle

/// Closes cases whose time is over and forgets texts, once a minute.
struct CaseUpkeep: Service {
    let desk: CaseDesk
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do throws(CaseDesk.Problem) {
                    try await desk.maintain(at: SystemTime.wall)
                } catch {
                    log.error("Cases cannot be kept up", metadata: ["reason": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }
}
