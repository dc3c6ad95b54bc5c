import Bytes

/// A condition on a transaction that only its own protocol can judge, for a keyword of its own (`modbus`, `cip_service`).
public protocol TransactionTest: Sendable {
    /// The directions in which it can hold.
    var directions: FlowDirections { get }

    func holds(_ transaction: Transaction, _ direction: FlowDirection) -> Bool
}
