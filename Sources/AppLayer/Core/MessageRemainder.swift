import Bytes

/// What is still to come of a message whose bytes nobody needs, in each direction: a body, or a message too long to be kept.
struct MessageRemainder {
    private var left = (toServer: 0, toClient: 0)

    subscript(_ direction: FlowDirection) -> Int {
        get { direction == .toServer ? left.toServer : left.toClient }
        set { if direction == .toServer { left.toServer = newValue } else { left.toClient = newValue } }
    }

    /// Moves `offset` past what `bytes` hold of it.
    ///
    /// - Returns: false when nothing was left.
    mutating func pass(_ bytes: RawSpan, _ offset: inout Int, _ direction: FlowDirection) -> Bool {
        let count = min(self[direction], bytes.byteCount - offset)
        guard count > 0 else { return false }
        self[direction] -= count
        offset += count
        return true
    }
}
