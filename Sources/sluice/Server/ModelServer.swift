import Foundation
import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// The embedded model server: a child process that is started, watched, started again if it ends, and stopped.
final class ModelServer: Service {
    private let command: [String]
    private let log: Logger
    private let process = NIOLockedValueBox<Process?>(nil)
    private let isStopping = NIOLockedValueBox(false)

    init(command: [String], log: Logger) {
        self.command = command
        self.log = log
    }

    /// Starts the child and waits until it says that it listens.
    func start(within limit: Duration = .seconds(60)) async throws {
        let output = Pipe()
        let child = Process()
        child.executableURL = URL(fileURLWithPath: command[0])
        child.arguments = Array(command.dropFirst())
        child.standardOutput = output
        child.standardError = FileHandle.nullDevice
        do { try child.run() } catch {
            throw StartProblem("cannot start the model server \(command[0]): \(error.localizedDescription)")
        }
        process.withLockedValue { $0 = child }
        let isReady = NIOLockedValueBox(false)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            if String(decoding: data, as: UTF8.self).contains("listening") { isReady.withLockedValue { $0 = true } }
        }
        let deadline = ContinuousClock.now + limit
        while !isReady.withLockedValue({ $0 }) {
            guard child.isRunning else {
                throw StartProblem("the model server ended with status \(child.terminationStatus) before it listened")
            }
            guard ContinuousClock.now < deadline else {
                throw StartProblem("the model server does not answer after \(limit)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(500))
                guard self.process.withLockedValue({ $0?.isRunning }) == false else { continue }
                self.log.error("The model server ended; starting it again")
                do { try await self.start() } catch {
                    self.log.error("The model server does not start", metadata: ["reason": "\(error)"])
                }
            }
        }
        stop()
    }

    /// Ends the child, at last by force.
    func stop() {
        guard let child = process.withLockedValue({ $0 }), child.isRunning else { return }
        child.terminate()
        for _ in 0..<100 where child.isRunning { usleep(20_000) }
        if child.isRunning { kill(child.processIdentifier, SIGKILL) }
        child.waitUntilExit()
    }
}
