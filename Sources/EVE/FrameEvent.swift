import AppLayer
import Bytes

extension EventWriter {
    /// `frame`: one frame of an application protocol.
    ///
    /// - Parameter bytes: those of the frame that are at hand.
    public func frame(
        _ frame: ProtocolFrame, of proto: AppProtocol, direction: FlowDirection, isStream: Bool, _ bytes: RawSpan, subject: EventSubject
    ) {
        guard let options = configuration.frame else { return }
        begin("frame", subject)
        file.json.key("app_proto")
        file.json.string(ProtocolRegistry.name(proto))
        frameObject(frame, of: proto, direction: direction, isStream: isStream, bytes, options)
        end()
    }

    /// The object that describes a frame, in `frame` events and in alerts.
    func frameObject(
        _ frame: ProtocolFrame, of proto: AppProtocol, direction: FlowDirection, isStream: Bool, _ bytes: RawSpan,
        _ options: EVEConfiguration.FrameOptions
    ) {
        file.json.key("frame")
        file.json.beginObject()
        file.json.key("type")
        file.json.string(EventWriter.frameName(frame, proto))
        file.json.key("id")
        file.json.number(frame.id)
        file.json.key("direction")
        if direction == .toServer { file.json.string("toserver") } else { file.json.string("toclient") }
        if isStream {
            file.json.key("stream_offset")
            file.json.number(UInt64(max(0, frame.offset)))
        }
        file.json.key("length")
        file.json.number(UInt64(frame.length ?? Int64(bytes.byteCount)))
        file.json.key("complete")
        file.json.bool(Int64(bytes.byteCount) >= frame.length ?? 0)
        let shown = bytes.prefix(options.payloadBufferSize)
        if options.payload {
            file.json.key("payload")
            file.json.base64(shown)
        }
        if options.payloadPrintable {
            file.json.key("payload_printable")
            file.json.printable(shown)
        }
        if let id = frame.transactionID {
            file.json.key("tx_id")
            file.json.number(id)
        }
        file.json.endObject()
    }

    private static func frameName(_ frame: ProtocolFrame, _ proto: AppProtocol) -> String {
        if frame.type == ProtocolFrame.stream { return "stream" }
        let names = ProtocolRegistry.all.first { $0.appProtocol == proto }?.frames ?? []
        return Int(frame.type) < names.count ? names[Int(frame.type)] : "unknown"
    }
}
