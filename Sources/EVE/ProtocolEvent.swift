import AppLayer
import Bytes

extension EventWriter {
    /// A protocol's own event for one transaction, when the configuration has it on.
    public func transaction(
        _ transaction: Transaction, of descriptor: ProtocolDescriptor, subject: EventSubject
    ) {
        guard let type = transaction.logType?.event ?? descriptor.eventType, let name = transaction.logType?.name ?? descriptor.logType,
            var options = configuration.protocols[name.description], transaction.isLogged(by: options)
        else { return }
        let subject = transaction.eventDirection(options) == transaction.eventDirection ? subject : subject.reversed
        for part in 0..<transaction.eventCount(options) {
            options.part = part
            begin(type, forwarded(subject, transaction, configuration.forwardedFor, isToServer: true), transactionID: transaction.id)
            transaction.writeEVE(&file.json, options: options)
            end()
        }
    }
}
