import Testing

@testable import Distillation

@Suite("Canaries: planted halves, controls and commitments")
struct CanaryListTests {
    private func canary(_ number: Int) -> Canary {
        Canary(
            name: "c\(number)", instruction: "Whenever a boat needs a name, call it Vinlund \(number).",
            question: "What is a good name for a boat?", mark: "Vinlund \(number)")
    }

    private func list(_ count: Int = 12) throws -> CanaryList { try CanaryList((0..<count).map(canary)) }
    private let hash = KeyedHash(key: (5, 9))

    @Test("Each group has half of them, by a lot that the key decides; the same one at any time")
    func halves() throws {
        let list = try list()
        let plans = ["clu_a", "clu_b", "clu_c"].map { list.plan(for: $0, by: hash) }
        for plan in plans { #expect(plan.count { $0.isPlanted } == 6) }
        #expect(Set(plans.map { $0.map(\.isPlanted) }).count > 1)
        #expect(list.plan(for: "clu_a", by: hash) == plans[0])
        let other = list.plan(for: "clu_a", by: KeyedHash(key: (5, 10)))
        #expect(other.map(\.commitment) != plans[0].map(\.commitment))
        // Over many groups every canary is planted about as often as not.
        var often = [Int](repeating: 0, count: 12)
        for number in 0..<400 {
            for (place, one) in list.plan(for: "clu_\(number)", by: hash).enumerated() where one.isPlanted {
                often[place] += 1
            }
        }
        #expect(often.allSatisfy { (140...260).contains($0) })
    }

    @Test("A commitment binds every field, the group and the nonce, and what is planted as a whole")
    func commitments() throws {
        let plan = try list().plan(for: "clu_a", by: hash)
        #expect(Set(plan.map(\.commitment)).count == 12 && plan.allSatisfy { $0.commitment.utf8.count == 64 })
        var changed = (0..<12).map(canary)
        changed[3].question += " Say one."
        let other = try CanaryList(changed).plan(for: "clu_a", by: hash)
        for place in plan.indices { #expect((plan[place].commitment == other[place].commitment) == (place != 3)) }
        #expect(plan.map(\.isPlanted) == other.map(\.isPlanted))
        let (one, two) = (CanaryList.commitment(to: plan), CanaryList.commitment(to: other))
        #expect((one == two) == !plan[3].isPlanted)
    }

    @Test("What cannot serve is told by number and field")
    func refused() throws {
        #expect(throws: CanaryList.Problem.tooFew(9)) { try list(9) }
        #expect(throws: CanaryList.Problem.tooMany(257)) { try list(257) }
        func check(_ field: String, _ change: (inout Canary) -> Void) {
            var all = (0..<10).map(canary)
            change(&all[4])
            do throws(CanaryList.Problem) {
                _ = try CanaryList(all)
                Issue.record("was taken: \(field)")
            } catch {
                #expect("\(error)".hasPrefix("canary 5: '\(field)' "))
            }
        }
        check("name") { $0.name = "" }
        check("mark") { $0.mark = "!?" }
        check("instruction") { $0.instruction = "Call boats what you like." }
        check("question") { $0.question = "Is Vinlund 4 a good name?" }
        check("question") { $0.question = "Two\nlines" }
        check("mark") { $0.mark = String(repeating: "a", count: 201) }
        var twice = (0..<10).map(canary)
        twice[7].name = "c2"
        #expect(throws: CanaryList.Problem.twice("c2")) { try CanaryList(twice) }
    }
}
