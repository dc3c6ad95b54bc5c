import AppLayer
import Bytes
import Decode

/// Writes the frame that all EVE events share; each kind of event adds its own object between ``begin`` and ``end``.
public final class EventWriter {
    public let file: EVEFile
    public let configuration: EVEConfiguration
    /// What is asked for so often that it stands outside of ``configuration``: whether events about packets and streams are wanted.
    public let wantsDecodeEvents: Bool
    public let wantsStreamEvents: Bool
    public let wantsApplicationEvents: Bool
    /// Live interface (`in_iface`); nil for capture files.
    public var interface: String?
    /// Name printed as `pcap_filename`; nil when live or switched off.
    public var captureFile: String?
    private var formatter = TimestampFormatter()
    /// ``EVEConfiguration/protocols`` by the protocol's number, for those whose transactions are all of one type.
    private let protocolOptions: [LogOptions?]

    public init(file: EVEFile, configuration: EVEConfiguration) {
        self.file = file
        self.configuration = configuration
        var options = [LogOptions?](repeating: nil, count: 256)
        for descriptor in ProtocolRegistry.all {
            options[Int(descriptor.appProtocol.rawValue)] = descriptor.logType.flatMap { configuration.protocols[$0.description] }
        }
        protocolOptions = options
        wantsDecodeEvents = configuration.anomaly?.decode ?? false
        wantsStreamEvents = configuration.anomaly?.stream ?? false
        wantsApplicationEvents = configuration.anomaly?.applayer ?? false
    }

    /// How transactions of a protocol are to be logged; nil when they are not.
    func logOptions(_ transaction: Transaction, _ descriptor: ProtocolDescriptor) -> LogOptions? {
        guard let own = transaction.logType else { return protocolOptions[Int(descriptor.appProtocol.rawValue)] }
        return configuration.protocols[own.name.description]
    }

    /// Opens the event and writes the fields that say when, where and who.
    ///
    /// - Parameters:
    ///   - type: `event_type`.
    ///   - time: the top timestamp when it is not the subject's.
    ///   - transactionID: `tx_id`, printed when given.
    ///   - namesOrigin: whether `pkt_src` is printed: events about flows are about no packet.
    public func begin(
        _ type: StaticString, _ subject: EventSubject, time: Timestamp? = nil, transactionID: UInt64? = nil, namesOrigin: Bool = true
    ) {
        file.json.beginObject()
        file.json.key("timestamp")
        formatter.write(time ?? subject.time, to: &file.json)
        if let flow = subject.flowNumber {
            file.json.key("flow_id")
            file.json.number(flow)
        }
        if let interface {
            file.json.key("in_iface")
            file.json.string(interface)
        }
        if subject.packetNumber != 0, interface == nil {
            file.json.key("pcap_cnt")
            file.json.number(subject.packetNumber)
        }
        file.json.key("event_type")
        file.json.string(type)
        if subject.vlanCount > 0 {
            file.json.key("vlan")
            file.json.beginArray()
            for index in 0..<Int(min(subject.vlanCount, 3)) { file.json.number(UInt64(subject.vlan[index])) }
            file.json.endArray()
        }
        if subject.ipVersion != 0 {
            endpoints(subject)
        }
        if namesOrigin { origin(subject) }
        if subject.ipVersion != 0, let seed = configuration.communityIDSeed {
            file.json.key("community_id")
            CommunityID.write(subject, seed: seed, to: &file.json)
        }
        if let transactionID {
            file.json.key("tx_id")
            file.json.number(transactionID)
        }
        if configuration.ethernet, let pair = subject.hardware { hardware(pair.source, pair.destination) }
        if let variables = subject.variables { metadata(variables) }
    }

    private func endpoints(_ subject: EventSubject) {
        file.json.key("src_ip")
        file.json.address(subject.source)
        if subject.hasPorts {
            file.json.key("src_port")
            file.json.number(UInt64(subject.sourcePort.rawValue))
        }
        file.json.key("dest_ip")
        file.json.address(subject.destination)
        if subject.hasPorts {
            file.json.key("dest_port")
            file.json.number(UInt64(subject.destinationPort.rawValue))
        }
        file.json.key("proto")
        if let name = IPProtocolName.name(subject.ipProtocol) {
            file.json.string(name)
        } else {
            file.json.beginText()
            file.json.buffer.append(decimal: UInt64(subject.ipProtocol), width: 3)
            file.json.endText()
        }
        file.json.key("ip_v")
        file.json.number(UInt64(subject.ipVersion))
        if subject.ipProtocol == 1 || subject.ipProtocol == 58 {
            file.json.key("icmp_type")
            file.json.number(UInt64(subject.icmpType))
            file.json.key("icmp_code")
            file.json.number(UInt64(subject.icmpCode))
        }
    }

    /// `pkt_src`: where the packet comes from that the event is about.
    private func origin(_ subject: EventSubject) {
        file.json.key("pkt_src")
        if subject.isPseudo {
            file.json.string("stream (flow timeout)")
        } else if subject.isRebuilt {
            file.json.string("defrag")
        } else {
            file.json.string(EventWriter.origin(subject.tunnelKind))
        }
    }

    private static func origin(_ kind: TunnelKind) -> StaticString {
        switch kind {
        case .none: "wire/pcap"
        case .gre: "gre tunnel"
        case .ipv4: "ipv4 tunnel"
        case .ipv6: "ipv6 tunnel"
        case .teredo: "teredo tunnel"
        case .vxlan: "vxlan encapsulation"
        case .geneve: "geneve encapsulation"
        }
    }

    /// `tunnel`: the packet that was captured, and how many tunnels there are between it and the one of the event.
    func tunnelObject(_ root: EventSubject, depth: UInt8) {
        file.json.key("tunnel")
        file.json.beginObject()
        endpoints(root)
        file.json.key("depth")
        file.json.number(UInt64(depth))
        if root.packetNumber > 0 {
            file.json.key("pcap_cnt")
            file.json.number(root.packetNumber)
        }
        file.json.endObject()
    }

    /// Closes the event's line.
    public func end() {
        if configuration.namesCaptureFile, let captureFile {
            file.json.key("pcap_filename")
            file.json.string(captureFile)
        }
        file.json.endObject()
        file.json.endLine()
        file.lineWritten()
    }

    /// Writes a moment as a value, in the format of `timestamp`.
    public func moment(_ time: Timestamp) { formatter.write(time, to: &file.json) }
}
