import Bytes

extension BufferID {
    static let mqttClientID = BufferID(.mqtt, 1)
    static let mqttUsername = BufferID(.mqtt, 2)
    static let mqttPassword = BufferID(.mqtt, 3)
    static let mqttWillTopic = BufferID(.mqtt, 4)
    static let mqttWillMessage = BufferID(.mqtt, 5)
    static let mqttProtocolString = BufferID(.mqtt, 6)
    static let mqttPublishTopic = BufferID(.mqtt, 7)
    static let mqttPublishMessage = BufferID(.mqtt, 8)
    static let mqttSubscribeTopic = BufferID(.mqtt, 9)
    static let mqttUnsubscribeTopic = BufferID(.mqtt, 10)
    static let mqttType = BufferID(.mqtt, 11)
    static let mqttQoS = BufferID(.mqtt, 12)
    static let mqttReasonCode = BufferID(.mqtt, 13)
    static let mqttProtocolVersion = BufferID(.mqtt, 14)
    static let mqttSessionPresent = BufferID(.mqtt, 15)
    static let mqttFlags = BufferID(.mqtt, 16)
    static let mqttConnectFlags = BufferID(.mqtt, 17)
}

/// What rules can look at in MQTT.
enum MQTTFields {
    private static let begun: (UInt8, UInt8) = (0, 0)

    static let buffers: [BufferDescriptor] = [
        .init(.mqttClientID, "mqtt.connect.clientid", directions: .both, progress: begun),
        .init(.mqttUsername, "mqtt.connect.username", directions: .both, progress: begun),
        .init(.mqttPassword, "mqtt.connect.password", directions: .both, progress: begun),
        .init(.mqttWillTopic, "mqtt.connect.willtopic", directions: .both, progress: begun),
        .init(.mqttWillMessage, "mqtt.connect.willmessage", directions: .both, progress: begun),
        .init(.mqttProtocolString, "mqtt.connect.protocol_string", directions: .both, progress: begun),
        .init(.mqttPublishTopic, "mqtt.publish.topic", directions: .both, progress: begun),
        .init(.mqttPublishMessage, "mqtt.publish.message", directions: .both, progress: begun),
        .init(.mqttSubscribeTopic, "mqtt.subscribe.topic", shape: .multiple, directions: .both, progress: begun),
        .init(.mqttUnsubscribeTopic, "mqtt.unsubscribe.topic", shape: .multiple, directions: .both, progress: begun),
    ]

    static let numbers: [NumberField] = [
        NumberField(
            .mqttType, "mqtt.type", directions: .both, progress: begun, isMultiple: true, maximum: 15,
            symbols: MQTTMessage.Kind.allCases.map { ("\($0)", UInt64($0.rawValue)) }),
        NumberField(.mqttQoS, "mqtt.qos", directions: .both, progress: begun, isMultiple: true, maximum: 2),
        NumberField(.mqttReasonCode, "mqtt.reason_code", directions: .both, progress: begun, isMultiple: true, maximum: 255),
        NumberField(.mqttProtocolVersion, "mqtt.protocol_version", directions: .both, progress: begun, maximum: 255),
        NumberField(
            .mqttSessionPresent, "mqtt.connack.session_present", directions: .both, progress: begun, isMultiple: true, maximum: 1,
            symbols: [("no", 0), ("yes", 1), ("false", 0), ("true", 1)]),
        NumberField(
            .mqttFlags, "mqtt.flags", directions: .both, progress: begun, isMultiple: true, maximum: 15,
            symbols: [("retain", 1), ("dup", 8)]),
        NumberField(
            .mqttConnectFlags, "mqtt.connect.flags", directions: .both, progress: begun, maximum: 255,
            symbols: [("clean_session", 2), ("will", 4), ("will_retain", 32), ("password", 64), ("username", 128)]),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 {
        case missingConnect, missingPublish, missingSubscribe, missingUnsubscribe, doubleConnect, unintroducedMessage, invalidQoSLevel
        case missingMessageID, unassignedMessageType, tooManyTransactions, malformedTraffic
    }

    static let events = [
        "missing_connect", "missing_publish", "missing_subscribe", "missing_unsubscribe", "double_connect", "unintroduced_message",
        "invalid_qos_level", "missing_msg_id", "unassigned_msg_type", "too_many_transactions", "malformed_traffic",
    ]
}
