import Crypto
import Ledger
import Testing

@testable import Cases

@Suite("Appeals")
struct AppealTests {
    private static let body = Array(#"{"model":"m","messages":[]}"#.utf8)

    private func found(_ organisation: String = "org_a", refused: Bool = true) -> Appeal.Found {
        var commitment = Commitment(to: .request)
        commitment.update(Self.body)
        return Appeal.Found(
            organisation: organisation, rule: refused ? ("cyber", "secure") : nil, commitment: commitment.seal())
    }

    @Test("The refused text opens a case that carries what a reviewer needs")
    func taken() throws {
        let appeal = Appeal(decision: DecisionID(), text: Self.body, reason: "Teaching material")
        let one = try appeal.makeCase(found(), from: "org_a", opinion: .allows, now: 5)
        #expect(one.kind == .appeal)
        #expect(one.subject == appeal.decision.description)
        #expect(one.evidence.map(\.name) == ["rule", "text", "judged again"])
        #expect(one.evidence[0].value == "cyber/secure")
    }

    @Test("A forged text does not match its commitment")
    func forged() {
        let appeal = Appeal(decision: DecisionID(), text: Self.body + [0x20], reason: "r")
        #expect(throws: Appeal.Problem.otherText) {
            try appeal.makeCase(found(), from: "org_a", opinion: nil, now: 5)
        }
    }

    @Test("Another's decision is told like one that there is not")
    func strangers() {
        let appeal = Appeal(decision: DecisionID(), text: nil, reason: "r")
        #expect(throws: Appeal.Problem.unknownDecision) {
            try appeal.makeCase(found("org_b"), from: "org_a", opinion: nil, now: 5)
        }
        #expect(throws: Appeal.Problem.unknownDecision) {
            try appeal.makeCase(nil, from: "org_a", opinion: nil, now: 5)
        }
        #expect(throws: Appeal.Problem.nothingRefused) {
            try appeal.makeCase(found(refused: false), from: "org_a", opinion: nil, now: 5)
        }
    }

    @Test("A kept text opens with its key and for its owner, and with nothing else")
    func sealed() throws {
        let key = SymmetricKey(size: .bits256)
        let sealed = try SealedText(Self.body, for: "case_1", key: key)
        #expect(try sealed.open(for: "case_1", key: key) == Self.body)
        #expect(throws: SealedTextError.damaged) { try sealed.open(for: "case_2", key: key) }
        #expect(throws: SealedTextError.damaged) { try sealed.open(for: "case_1", key: SymmetricKey(size: .bits256)) }
        for index in sealed.bytes.indices {
            var bytes = sealed.bytes
            bytes[index] ^= 1
            #expect(throws: SealedTextError.damaged) { try SealedText(stored: bytes).open(for: "case_1", key: key) }
        }
        #expect(throws: SealedTextError.badKey) {
            try SealedText(Self.body, for: "case_1", key: SymmetricKey(size: .bits128))
        }
    }
}
