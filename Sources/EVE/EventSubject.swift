import Bytes
import Decode

/// Whom and what an event is about: the fields that stand in front of every EVE event.
@frozen public struct EventSubject: Sendable {
    public var time: Timestamp
    /// The flow's number in EVE; nil for packets without a flow.
    public var flowNumber: UInt64?
    /// `pcap_cnt`; 0 where no packet of a capture file is behind the event.
    public var packetNumber: UInt64 = 0
    public var vlanCount: UInt8 = 0
    public var vlan: InlineArray<3, UInt16> = [0, 0, 0]
    public var etherType: UInt16 = 0
    public var ipVersion: UInt8
    public var ipProtocol: UInt8
    public var source: IPAddress
    public var destination: IPAddress
    public var sourcePort: Port
    public var destinationPort: Port
    public var icmpType: UInt8 = 0
    public var icmpCode: UInt8 = 0
    public var hasPorts: Bool
    /// How the packet was carried by the one that was captured.
    public var tunnelKind = TunnelKind.none
    public var isRebuilt = false
    public var isPseudo = false
    /// Hardware addresses of the packet, where they are to be shown; exchanged with the ends.
    public var hardware: (source: HardwareAddress, destination: HardwareAddress)?
    /// What rules have noted about the flow.
    public var variables: FlowVariables?

    /// The subject of an event about one packet.
    public init(_ packet: Packet, flowNumber: UInt64?) {
        time = packet.time
        self.flowNumber = flowNumber
        packetNumber = packet.flags.contains(.rebuilt) || packet.flags.contains(.pseudo) ? 0 : packet.number
        vlanCount = packet.vlanCount
        vlan = packet.vlan
        etherType = packet.etherType
        ipVersion = packet.ipVersion
        ipProtocol = packet.ipProtocol
        source = packet.source
        destination = packet.destination
        sourcePort = packet.sourcePort
        destinationPort = packet.destinationPort
        icmpType = packet.icmpType
        icmpCode = packet.icmpCode
        hasPorts = packet.transport == .tcp || packet.transport == .udp || packet.transport == .sctp
        tunnelKind = packet.tunnelKind
        isRebuilt = packet.flags.contains(.rebuilt)
        isPseudo = packet.flags.contains(.pseudo)
    }

    /// The same with the two ends exchanged.
    public var reversed: EventSubject {
        var other = self
        swap(&other.source, &other.destination)
        swap(&other.sourcePort, &other.destinationPort)
        if let pair = hardware { other.hardware = (pair.destination, pair.source) }
        return other
    }
}

/// Protocol names as EVE prints them (the IANA keyword, upper case where Suricata has it so).
public enum IPProtocolName {
    public static func name(_ number: UInt8) -> StaticString? {
        switch number {
        case 0: "HOPOPT"
        case 1: "ICMP"
        case 2: "IGMP"
        case 4: "IP-in-IP"
        case 6: "TCP"
        case 17: "UDP"
        case 33: "DCCP"
        case 41: "IPv6"
        case 46: "RSVP"
        case 47: "GRE"
        case 50: "ESP"
        case 51: "AH"
        case 58: "IPv6-ICMP"
        case 88: "EIGRP"
        case 89: "OSPFIGP"
        case 94: "IPIP"
        case 103: "PIM"
        case 108: "IPComp"
        case 112: "VRRP"
        case 115: "L2TP"
        case 132: "SCTP"
        case 136: "UDPLite"
        default: nil
        }
    }
}
