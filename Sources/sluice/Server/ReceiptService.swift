import Dialects
import Foundation
import Gateway
import Ledger
import NIOCore
import Transparency

/// Gives receipts to those who were decided on, and the public log's files to everybody.
///
/// One at a time: it reads files, and that must not become a way to keep the disk busy.
actor ReceiptService {
    private let server: ServerLog
    private var maker: ReceiptMaker

    init(_ server: ServerLog, ledger: String) {
        self.server = server
        maker = ReceiptMaker(ledger: ledger, files: server.log.tiles.files, patience: 2)
    }

    /// The answer to a caller.
    func answer(_ call: ReceiptCall) -> Reply {
        do {
            switch call {
            case .receipt(let text, let organisation): return try receipt(text, organisation)
            case .promise(let text, let organisation):
                let (sequence, admission) = try find(text, organisation)
                return Self.note(200, try promise(sequence, admission), [])
            case .file(let path): return try file(path)
            }
        } catch let error as Refused {
            return Self.error(error)
        } catch LedgerError.unfinishedSearch {
            var reply = Self.error(Refused(503, "searching", "the decision is still being looked for; ask again"))
            reply.headers.append(("retry-after", "1"))
            return reply
        } catch {
            return Self.error(Refused(503, "unavailable", "the log cannot be read; try again"))
        }
    }

    private func find(_ text: String, _ organisation: String) throws -> (UInt64, Admission) {
        guard let decision = DecisionID(text) else {
            throw Refused(
                400, "invalid_request", "'\(text.prefix(60))' is no decision id, as in the header x-sluice-decision")
        }
        // Another organisation's decisions are not told apart from those that never were.
        guard let (sequence, admission) = try maker.admission(decision), admission.organisation == organisation else {
            throw Refused(404, "unknown_decision", "there is no such decision of yours")
        }
        return (sequence, admission)
    }

    /// The proof; before there is one, the signed promise of it.
    private func receipt(_ text: String, _ organisation: String) throws -> Reply {
        let (sequence, admission) = try find(text, organisation)
        guard let receipt = try maker.receipt(of: admission.decisionID) else {
            return Self.note(202, try promise(sequence, admission), [("retry-after", "1")])
        }
        return Self.text(200, receipt.text, [("cache-control", "no-store")])
    }

    private func promise(_ sequence: UInt64, _ admission: Admission) throws -> SignedNote {
        let promise = server.terms.promise(
            sequence, admission.requestCommitment, at: admission.decisionID.milliseconds, decision: admission.decisionID
        )
        guard let note = promise.signed(by: server.signer) else {
            throw Refused(503, "unavailable", "the promise cannot be signed")
        }
        return note
    }

    /// A file of the log: the checkpoint, a tile, a bundle, or the key's public half.
    private func file(_ path: String) throws -> Reply {
        let open = ("access-control-allow-origin", "*")
        if path == "key" { return Self.text(200, server.signer.key.description + "\n", [open]) }
        let isTile = TilePath(path) != nil
        guard isTile || path == "checkpoint" else { throw Refused(404, "not_found", "the log has no such file") }
        guard let bytes = FileManager.default.contents(atPath: server.settings.directory + "/" + path) else {
            throw Refused(404, "not_found", "the log has no such file")
        }
        let caching = isTile ? "public, max-age=31536000, immutable" : "no-cache"
        return Reply(
            status: 200,
            headers: [
                ("content-type", isTile ? "application/octet-stream" : "text/plain; charset=utf-8"),
                ("cache-control", caching), open,
            ], body: ByteBuffer(bytes: bytes))
    }

    private static func note(_ status: Int, _ note: SignedNote, _ headers: [(String, String)]) -> Reply {
        text(status, note.description, headers + [("cache-control", "no-store")])
    }

    private static func text(_ status: Int, _ text: String, _ headers: [(String, String)]) -> Reply {
        Reply(
            status: status, headers: [("content-type", "text/plain; charset=utf-8")] + headers,
            body: ByteBuffer(string: text))
    }

    private static func error(_ error: Refused) -> Reply {
        let kind = error.status < 500 ? "invalid_request_error" : "server_error"
        let body = LeafText.object([
            (
                "error",
                LeafText.object([
                    ("type", LeafText.quoted(kind)), ("code", LeafText.quoted(error.code)), ("param", "null"),
                    ("message", LeafText.quoted(error.message)),
                ])
            )
        ])
        return Reply(
            status: error.status, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: ByteBuffer(string: body))
    }

    private struct Refused: Error {
        let status: Int
        let code: String
        let message: String

        init(_ status: Int, _ code: String, _ message: String) {
            (self.status, self.code, self.message) = (status, code, message)
        }
    }
}
