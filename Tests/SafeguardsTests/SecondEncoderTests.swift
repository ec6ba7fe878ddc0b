import Encoder
import Testing

@testable import Safeguards

@Suite("The second encoder in the sum")
struct SecondFusionTests {
    private static let fusion = SecondHeads.Fusion(
        line: 2, weight: 0.5, foreignWeight: 2, offset: 1, foreignOffset: 3, chineseOffset: 0.25,
        requests: ThresholdTable(budgets: [0.01, 0.001], scores: [3, 5]))

    @Test("What was asked about ranks above what was not, and what was not read whole is never cleared")
    func ranks() {
        for own in stride(from: Float(-40), through: 40, by: 0.5) {
            for sum in stride(from: Float(2.01), through: 30, by: 0.7) {
                #expect(Self.fusion.sum(sum, own, isForeign: false, isWhole: true) >= Self.fusion.line)
                #expect(Self.fusion.sum(sum, own, isForeign: false, isWhole: false) >= sum)
                #expect(Self.fusion.sum(sum, own, isForeign: true, isWhole: false) >= sum)
            }
        }
        #expect(Self.fusion.sum(4, 2, isForeign: false, isWhole: true) == 5.5)
        #expect(Self.fusion.sum(-4, 2, isForeign: true, isWhole: true) == 6)
        #expect(Self.fusion.sum(4, -30, isForeign: false, isWhole: true) == 2)
        #expect(Self.fusion.sum(4, -30, isForeign: true, isWhole: true) == -50)
    }

    @Test("A higher score of its own never gives a lower sum")
    func rises() {
        for isForeign in [false, true] {
            for isWhole in [false, true] {
                let sums = stride(from: Float(-20), through: 20, by: 0.25).map {
                    Self.fusion.sum(3, $0, isForeign: isForeign, isWhole: isWhole)
                }
                let isRising = zip(sums, sums.dropFirst()).allSatisfy { $0 <= $1 }
                #expect(isRising)
            }
        }
    }

    @Test(
        "A language that the first encoder cuts into many more pieces is one that it can't read",
        arguments: [
            ("mto ulikuwa mtulivu", 12, 8, true), ("the river was calm", 8, 8, false), ("short", 7, 2, false),
            ("河水很平静，磨坊停了下来。", 20, 10, false), ("নদী শান্ত ছিল", 30, 9, true),
        ])
    func foreign(_ text: String, _ first: Int, _ second: Int, _ expected: Bool) {
        #expect(SecondReading.isForeign(Array(text.utf8), firstPieces: first, secondPieces: second) == expected)
    }

    @Test("Of a long text both ends are read", arguments: [0, 1, 8192, 8193, 100_000])
    func ends(_ count: Int) {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 40) }
        let (bytes, isCut) = text.withUnsafeBufferPointer { SecondReading.bytes(of: $0) }
        #expect(isCut == (count > 8192))
        #expect(bytes.count <= 8193)
        #expect(bytes.first == text.first && bytes.last == text.last)
    }
}

@Suite("The second encoder's heads")
struct SecondHeadsTests {
    private static func heads() -> SecondHeads {
        var state: UInt64 = 3
        func draw() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int64(state >> 40) % 512 - 256) / 256
        }
        let shape = HeadShape(first: 64, second: 32)
        let used = TransformerEncoder.width * shape.first
        let members = (0..<2).map { _ in
            Head(shape, (0..<shape.count).map { used..<shape.offsets[1] ~= $0 ? 0 : draw() })
        }
        return SecondHeads(
            members: members,
            fusion: SecondHeads.Fusion(
                line: 1.5, weight: 0.75, foreignWeight: 2, offset: -1, foreignOffset: 3, chineseOffset: 0.5,
                requests: ThresholdTable(budgets: [0.01, 0.001], scores: [3, 5])),
            scaling: .init(
                means: (0..<TransformerEncoder.width).map { _ in draw() / 10 },
                spreads: (0..<TransformerEncoder.width).map { _ in abs(draw()) / 20 + 0.01 }),
            encoderHash: [UInt8](repeating: 1, count: 32), headsHash: [UInt8](repeating: 2, count: 32),
            linearHash: [UInt8](repeating: 3, count: 32), note: "a note")
    }

    @Test("What is written is read again, number by number")
    func roundTrip() throws {
        let heads = Self.heads()
        let read = try SecondHeads(file: heads.encoded(), hash: [9])
        #expect(read.fusion == heads.fusion && read.scaling == heads.scaling)
        #expect((read.note, read.hash, read.headsHash) == (heads.note, [9], heads.headsHash))
        #expect(read.encoderHash == heads.encoderHash && read.linearHash == heads.linearHash)
        for (one, other) in zip(read.members, heads.members) {
            #expect(one.shape == other.shape)
            #expect((0..<one.shape.count).allSatisfy { one.weights[$0] == other.weights[$0] })
        }
        #expect(read.encoded() == heads.encoded())
    }

    @Test("A file cut short, damaged or of another kind is refused or read, and never traps")
    func hostile() throws {
        let file = Self.heads().encoded()
        for length in [0, 7, 8, 100, 104, 150, 3000, file.count - 1] {
            #expect(throws: SafeguardError.self) { try SecondHeads(file: Array(file.prefix(length)), hash: []) }
        }
        #expect(throws: SafeguardError.self) { try SecondHeads(file: file + [0], hash: []) }
        var state: UInt64 = 17
        for _ in 0..<200 {
            var damaged = file
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                damaged[Int(state >> 33) % 4000] ^= UInt8(truncatingIfNeeded: state >> 20)
            }
            _ = try? SecondHeads(file: damaged, hash: [])
        }
        var endless = file
        (endless[file.count - 2], endless[file.count - 1]) = (0x80, 0x7F)
        #expect(throws: SafeguardError.badField("weights")) { try SecondHeads(file: endless, hash: []) }
    }

    @Test("Scaling takes the mean and the spread out and leaves zeros behind")
    func scaling() {
        let scaling = SecondHeads.Scaling(
            means: [Float](repeating: 0.5, count: 384), spreads: [Float](repeating: 0.25, count: 384))
        let out = UnsafeMutablePointer<Float>.allocate(capacity: HeadShape.input)
        defer { out.deallocate() }
        out.initialize(repeating: 7, count: HeadShape.input)
        scaling.apply([Float](repeating: 0.75, count: 384), to: out)
        #expect((0..<384).allSatisfy { abs(out[$0] * HeadShape.scale - 1) < 1e-5 })
        #expect((384..<HeadShape.input).allSatisfy { out[$0] == 0 })
    }
}
