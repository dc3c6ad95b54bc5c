import AppLayer
import Bytes
import Decode
import Detect

/// What an alert event shows besides the rule.
public struct AlertContext: Sendable {
    public var direction: FlowDirection?
    public var flow: FlowSummary?
    /// An inline sensor would have stopped the packet.
    public var isBlocked = false
    /// The captured packet and the tunnels below it, where the packet of the alert came out of one.
    public var tunnel: (root: EventSubject, depth: UInt8)?
    public var verdict = PacketVerdict()
    /// Verdicts are those of an inline sensor.
    public var isInline = false

    public init() {}
}

extension EventWriter {
    /// `alert`: one rule that matched.
    ///
    /// - Parameters:
    ///   - payload: of the packet, or of the stream for rules on streams.
    ///   - frame: the whole frame, for `packet`.
    ///   - protocolFrame: the bytes at hand of the protocol's frame in which the rule matched.
    public func alert(
        _ alert: Alert, signature: Signature, subject: EventSubject, context: AlertContext, payload: RawSpan, frame: RawSpan,
        linkType: LinkType, protocolFrame: RawSpan = RawSpan()
    ) {
        guard let options = configuration.alert else { return }
        let subject = forwarded(
            subject, alert.transaction, options.forwardedFor ?? configuration.forwardedFor, isToServer: context.direction != .toClient)
        begin("alert", subject, transactionID: alert.transactionID)
        if let tunnel = context.tunnel { tunnelObject(tunnel.root, depth: tunnel.depth) }
        rule(signature, alert, subject, options, isBlocked: context.isBlocked)
        if alert.isGuess, subject.ipProtocol != 17 {
            file.json.key("tx_guessed")
            file.json.bool(true)
        }
        if options.appLayer, let transaction = alert.transaction {
            var log = LogOptions(isInAlert: true)
            if options.httpBody { log.custom.append("http_body") }
            if options.httpBodyPrintable { log.custom.append("http_body_printable") }
            transaction.writeEVE(&file.json, options: log)
            let files = transaction.files.filter { $0.size > 0 }
            if !files.isEmpty {
                file.json.key("files")
                file.json.beginArray()
                for transferred in files { fileObject(transferred, transactionID: transaction.id) }
                file.json.endArray()
            }
        }
        if let flow = context.flow { applicationProtocol(flow) }
        if let direction = context.direction {
            file.json.key("direction")
            if direction == .toServer { file.json.string("to_server") } else { file.json.string("to_client") }
        }
        if options.flow, let flow = context.flow { flowObject(flow) }
        if options.verdict { verdictObject(context.verdict, isInline: context.isInline, subject) }
        if options.payload {
            file.json.key("payload")
            file.json.base64(payload.prefix(options.payloadBufferSize))
        }
        if options.payloadPrintable {
            file.json.key("payload_printable")
            file.json.printable(payload.prefix(options.payloadBufferSize))
        }
        if options.payloadLength {
            file.json.key("payload_length")
            file.json.number(UInt64(payload.byteCount))
        }
        if options.payload || options.payloadPrintable || options.payloadLength {
            // Says whose bytes the payload is.
            file.json.key("stream")
            let isTransaction = alert.transactionID != nil && !alert.isGuess || alert.frame != nil
            file.json.number(UInt64(alert.isFromStream || subject.ipProtocol == 6 && isTransaction ? 1 : 0))
        }
        if let one = alert.frame, let flow = context.flow {
            frameObject(
                one, of: flow.appProtocol, direction: context.direction ?? .toServer, isStream: flow.tcp != nil, protocolFrame,
                configuration.frame ?? EVEConfiguration.FrameOptions())
        }
        if options.packet { packetBytes(frame, linkType) }
        end()
    }

    /// `packet`: one packet that a rule has tagged.
    public func packet(_ frame: RawSpan, linkType: LinkType, subject: EventSubject) {
        guard configuration.alert?.taggedPackets == true else { return }
        begin("packet", subject)
        packetBytes(frame, linkType)
        end()
    }

    private func packetBytes(_ frame: RawSpan, _ linkType: LinkType) {
        file.json.key("packet")
        file.json.base64(frame)
        file.json.key("packet_info")
        file.json.beginObject()
        file.json.key("linktype")
        file.json.number(UInt64(linkType.rawValue))
        if let name = linkType.name {
            file.json.key("linktype_name")
            file.json.string(name)
        }
        file.json.endObject()
    }

    func rule(
        _ signature: Signature, _ alert: Alert?, _ subject: EventSubject, _ options: EVEConfiguration.AlertOptions, isBlocked: Bool
    ) {
        let info = signature.info
        file.json.key("alert")
        file.json.beginObject()
        file.json.key("action")
        if isBlocked { file.json.string("blocked") } else { file.json.string("allowed") }
        file.json.key("gid")
        file.json.number(UInt64(signature.id.generator))
        file.json.key("signature_id")
        file.json.number(UInt64(signature.id.signature))
        file.json.key("rev")
        file.json.number(UInt64(signature.id.revision))
        file.json.key("signature")
        file.json.string(info.message)
        file.json.key("category")
        file.json.string(info.classText)
        file.json.key("severity")
        file.json.number(info.priority)
        if let target = info.target {
            side("source", isSource: target == .destination, subject)
            side("target", isSource: target == .source, subject)
        }
        if options.ruleMetadata, !info.metadata.isEmpty { metadata(info) }
        if options.ruleReference, !info.references.isEmpty {
            file.json.key("references")
            file.json.beginArray()
            for reference in info.references { file.json.string(reference) }
            file.json.endArray()
        }
        forwardedFor(alert?.transaction, options.forwardedFor ?? configuration.forwardedFor)
        if let context = alert?.context, !context.isEmpty {
            file.json.key("context")
            file.json.beginObject()
            for (key, json) in context {
                file.json.key(dynamic: key)
                file.json.raw(json)
            }
            file.json.endObject()
        }
        if options.ruleText {
            file.json.key("rule")
            file.json.string(info.text)
        }
        file.json.endObject()
    }

    /// Each key once, its values as an array, the last one first (rule-semantics S12).
    private func metadata(_ info: SignatureInfo) {
        file.json.key("metadata")
        file.json.beginObject()
        for (index, entry) in info.metadata.enumerated() {
            if info.metadata[0..<index].contains(where: { $0.key == entry.key }) { continue }
            file.json.key(dynamic: entry.key)
            file.json.beginArray()
            for other in info.metadata.reversed() where other.key == entry.key { file.json.string(other.value) }
            file.json.endArray()
        }
        file.json.endObject()
    }

    func side(_ key: StaticString, isSource: Bool, _ subject: EventSubject) {
        file.json.key(key)
        file.json.beginObject()
        file.json.key("ip")
        file.json.address(isSource ? subject.source : subject.destination)
        if subject.hasPorts {
            file.json.key("port")
            file.json.number(UInt64((isSource ? subject.sourcePort : subject.destinationPort).rawValue))
        }
        file.json.endObject()
    }

    private func flowObject(_ flow: FlowSummary) {
        file.json.key("flow")
        file.json.beginObject()
        flowCounters(flow)
        file.json.key("src_ip")
        file.json.address(flow.client)
        file.json.key("dest_ip")
        file.json.address(flow.server)
        if flow.hasPorts {
            file.json.key("src_port")
            file.json.number(UInt64(flow.clientPort.rawValue))
            file.json.key("dest_port")
            file.json.number(UInt64(flow.serverPort.rawValue))
        }
        file.json.endObject()
    }
}
