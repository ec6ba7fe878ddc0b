import Dispatch
import Distillation
import Foundation
import Gateway
import Glibc
import Logging
import Synchronization
import Telemetry
import Threads

/// Watches the traffic of a running server on two threads of its own: one takes exchanges, one searches.
///
/// Neither waits for the gateway, nor the gateway for them: what does not fit between them is left out and counted.
final class TrafficWatcher: Sendable {
    /// What the desk is told.
    enum News: Sendable {
        case searched([Explanation])
        case recognised([TrafficIntake.Recognised])
    }

    /// What can be changed while it runs.
    struct Wishes: Sendable {
        /// Milliseconds between searches and between saves.
        var every: Int64
        var saveEvery: Int64
        /// The most accounts that are remembered.
        var accounts: Int
        /// The groups that new accounts are compared with, and who belongs to one already.
        var signatures: [String: CampaignSignature] = [:]
        var members: Set<String> = []
        /// Whether somebody wants a search now.
        var wantsLook = false
        var isStopped = false
    }

    /// What it has done.
    struct Figures: Sendable {
        var taken: UInt64 = 0
        var looks: UInt64 = 0
        var searchSeconds = 0.0
        var accounts = 0
        var campaigns = 0
        var recognised: UInt64 = 0
        var saves: UInt64 = 0
        var failedSaves: UInt64 = 0
        var forgotten: UInt64 = 0
        var isSearching = false
        /// The search that was last begun, and the last that is over.
        var begun: UInt64 = 0
    }

    let feed: TrafficFeed
    let news: AsyncStream<News>
    private let tell: AsyncStream<News>.Continuation
    private let folder: String
    let hash: KeyedHash
    private let organisations: @Sendable () -> [String: OrganisationRecord]
    private let log: Logger
    private let wishes: Mutex<Wishes>
    private let numbers = Mutex(Figures())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - folder: Where what is known is kept.
    ///   - organisations: What is known of organisations, asked before each search.
    init(
        feed: TrafficFeed, folder: String, hash: KeyedHash, wishes: Wishes, log: Logger,
        organisations: @escaping @Sendable () -> [String: OrganisationRecord]
    ) {
        (self.feed, self.folder, self.hash, self.log) = (feed, folder, hash, log)
        self.organisations = organisations
        self.wishes = Mutex(wishes)
        (news, tell) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(64))
    }

    /// What it has done so far.
    var figures: Figures { numbers.withLock { $0 } }

    /// Changes what it does from now on.
    func change(_ change: (inout Wishes) -> Void) {
        wishes.withLock { change(&$0) }
        wake.signal()
    }

    /// Reads what was kept and begins; the news come from now on.
    func start() throws {
        var traffic = TrafficSketch(hash: hash)
        var files = TrafficFiles(folder: folder)
        for problem in try files.load(into: &traffic) {
            log.error("A sketch of traffic was left out", metadata: ["reason": "\(problem)"])
        }
        feed.open()
        // Safe to hand over: it is the thread's alone from here on. A thread that was given the sketches would keep them twice, since
        // what it was begun with lives as long as it does.
        nonisolated(unsafe) let intake = TrafficIntake(traffic)
        let thread = Thread { [self, files] in
            run(intake, files)
            tell.finish()
            ended.signal()
        }
        thread.name = "traffic"
        thread.start()
    }

    /// Takes what still waits, writes it down, and ends.
    func stop() {
        change { $0.isStopped = true }
        ended.wait()
        feed.open(false)
    }

    // MARK: The thread that takes

    private func run(_ intake: TrafficIntake, _ kept: TrafficFiles) {
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
        Turns.giveWay()
        var files = kept
        let searcher = TrafficSearcher { [wake] in wake.signal() }
        var (looked, saved, comparedAt) = (moment, moment, moment)
        var lookedAt = -1
        while true {
            let wanted = wishes.withLock { wishes in
                defer { wishes.wantsLook = false }
                return wishes
            }
            var count: UInt64 = 0
            feed.take {
                intake.add($0)
                count += 1
            }
            numbers.withLock { [count, accounts = intake.watch.traffic.accounts.count] in
                $0.taken += count
                $0.accounts = accounts
            }
            if let (found, seconds) = searcher.result() { end(found, seconds, intake) }
            let now = moment
            if wanted.isStopped || now - saved >= wanted.saveEvery {
                save(intake, &files, wanted.accounts, mayForget: !searcher.isBusy)
                saved = now
            }
            if wanted.isStopped { break }
            let isDue = now - looked >= wanted.every && intake.watch.traffic.exchanges != lookedAt
            if wanted.wantsLook || isDue, !searcher.isBusy {
                lookedAt = intake.watch.traffic.exchanges
                looked = now
                numbers.withLock {
                    $0.isSearching = true
                    $0.begun += 1
                }
                searcher.search(intake.look(organisations()))
            } else if wanted.wantsLook {
                // Whoever asked gets a search that begins after they did.
                wishes.withLock { $0.wantsLook = true }
            }
            if now - comparedAt >= 1_000 {
                comparedAt = now
                let found = intake.recognise(wanted.signatures, except: wanted.members)
                if !found.isEmpty {
                    numbers.withLock { $0.recognised += UInt64(found.count) }
                    tell.yield(.recognised(found))
                }
            }
            _ = wake.wait(timeout: .now() + .milliseconds(50))
        }
        searcher.stop()
    }

    private func end(_ found: LiveLook.Found, _ seconds: Double, _ intake: TrafficIntake) {
        intake.end(found)
        numbers.withLock {
            $0.looks += 1
            $0.searchSeconds += seconds
            $0.campaigns = found.campaigns.count
            $0.isSearching = false
        }
        tell.yield(.searched(found.campaigns))
    }

    private func save(_ intake: TrafficIntake, _ files: inout TrafficFiles, _ most: Int, mayForget: Bool) {
        do {
            let forgets = mayForget && intake.forget(beyond: most)
            if forgets || files.wantsBase {
                _ = intake.takeInterval()
                try files.replace(with: intake.watch.traffic)
            } else if let interval = intake.takeInterval() {
                try files.append(interval)
            } else {
                return
            }
            numbers.withLock {
                $0.saves += 1
                if forgets { $0.forgotten += 1 }
            }
        } catch {
            numbers.withLock { $0.failedSaves += 1 }
            log.error("What is known of traffic cannot be written", metadata: ["reason": "\(error)"])
        }
    }

    /// Monotonic milliseconds.
    private var moment: Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }
}

/// Searches one moment after the other, on a thread of its own that gives way to every other.
private final class TrafficSearcher: Sendable {
    private struct State: Sendable {
        var job: LiveLook?
        var result: (LiveLook.Found, Double)?
        var isBusy = false
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    /// - Parameter done: Called when a search is over.
    init(done: @escaping @Sendable () -> Void) {
        let thread = Thread { [weak self] in
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
            guard let work = self?.work else { return }
            while true {
                work.wait()
                guard let job = self?.next() else { return }
                let began = DispatchTime.now().uptimeNanoseconds
                let found = job.search()
                self?.keep(found, Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9)
                done()
            }
        }
        thread.name = "campaigns"
        thread.start()
    }

    var isBusy: Bool { state.withLock { $0.isBusy } }

    func search(_ look: LiveLook) {
        state.withLock {
            $0.job = look
            $0.isBusy = true
        }
        work.signal()
    }

    func result() -> (LiveLook.Found, Double)? {
        state.withLock { state in
            guard let result = state.result else { return nil }
            state.result = nil
            state.isBusy = false
            return result
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    private func next() -> LiveLook? {
        state.withLock { state in
            defer { state.job = nil }
            return state.isStopped ? nil : state.job
        }
    }

    private func keep(_ found: LiveLook.Found, _ seconds: Double) {
        state.withLock { $0.result = (found, seconds) }
    }
}

extension TrafficWatcher {
    /// Writes what it has done.
    func write(to page: inout Exposition) {
        let figures = figures
        page.counter("sluice_watch_exchanges_total", "Exchanges that the watch for distillation took.", figures.taken)
        page.counter(
            "sluice_watch_lost_total", "Exchanges that it could not take, since it was too far behind.", feed.lost)
        page.gauge("sluice_watch_waiting", "Exchanges that wait for it.", feed.waiting)
        page.gauge("sluice_watch_accounts", "Accounts that it remembers.", figures.accounts)
        page.counter("sluice_watch_searches_total", "Searches for groups of accounts that are over.", figures.looks)
        page.gauge(
            "sluice_watch_search_seconds", "Seconds that all searches took together.",
            [.init([], figures.searchSeconds)])
        page.gauge("sluice_watch_campaigns", "Groups that the last search found.", figures.campaigns)
        page.counter(
            "sluice_watch_recognised_total", "Accounts that were recognised by a group's signature.", figures.recognised
        )
        page.counter("sluice_watch_saves_total", "Times that what is known was written down.", figures.saves)
        page.counter("sluice_watch_failed_saves_total", "Times that it could not be.", figures.failedSaves)
    }
}
