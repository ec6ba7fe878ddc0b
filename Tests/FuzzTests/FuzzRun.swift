import Foundation
import Testing

/// Numbers that are the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int.random(in: 0..<limit, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }
}

/// How much is fuzzed, and from where; an input is known by its target, the seed and its number.
///
/// - `SLUICE_FUZZ`: inputs in all targets together;
/// - `SLUICE_FUZZ_SEED`: another seed gives other inputs;
/// - `SLUICE_FUZZ_ONLY=target:number`: that input alone, printed first;
/// - `SLUICE_FUZZ_AT=folder`: where the number of the running input stands, so that it is known after a crash.
enum FuzzRun {
    private static let environment = ProcessInfo.processInfo.environment

    static let total: Int = {
        if let wanted = environment["SLUICE_FUZZ"].flatMap({ Int($0) }) { return wanted }
        #if DEBUG
            return 4_000
        #else
            return 20_000
        #endif
    }()

    static let seed = environment["SLUICE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    /// Whether memory is looked at: other tests use it too, unless this one runs alone.
    static let isLong = environment["SLUICE_FUZZ"] != nil
    private static let only = environment["SLUICE_FUZZ_ONLY"]
    private static let folder = environment["SLUICE_FUZZ_AT"]

    /// What an input may leave behind in a long run: arenas of the allocator, pages that were touched once.
    private static let allowedGrowth = 96 << 20

    /// Runs a target's share of all inputs; `body` gives what is wrong with one, or nil.
    ///
    /// - Returns: What is wrong, and how to see it again, of the first five; and whether memory grew.
    static func run(
        _ target: String, percent: Int, _ body: (_ random: inout SeededGenerator, _ shows: Bool) throws -> String?
    ) rethrows -> [String] {
        let count = max(1, total * percent / 100)
        let base = target.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        if let only {
            let parts = only.split(separator: ":")
            guard parts.count == 2, parts[0] == target, let number = UInt64(parts[1]) else { return [] }
            var random = SeededGenerator(base &+ number)
            return try body(&random, true).map { ["\(only): \($0)"] } ?? []
        }
        let mark = Mark(folder.map { "\($0)/\(target).at" })
        let began = ContinuousClock.now
        var (early, done, failures) = (0, 0, [String]())
        for number in 0..<UInt64(count) {
            mark.stand(at: number)
            done += 1
            if number == UInt64(count / 4) { early = residentBytes }
            var random = SeededGenerator(base &+ number)
            guard let wrong = try body(&random, false) else { continue }
            failures.append("SLUICE_FUZZ_SEED=\(seed) SLUICE_FUZZ_ONLY=\(target):\(number): \(wrong)")
            if failures.count == 5 { break }
        }
        guard isLong else { return failures }
        let (seconds, now) = (ContinuousClock.now - began, residentBytes)
        print("fuzz: \(target): \(done) inputs in \(seconds), \(now >> 20) MiB, \((now - early) >> 20) MiB more")
        if now - early >= allowedGrowth { failures.append("\(target): memory grows by \((now - early) >> 20) MiB") }
        return failures
    }

    private static var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}

/// The number of the running input, in a file that outlives a crash.
private final class Mark {
    private var place: UnsafeMutableRawPointer?

    init(_ path: String?) {
        guard let path else { return }
        let file = open(path, O_RDWR | O_CREAT, 0o644)
        guard file >= 0 else { return }
        defer { close(file) }
        guard ftruncate(file, 8) == 0, let place = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            place != MAP_FAILED
        else { return }
        self.place = place
    }

    func stand(at number: UInt64) { place?.storeBytes(of: number, as: UInt64.self) }

    deinit { if let place { munmap(place, 8) } }
}

/// Bytes as a person can read them.
func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
