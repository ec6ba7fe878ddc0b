import Glibc
import Logging
import ServiceLifecycle
import Webhooks

/// Brings events to their receivers, and keeps what waits in a file, so that neither a stop nor a crash loses it.
struct WebhookService: Service {
    let desk: WebhookDesk
    let backlog: WebhookBacklogFile

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await desk.run() }
                group.addTask {
                    var saved: UInt64?
                    while !Task.isCancelled {
                        backlog.save(desk, unless: &saved)
                        try? await Task.sleep(for: .milliseconds(100))
                    }
                }
                await group.waitForAll()
            }
        }
        backlog.save(desk)
    }
}

/// The file of messages that wait for receivers: written anew, a tenth of a second after something has changed.
struct WebhookBacklogFile: Sendable {
    let path: String
    let log: Logger

    /// Hands the desk what waited when the process before this one ended.
    func restore(_ desk: WebhookDesk) {
        guard access(path, F_OK) == 0 else { return }
        guard let text = TextFile.read(path) else {
            return log.error("The messages that waited cannot be read", metadata: ["path": "\(path)"])
        }
        let (taken, lost) = desk.restore(text)
        log.notice("Messages go on waiting", metadata: ["messages": "\(taken)"])
        guard lost > 0 else { return }
        log.warning(
            "Messages are dropped: nobody of that name and address is told any more", metadata: ["messages": "\(lost)"])
    }

    /// Writes what waits, if that has changed since the revision that was written last.
    func save(_ desk: WebhookDesk, unless saved: inout UInt64?) {
        guard desk.revision != saved else { return }
        let backlog = desk.backlog
        if write(backlog.text) { saved = backlog.revision }
    }

    /// Writes what waits.
    func save(_ desk: WebhookDesk) {
        var never: UInt64?
        save(desk, unless: &never)
    }

    private func write(_ text: String?) -> Bool {
        guard let text else { return unlink(path) == 0 || errno == ENOENT }
        let draft = path + ".new"
        unlink(draft)
        guard TextFile.create(draft, text, secret: true), rename(draft, path) == 0 else {
            unlink(draft)
            return false
        }
        return true
    }
}
