import Bytes

/// Names for the steps of a protocol's transactions, with which rules say when they are looked at (`http1:request_headers`).
public struct ProtocolSteps: Sendable {
    /// Each step's name and the progress at which it is reached.
    public let toServer: [(name: String, progress: UInt8)]
    public let toClient: [(name: String, progress: UInt8)]

    public init(toServer: [(name: String, progress: UInt8)] = [], toClient: [(name: String, progress: UInt8)] = []) {
        self.toServer = toServer
        self.toClient = toClient
    }

    /// A step by its name; the beginning and the end have names that every protocol knows.
    public func find(_ name: String) -> TransactionStep? {
        switch name {
        case "request_started": return TransactionStep(.toServer, at: 0)
        case "response_started": return TransactionStep(.toClient, at: 0)
        case "request_complete": return TransactionStep(.toServer, at: nil)
        case "response_complete": return TransactionStep(.toClient, at: nil)
        default: break
        }
        if let step = toServer.first(where: { $0.name == name }) { return TransactionStep(.toServer, at: step.progress) }
        return toClient.first { $0.name == name }.map { TransactionStep(.toClient, at: $0.progress) }
    }
}

/// A place in the life of a transaction.
public struct TransactionStep: Sendable, Equatable {
    public let direction: FlowDirection
    /// Nil is the end, wherever that is.
    public let progress: UInt8?

    public init(_ direction: FlowDirection, at progress: UInt8?) {
        self.direction = direction
        self.progress = progress
    }

    public func progress(in transaction: Transaction) -> UInt8 { progress ?? transaction.completeProgress(direction) }
}

/// How far a transaction is: a rule's hook, or `app-layer-state`.
public struct ProgressTest: TransactionTest {
    public enum Relation: Sendable { case before, reached, after }

    public let relation: Relation
    public let step: TransactionStep

    public init(_ relation: Relation, _ step: TransactionStep) {
        self.relation = relation
        self.step = step
    }

    public var directions: FlowDirections { FlowDirections(step.direction) }

    public func holds(_ transaction: Transaction, _ direction: FlowDirection) -> Bool {
        guard direction == step.direction else { return false }
        let place = step.progress(in: transaction)
        switch relation {
        case .before: return transaction.progress(direction) < place
        case .reached: return transaction.progress(direction) >= place
        case .after: return transaction.progress(direction) > place
        }
    }
}
