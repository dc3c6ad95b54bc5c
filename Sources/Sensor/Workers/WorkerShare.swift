import AppLayer
import Detect

/// What a worker has in common with the others: the rules' memory beyond flows, its turn at it, and files that come in parts.
struct WorkerShare {
    var index = 0
    var workers = 1
    var state = SharedState()
    var turn = WorkerTurn()
    var partialContent: PartialContent?

    /// One for each worker.
    ///
    /// - Parameter order: the packets' order where they have one; nil for workers that read sockets of their own.
    static func shares(_ workers: Int, order: PacketOrder?, partialContentLimit: Int) -> [WorkerShare] {
        let state = SharedState()
        let parts = PartialContent(limit: partialContentLimit)
        return (0..<workers).map { index in
            let turn = WorkerTurn(order, worker: index)
            return WorkerShare(
                index: index, workers: workers, state: state, turn: turn,
                partialContent: PartialContent(sharing: parts, awaitTurn: { turn.wait() }))
        }
    }
}
