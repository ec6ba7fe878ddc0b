import Access
import Dialects
import Ledger
import Logging
import Metering
import NIOCore
import Safeguards
import Store

// Step 5: what was decided goes on record before anything leaves.
extension Exchange {
    /// Writes the admission to the ledger.
    ///
    /// - Returns: False if that failed: the client has then been told.
    func record(
        _ outcome: Admission.Decision, _ verdict: RequestVerdict, _ request: ModelRequest, _ body: ByteBuffer
    ) -> Bool {
        let sealed = commitment(to: body, verdict)
        var admission = Admission(
            decisionID: decision, time: decision.milliseconds, organisation: lease?.organisation.description ?? "",
            account: lease?.account.description ?? "", key: lease?.key.description ?? "",
            model: modelName ?? request.model,
            dialect: dialect.recorded, isStream: request.stream, decision: outcome,
            requestCommitment: sealed, constitutionHash: snapshot.releases.constitution,
            classifierHash: snapshot.releases.classifier, unjudged: request.sensitive.map(\.kind.rawValue),
            score: verdict.peak, endUser: lease?.endUser ?? "", charge: charge, permission: permission)
        admission.notes = verdict.notes + snapshot.notes + openNotes + curbNotes
        do throws(LedgerError) {
            mark = .now()
            let sequence = try enter(admission)
            self.sequence = sequence
            wasRecorded = true
            promise = gateway.promises?.header(sequence, sealed, at: decision.milliseconds)
            reservation?.markRecorded()
            return true
        } catch {
            failToRecord(error)
            return false
        }
    }

    /// The commitment to what the client sent: by its digest, where judging made that on the way.
    private func commitment(to body: ByteBuffer, _ verdict: RequestVerdict) -> SealedCommitment {
        // Of a request under a curb another body was judged.
        if let digest = verdict.digest, digest.count == body.readableBytes, lease?.curb == nil {
            return digest.commitment()
        }
        var commitment = Commitment(to: .request)
        body.withUnsafeReadableBytes { commitment.update($0) }
        return commitment.seal()
    }

    /// Hands an admission to the ledger; `reachedLedger` follows once it is as durable as the configuration promises.
    private func enter(_ admission: Admission) throws(LedgerError) -> UInt64 {
        isDurable = false
        guard gateway.waitsForDisk else {
            let sequence = try gateway.ledger.enter(admission)
            lane.write(sequence, of: self, after: .now() - mark)
            return sequence
        }
        let sequence = try gateway.ledger.admit(admission)
        lane.metrics.time(.ledger, .now() - mark)
        waitForDisk(sequence)
        return sequence
    }

    private func failToRecord(_ error: LedgerError) {
        gateway.log.error("The ledger cannot be written", metadata: ["reason": "\(error)"])
        isDurable = true
        fail(.ledger)
    }

    private func waitForDisk(_ sequence: UInt64) {
        let loop = lane.loop
        let bound = NIOLoopBound(self, eventLoop: loop)
        gateway.ledger.whenDurable(sequence) { error in
            loop.execute { bound.value.reachedLedger(error) }
        }
    }

    /// The admission is written, or on the disk where that is promised; or it cannot be.
    func reachedLedger(_ error: LedgerError?) {
        guard !isDone else { return }
        if let error { return failToRecord(error) }
        isDurable = true
        let waiting = afterDisk
        afterDisk = []
        for step in waiting { step() }
        drainBacklog()
    }

    func whenDurable(_ step: @escaping () -> Void) {
        if isDurable { step() } else { afterDisk.append(step) }
    }
}
