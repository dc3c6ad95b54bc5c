import AppLayer
import Bytes

extension EventWriter {
    /// A protocol's own event for one transaction, when the configuration has it on.
    public func transaction(
        _ transaction: Transaction, of descriptor: ProtocolDescriptor, subject: EventSubject
    ) {
        guard let type = transaction.logType?.event ?? descriptor.eventType, var options = logOptions(transaction, descriptor),
            transaction.isLogged(by: options)
        else { return }
        let subject = transaction.eventDirection(options) == transaction.eventDirection ? subject : subject.reversed
        for part in 0..<transaction.eventCount(options) {
            options.part = part
            begin(
                type, forwarded(subject, transaction, configuration.forwardedFor, isToServer: true),
                transactionID: EventWriter.namesTransaction(descriptor.appProtocol) ? transaction.id : nil)
            transaction.writeEVE(&file.json, options: options)
            end()
        }
    }

    /// Whether `tx_id` stands in a protocol's own events. Alerts, anomalies and frames have it for every protocol.
    private static func namesTransaction(_ proto: AppProtocol) -> Bool {
        switch proto {
        case .http1, .smb, .smtp: true
        default: false
        }
    }
}
