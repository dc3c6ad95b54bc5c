import AppLayer
import Bytes

extension EventWriter {
    /// A protocol's own event for one transaction, when the configuration has it on.
    public func transaction(
        _ transaction: Transaction, of descriptor: ProtocolDescriptor, subject: EventSubject
    ) {
        guard let type = descriptor.eventType, let options = configuration.protocols[type.description] else { return }
        begin(type, subject, transactionID: transaction.id)
        transaction.writeEVE(&file.json, options: options)
        end()
    }
}
