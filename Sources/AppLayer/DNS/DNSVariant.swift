import Bytes

/// The three protocols that speak in DNS messages.
public enum DNSVariant: Sendable {
    /// RFC 1035.
    case unicast
    /// mDNS (RFC 6762): everybody speaks to a group, so nobody is client or server.
    case multicast
    /// LLMNR (RFC 4795).
    case linkLocal

    var appProtocol: AppProtocol {
        switch self {
        case .unicast: .dns
        case .multicast: .mdns
        case .linkLocal: .llmnr
        }
    }

    /// Flags that must be zero.
    var reservedFlags: UInt16 { self == .linkLocal ? 0x00f0 : 0x0040 }

    var highestOpcode: UInt8 { self == .linkLocal ? 0 : 6 }

    /// Buffers of names in every section, numbered as DNS numbers its own.
    static func nameBuffers(_ owner: AppProtocol, prefix: String, directions: FlowDirections) -> [BufferDescriptor] {
        let sections: [(UInt8, String)] = [(2, "queries"), (3, "answers"), (4, "authorities"), (5, "additionals"), (6, "response")]
        return sections.map { number, section in
            BufferDescriptor(
                BufferID(owner, number), "\(prefix).\(section).rrname", shape: .multiple, directions: directions, progress: (1, 1))
        }
    }
}

/// Multicast DNS.
enum MDNSProtocol {
    static let descriptor = ProtocolDescriptor(
        .mdns, name: "mdns", transports: .udp, ports: [5353], requiresPort: true,
        buffers: DNSVariant.nameBuffers(.mdns, prefix: "mdns", directions: .toServer), events: DNSFields.events, frames: ["pdu"],
        eventType: "mdns",
        probe: { bytes, _ in DNSProbe.message(bytes, isWhole: true) }
    ) { limits, _ in DNSParser(limits: limits, isStream: false, variant: .multicast) }
}

/// Link-local multicast name resolution.
enum LLMNRProtocol {
    static let descriptor = ProtocolDescriptor(
        .llmnr, name: "llmnr", transports: [.tcp, .udp], ports: [5355], requiresPort: true,
        buffers: DNSVariant.nameBuffers(.llmnr, prefix: "llmnr", directions: .both), events: DNSFields.events, frames: ["pdu"],
        eventType: "llmnr",
        probe: { bytes, direction in DNSProbe.probe(bytes, direction) }
    ) { limits, transport in DNSParser(limits: limits, isStream: transport == .tcp, variant: .linkLocal) }
}
