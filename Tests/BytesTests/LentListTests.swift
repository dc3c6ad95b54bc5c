import Bytes
import Testing

@Suite struct LentListTests {
    private final class Thing {
        let name: String
        init(_ name: String) { self.name = name }
    }

    @Test func lendsWhatItHolds() {
        var list = LentList([Thing("a"), Thing("b")])
        list.append(Thing("c"))
        var names: [String] = []
        for index in 0..<list.count { list.with(index) { names.append($0.name) } }
        #expect(names == ["a", "b", "c"])
        list.removeAll()
        list.append(Thing("d"))
        let count = list.count
        #expect(count == 1)
        list.with(0) { names = [$0.name] }
        #expect(names == ["d"])
    }

    @Test func whatIsTakenOutGoes() {
        weak var gone: Thing?
        var list = LentList<Thing>()
        do {
            let thing = Thing("a")
            gone = thing
            list.append(thing)
        }
        #expect(gone != nil)
        list.removeAll()
        #expect(gone == nil)
    }

    @Test func nothingGoesWhileItIsLent() async {
        await #expect(processExitsWith: .failure) {
            final class Holder { var list = LentList([Thing("a")]) }
            let holder = Holder()
            holder.list.with(0) { _ in holder.list.removeAll() }
        }
    }
}
