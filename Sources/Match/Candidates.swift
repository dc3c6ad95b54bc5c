/// The numbers of the literals that were found, each once. Made once per worker.
public final class Candidates {
    /// Found since the last ``reset()``, in order of discovery.
    public private(set) var ids: [UInt32] = []
    private var seen: [UInt32] = []
    private var round: UInt32 = 1

    public init() {}

    /// Forgets what was found; costs nothing.
    @inline(__always)
    public func reset() {
        ids.removeAll(keepingCapacity: true)
        round &+= 1
        if round == 0 {
            for index in seen.indices { seen[index] = 0 }
            round = 1
        }
    }

    @inline(__always)
    public func insert(_ id: UInt32) {
        let index = Int(id)
        if index >= seen.count { seen.append(contentsOf: repeatElement(0, count: index + 1024 - seen.count)) }
        guard seen[index] != round else { return }
        seen[index] = round
        ids.append(id)
    }
}
