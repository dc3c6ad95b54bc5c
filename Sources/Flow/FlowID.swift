/// A place in one worker's flow table. The generation tells a flow from one that had the same place before.
@frozen public struct FlowID: Hashable, Sendable, BitwiseCopyable {
    public var index: UInt32
    public var generation: UInt32

    @inlinable @inline(__always)
    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}
