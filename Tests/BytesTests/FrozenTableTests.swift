import Bytes
import Testing

@Suite struct FrozenTableTests {
    @Test func holdsWhatItWasGiven() {
        let table = FrozenTable([3, 1, 4] as [UInt32])
        let count = table.count
        let all = (0..<count).map { table[$0] }
        #expect(all == [3, 1, 4])
        let none = FrozenTable([] as [UInt32])
        let isEmpty = none.count == 0
        #expect(isEmpty)
    }

    @Test func scratchIsChangedInPlace() {
        let table = ScratchTable<UInt16>(repeating: 7, count: 3)
        table[1] = 9
        let all = (0..<table.count).map { table[$0] }
        #expect(all == [7, 9, 7])
    }
}
