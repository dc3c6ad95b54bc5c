import Bytes

/// Numbers that were found, each once. Made once per worker.
public final class Candidates {
    /// Found since the last ``reset()``, in order of discovery.
    public private(set) var ids: [UInt32] = []
    private var seen = ScratchTable<UInt32>(repeating: 0, count: 1024)
    private var round: UInt32 = 1

    public init() {}

    /// Forgets what was found; costs nothing.
    @inline(__always)
    public func reset() {
        if !ids.isEmpty { ids.removeAll(keepingCapacity: true) }
        round &+= 1
        if round == 0 {
            for index in 0..<seen.count { seen[index] = 0 }
            round = 1
        }
    }

    /// Whether it has been found since the last ``reset()``.
    @inline(__always)
    public func contains(_ id: UInt32) -> Bool { Int(id) < seen.count && seen[Int(id)] == round }

    @inline(__always)
    public func insert(_ id: UInt32) {
        let index = Int(id)
        if index >= seen.count { grow(index) }
        guard seen[index] != round else { return }
        seen[index] = round
        ids.append(id)
    }

    @inline(never)
    private func grow(_ index: Int) {
        let larger = ScratchTable<UInt32>(repeating: 0, count: max(index + 1, seen.count * 2))
        for index in 0..<seen.count { larger[index] = seen[index] }
        seen = larger
    }
}
