import AppLayer
import RuleLanguage

/// The header's protocol word.
enum HeaderProtocols {
    static func selector(_ word: ArraySlice<UInt8>, _ frontEnd: FrontEnd) throws(RuleError) -> ProtocolSelector {
        var result = ProtocolSelector()
        var name = word.lowercasedText
        // `tcp:flow_start`: the moment at which the rule is looked at.
        var step: Substring?
        if let colon = name.firstIndex(of: ":") {
            let hook = name[name.index(after: colon)...]
            let rest = String(name[..<colon])
            if frontEnd.protocols[rest] != nil {
                step = hook
            } else if hook == "flow_start" || hook == "all" {
                result.atFlowStart = hook == "flow_start"
            } else {
                throw RuleError("unknown hook \"\(hook)\", expected flow_start or all", at: word)
            }
            name = rest
        }
        switch name {
        case "tcp": result.ipProtocols = [6]
        case "tcp-pkt":
            result.ipProtocols = [6]
            result.isPacketOnly = true
        case "tcp-stream":
            result.ipProtocols = [6]
            result.isStreamOnly = true
        case "udp": result.ipProtocols = [17]
        case "icmp": result.ipProtocols = [1, 58]
        case "icmpv4":
            result.ipProtocols = [1]
            result.ipVersion = 4
        case "icmpv6":
            result.ipProtocols = [58]
            result.ipVersion = 6
        case "sctp": result.ipProtocols = [132]
        case "ip": break
        case "ipv4", "ip4": result.ipVersion = 4
        case "ipv6", "ip6": result.ipVersion = 6
        case "pkthdr": result.admitsNonIP = true
        default:
            guard let descriptor = frontEnd.protocols[name] else { throw RuleError(refusal(name), at: word) }
            if let step {
                result.hook = descriptor.steps.find(String(step))
                if result.hook == nil { throw RuleError(unknownStep(String(step), descriptor), at: word) }
            }
            result.appProtocols = [descriptor.appProtocol] + (families[name] ?? []).filter { frontEnd.transports[$0] != nil }
            var transports = descriptor.transports
            for other in result.appProtocols { transports.formUnion(frontEnd.transports[other] ?? []) }
            switch transports {
            case .tcp: result.ipProtocols = [6]
            case .udp: result.ipProtocols = [17]
            default: result.ipProtocols = [6, 17]
            }
        }
        return result
    }

    /// Protocols that a word covers besides its own: those that carry it, and its other versions.
    private static let families: [String: [AppProtocol]] = [
        "dcerpc": [.smb], "http": [.http2], "http2": [.doh2], "dns": [.doh2],
    ]

    /// Protocols of Suricata that have no parser here.
    private static let others: Set<String> = [
        "arp", "bittorrent-dht", "dcerpc", "dhcp", "dnp3", "doh2", "enip", "ether", "ftp", "ftp-data", "http", "http1", "http2", "ike",
        "ikev2",
        "imap", "jabber", "krb5", "ldap", "mdns", "modbus", "mqtt", "msn", "nfs", "ntp", "pgsql", "pop3", "quic", "rdp", "rfb", "sip",
        "smb",
        "smtp", "snmp", "ssh", "telnet", "template", "tftp", "tls", "dns", "websocket", "irc",
    ]

    static func unknownStep(_ name: String, _ descriptor: ProtocolDescriptor) -> String {
        let steps = (descriptor.steps.toServer + descriptor.steps.toClient).map(\.name)
        let general = ["request_started", "request_complete", "response_started", "response_complete"].filter { !steps.contains($0) }
        return "protocol \(descriptor.name) has no step \"\(name)\", expected one of \((general + steps).joined(separator: ", "))"
    }

    static func refusal(_ name: String) -> String {
        others.contains(name)
            ? "protocol \(name) is not supported by this version"
            : "unknown protocol \"\(name)\", expected tcp, udp, icmp, ip or an application protocol"
    }
}
