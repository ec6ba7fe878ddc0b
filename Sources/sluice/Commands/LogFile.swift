import Foundation
import Ledger
import Transparency

/// What the commands of the log read: keys, policies, notes, and logs in a folder or behind a URL.
enum LogFile {
    /// The bytes of a file.
    ///
    /// - Throws: `CommandProblem` naming the file.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandProblem("cannot read '\(path)'")
        }
        return [UInt8](data)
    }

    /// A signing key.
    static func signer(_ path: String) throws -> NoteSigner {
        let text = String(decoding: try bytes(path), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            return try NoteSigner(secret: text)
        } catch {
            throw CommandProblem("'\(path)': \(error); 'sluice log key NAME' makes one")
        }
    }

    /// A policy; or one that trusts a log's key and asks for no witness.
    static func policy(_ path: String?, key: String?) throws -> WitnessPolicy {
        if let path {
            do {
                return try WitnessPolicy(String(decoding: try bytes(path), as: UTF8.self))
            } catch let error as NoteError {
                throw CommandProblem("'\(path)': \(error)")
            }
        }
        guard let key else {
            throw CommandProblem("say whom you trust: --policy FILE, or --log-key VKEY for a log alone")
        }
        return WitnessPolicy(log: try VerifierKey(key))
    }

    /// The files of a log in a directory or behind an http URL.
    static func files(_ place: String) throws -> LogFiles {
        guard place.hasPrefix("http://") || place.hasPrefix("https://") else {
            guard FileManager.default.fileExists(atPath: place + "/checkpoint") else {
                throw CommandProblem("'\(place)' holds no log: there is no 'checkpoint' in it")
            }
            return LogFiles { path in
                FileManager.default.contents(atPath: place + "/" + path).map { [UInt8]($0) }
            }
        }
        let base = place.hasSuffix("/") ? String(place.dropLast()) : place
        return LogFiles { path in
            let answer = try HTTPCall.get(base + "/" + path)
            switch answer.status {
            case 200: return answer.body
            case 404, 410: return nil
            default: throw CommandProblem("'\(base)/\(path)' answers with status \(answer.status)")
            }
        }
    }

    /// The day of a date like 2026-11-22, counted from 1970-01-01.
    static func day(_ text: String) -> UInt32? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(year: year, month: month, day: day)
        guard components.isValidDate(in: calendar), let date = calendar.date(from: components) else { return nil }
        return UInt32(exactly: Int(date.timeIntervalSince1970) / 86_400)
    }

    /// A date like 2026-11-22.
    static func date(_ day: UInt32) -> String {
        String(Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601.year().month().day()))
    }

    /// The time of a leaf, to ten minutes.
    static func time(_ slot: UInt32) -> String {
        Date(timeIntervalSince1970: Double(TimeSlot.start(of: slot))).formatted(.iso8601)
    }
}
