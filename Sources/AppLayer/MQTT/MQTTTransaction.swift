import Bytes

/// An MQTT exchange: a packet and the packets that answer it.
final class MQTTTransaction: Transaction {
    var messages: [MQTTMessage] = []
    private static let most = 64

    func add(_ message: MQTTMessage) { if messages.count < MQTTTransaction.most { messages.append(message) } }

    func complete() {
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    private func values(_ buffer: BufferID) -> [[UInt8]] {
        switch buffer {
        case .mqttClientID: messages.compactMap { $0.connect?.clientID }
        case .mqttUsername: messages.compactMap { $0.connect?.username }
        case .mqttPassword: messages.compactMap { $0.connect?.password }
        case .mqttWillTopic: messages.compactMap { $0.connect?.willTopic }
        case .mqttWillMessage: messages.compactMap { $0.connect?.willMessage }
        case .mqttProtocolString: messages.compactMap { $0.connect?.protocolName }
        case .mqttPublishTopic: messages.filter { $0.kind == .publish }.map(\.topic)
        case .mqttPublishMessage: messages.filter { $0.kind == .publish }.map(\.payload)
        case .mqttSubscribeTopic: messages.filter { $0.kind == .subscribe }.flatMap { $0.topics.map(\.topic) }
        case .mqttUnsubscribeTopic: messages.filter { $0.kind == .unsubscribe }.flatMap { $0.topics.map(\.topic) }
        default: []
        }
    }

    private func numbers(_ buffer: BufferID) -> [UInt64] {
        switch buffer {
        case .mqttType: messages.compactMap { $0.kind.map { UInt64($0.rawValue) } }
        case .mqttQoS: messages.map { UInt64($0.qos) }
        case .mqttReasonCode: messages.flatMap { message in (message.reasonCode.map { [$0] } ?? message.reasonCodes).map { UInt64($0) } }
        case .mqttProtocolVersion: messages.compactMap { $0.connect.map { UInt64($0.version) } }
        case .mqttSessionPresent: messages.filter { $0.kind == .connack }.map { $0.isSessionPresent ? 1 : 0 }
        case .mqttFlags: messages.map { UInt64($0.flags & 9) }
        case .mqttConnectFlags: messages.compactMap { $0.connect.map { UInt64($0.flags) } }
        default: []
        }
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        if let value = values(buffer).dropFirst(max(instance, 0)).first {
            body(value.rawSpan)
            return true
        }
        guard let number = numbers(buffer).dropFirst(max(instance, 0)).first else { return false }
        NumberField.supply(number, body)
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("mqtt")
        json.beginObject()
        // Of packets of one type that were sent again, the last counts: an object holds each name once.
        for (index, message) in messages.enumerated() where !messages[(index + 1)...].contains(where: { $0.kind == message.kind }) {
            message.write(&json, options)
        }
        json.endObject()
    }
}
