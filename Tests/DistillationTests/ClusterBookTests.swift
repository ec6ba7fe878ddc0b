import Testing

@testable import Distillation

@Suite("Groups while traffic runs")
struct ClusterBookTests {
    /// A book that has taken what a watch found at some moments.
    private func take(
        _ watch: TrafficWatch, into book: inout ClusterBook, at now: Int64
    ) throws -> [ClusterBook.Change] {
        var watch = watch
        let found = watch.beginLive().search()
        watch.end(found)
        var number = book.clusters.count
        return book.take(found.campaigns, at: now, organisation: { "org-\($0)" }) {
            number += 1
            return "clu_\(number)"
        }
    }

    @Test("A group that grows stays one group, and its members stay known")
    func growth() throws {
        let traffic = Traffic(seed: 1)
        var book = ClusterBook()
        let early = traffic.watched(upTo: Traffic.begin + 130 * Traffic.hour)
        let late = traffic.watched()
        let first = try take(early, into: &book, at: 1)
        try #require(first.count == 1 && first[0].isNew)
        let before = try #require(book.clusters["clu_1"])
        let next = try take(late, into: &book, at: 2)
        #expect(book.clusters.count == 1)
        #expect(next.allSatisfy { !$0.isNew })
        let after = try #require(book.clusters["clu_1"])
        #expect(Set(before.members.keys).isSubset(of: after.members.keys))
        #expect(after.found == 1 && after.seen == 2)
        #expect(Set(after.members.keys).subtracting(traffic.campaign).isEmpty)
        #expect(after.families.count >= ClusterBook.leastFamilies)
        #expect(book.mayRespond(to: "clu_1"))
        let again = try take(late, into: &book, at: 3)
        #expect(again.isEmpty)
    }

    @Test("What a person let go is left alone by the rules, also when it is found again")
    func dismissed() throws {
        let watch = Traffic(seed: 1).watched()
        var book = ClusterBook()
        _ = try take(watch, into: &book, at: 1)
        book.limit("clu_1", ["limits"], byPerson: false)
        #expect(book.clusters["clu_1"]?.state == .limited)
        book.dismiss("clu_1")
        let again = try take(watch, into: &book, at: 2)
        #expect(again.isEmpty)
        #expect(book.clusters.count == 1 && book.clusters["clu_1"]?.measures == [])
        #expect(!book.mayRespond(to: "clu_1"))
        let isNew = book.recognise("new", of: "o", in: "clu_1", at: 3)
        #expect(!isNew)
    }

    @Test("A group of one organisation is always a person's")
    func oneOrganisation() throws {
        var watch = Traffic(seed: 1).watched()
        let found = watch.beginLive().search()
        watch.end(found)
        var book = ClusterBook()
        _ = book.take(found.campaigns, at: 1, organisation: { _ in "org" }, newID: { "clu_1" })
        #expect(book.clusters["clu_1"]?.families.count ?? 0 >= ClusterBook.leastFamilies)
        #expect(!book.mayRespond(to: "clu_1"))
    }

    @Test("Released accounts and customers under contract are not limited by the rules; a person may limit the latter")
    func exceptions() throws {
        var book = ClusterBook()
        _ = try take(Traffic(seed: 1).watched(), into: &book, at: 1)
        book.limit("clu_1", ["limits", "choices"], byPerson: false)
        let all = try #require(book.clusters["clu_1"]).limited { _ in false }
        let one = try #require(all.sorted().first)
        let two = try #require(all.sorted().last)
        let counts = (0..<2).map { _ in book.release("clu_1") { account, _ in account == one } }
        #expect(counts == [1, 0])
        let cluster = try #require(book.clusters["clu_1"])
        #expect(Set(cluster.limited { $0 == "org-\(two)" }) == Set(all).subtracting([one, two]))
        book.limit("clu_1", ["limits"], byPerson: true)
        #expect(Set(try #require(book.clusters["clu_1"]).limited { $0 == "org-\(two)" }) == Set(all).subtracting([one]))
        // A search that finds the released one again does not take it back.
        _ = try take(Traffic(seed: 1).watched(), into: &book, at: 2)
        #expect(book.clusters["clu_1"]?.members[one]?.isReleased == true)
    }

    @Test("An account that was only recognised leaves again unless a search finds it")
    func recognised() throws {
        let watch = Traffic(seed: 1).watched()
        var book = ClusterBook()
        _ = try take(watch, into: &book, at: 1)
        let taken = ["newcomer", "newcomer", "another"].map { book.recognise($0, of: "org-\($0)", in: "clu_1", at: 2) }
        #expect(taken == [true, false, true])
        let confirmed = book.confirm(account: "newcomer")
        #expect(confirmed == ["clu_1"])
        let changes = try take(watch, into: &book, at: 5 + ClusterBook.grace)
        #expect(changes.first?.left == 1)
        #expect(book.clusters["clu_1"]?.members["another"] == nil)
        #expect(book.clusters["clu_1"]?.members["newcomer"]?.isConfirmed == true)
    }

    @Test("Groups survive being written down")
    func coding() throws {
        var book = ClusterBook()
        _ = try take(Traffic(seed: 1).watched(), into: &book, at: 1)
        book.limit("clu_1", ["limits"], byPerson: true)
        let cluster = try #require(book.clusters["clu_1"])
        #expect(ClusterBook([cluster]).clusters["clu_1"] == cluster)
        #expect(cluster.state == .confirmed && cluster.organisations == cluster.members.count)
    }

    @Test("Without a campaign there is no group")
    func none() throws {
        var book = ClusterBook()
        let changes = try take(Traffic(seed: 11, members: 0).watched(), into: &book, at: 1)
        #expect(changes.isEmpty && book.clusters.isEmpty)
    }

    @Test("A sketch that forgets keeps those who were active last, and merges on as before")
    func forgetting() {
        let lines = Traffic(seed: 7).lines
        let whole = Traffic.sketch(lines)
        let kept = whole.keeping(50)
        #expect(kept.accounts.count == 50 && kept.exchanges == whole.exchanges)
        let oldest = kept.accounts.map(\.last).min() ?? 0
        let gone = Set(whole.accounts.map(\.id)).subtracting(kept.accounts.map(\.id))
        #expect(whole.accounts.filter { gone.contains($0.id) }.allSatisfy { $0.last <= oldest })
        for sketch in kept.accounts { #expect(whole.accounts.contains(sketch)) }
        #expect(whole.keeping(1 << 20).accounts.count == whole.accounts.count)
        #expect(whole.keeping(0).accounts.isEmpty)
    }
}
