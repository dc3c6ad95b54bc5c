import AppLayer
import Bytes

extension EventWriter {
    /// What kind of trouble an anomaly is about, as EVE sorts it.
    public enum AnomalyKind: Sendable { case decode, stream, applayer }

    /// `anomaly`: something that no correct sender does.
    ///
    /// - Parameters:
    ///   - event: the event's name, such as `decoder.ipv4.trunc_pkt` or `invalid_record_type`.
    ///   - layer: `proto_parser`, `proto_detect` for application events; nil for packets.
    public func anomaly(
        _ kind: AnomalyKind, event: String, layer: StaticString? = nil, appProtocol: AppProtocol? = nil, subject: EventSubject,
        transactionID: UInt64? = nil
    ) {
        guard let options = configuration.anomaly else { return }
        switch kind {
        case .decode where !options.decode: return
        case .stream where !options.stream: return
        case .applayer where !options.applayer: return
        default: break
        }
        begin("anomaly", subject, transactionID: transactionID)
        if subject.ipVersion == 0, subject.etherType != 0 {
            file.json.key("ether")
            file.json.beginObject()
            file.json.key("ether_type")
            file.json.number(UInt64(subject.etherType))
            file.json.endObject()
        }
        file.json.key("anomaly")
        file.json.beginObject()
        if let appProtocol {
            file.json.key("app_proto")
            file.json.string(ProtocolRegistry.name(appProtocol))
        }
        file.json.key("type")
        switch kind {
        case .decode: file.json.string("decode")
        case .stream: file.json.string("stream")
        case .applayer: file.json.string("applayer")
        }
        file.json.key("event")
        file.json.string(event)
        if let layer {
            file.json.key("layer")
            file.json.string(layer)
        }
        file.json.endObject()
        end()
    }
}
