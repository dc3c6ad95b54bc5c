import Bytes

/// Numbers that were found, each once. Made once per worker.
public final class Candidates {
    private var ids = ScratchTable<UInt32>(repeating: 0, count: 1024)
    /// How many were found since the last ``reset()``.
    public private(set) var count = 0
    private var seen = ScratchTable<UInt32>(repeating: 0, count: 1024)
    private var round: UInt32 = 1

    public init() {}

    /// Forgets what was found; costs nothing.
    @inline(__always)
    public func reset() {
        count = 0
        round &+= 1
        if round == 0 {
            for index in 0..<seen.count { seen[index] = 0 }
            round = 1
        }
    }

    /// A number that was found; they stand in order of discovery.
    @inline(__always)
    public subscript(index: Int) -> Int { Int(ids[index]) }

    /// Whether it has been found since the last ``reset()``.
    @inline(__always)
    public func contains(_ id: UInt32) -> Bool { Int(id) < seen.count && seen[Int(id)] == round }

    @inline(__always)
    public func insert(_ id: UInt32) {
        let index = Int(id)
        if index >= seen.count { grow(index) }
        guard seen[index] != round else { return }
        seen[index] = round
        // There are as many places as numbers, and each is found once.
        ids[count] = id
        count &+= 1
    }

    @inline(never)
    private func grow(_ index: Int) {
        let larger = ScratchTable<UInt32>(repeating: 0, count: max(index + 1, seen.count * 2))
        for index in 0..<seen.count { larger[index] = seen[index] }
        let more = ScratchTable<UInt32>(repeating: 0, count: larger.count)
        seen = larger
        for index in 0..<count { more[index] = ids[index] }
        ids = more
    }
}
