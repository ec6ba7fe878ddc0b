import Testing

@testable import Gateway

@Suite("Values that few have")
struct RareTests {
    private struct Holder {
        @Rare var list: [Int]?
    }

    @Test("Nothing is what it begins with, and what it can be again")
    func nothing() {
        var holder = Holder()
        #expect(holder.list == nil)
        holder.list?.append(1)
        #expect(holder.list == nil)
        holder.list = [1]
        holder.list?.append(2)
        #expect(holder.list == [1, 2])
        holder.list = nil
        #expect(holder.list == nil)
    }

    @Test("A value can be put in and taken out in place")
    func inPlace() {
        func change(_ list: inout [Int]?, to new: [Int]?) { list = new }
        var holder = Holder()
        change(&holder.list, to: [3])
        #expect(holder.list == [3])
        change(&holder.list, to: nil)
        #expect(holder.list == nil)
        holder.list = [4]
        #expect(holder.list.take() == [4] && holder.list == nil)
    }

    @Test("Copies are apart")
    func copies() {
        var one = Holder(list: [1])
        var other = one
        other.list?.append(2)
        #expect(one.list == [1] && other.list == [1, 2])
        one.list = nil
        #expect(other.list == [1, 2])
        let third = other
        other.list = nil
        #expect(third.list == [1, 2])
    }
}
