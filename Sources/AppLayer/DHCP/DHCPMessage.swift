import Bytes

/// A message of BOOTP and DHCP (RFC 2131 §2).
struct DHCPMessage {
    /// Code and data, in order. The client identifier (61) goes without its hardware type.
    typealias Option = (code: UInt8, data: [UInt8])

    private static let headerSize = 240
    private static let pad: UInt8 = 0
    private static let end: UInt8 = 255

    static let request: UInt8 = 1
    static let reply: UInt8 = 2

    var operation: UInt8
    var transactionID: UInt32
    var client: UInt32
    var assigned: UInt32
    var nextServer: UInt32
    var relay: UInt32
    var hardwareAddress: [UInt8]
    private(set) var options: [Option] = []
    /// The options have no end.
    private(set) var isTruncated = false

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= DHCPMessage.headerSize else { return nil }
        operation = bytes.byte(at: 0)
        transactionID = bytes.uint32(at: 4)
        client = bytes.uint32(at: 12)
        assigned = bytes.uint32(at: 16)
        nextServer = bytes.uint32(at: 20)
        relay = bytes.uint32(at: 24)
        hardwareAddress = bytes.extracting(28..<28 + min(Int(bytes.byte(at: 2)), 16)).copied()
        isTruncated = !readOptions(bytes.dropping(DHCPMessage.headerSize))
    }

    /// False when they stop before their end mark.
    private mutating func readOptions(_ bytes: RawSpan) -> Bool {
        var at = 0
        while at < bytes.byteCount {
            let code = bytes.byte(at: at)
            if code == DHCPMessage.end { return true }
            if code == DHCPMessage.pad {
                at += 1
                continue
            }
            guard bytes.byteCount - at >= 2 else { return false }
            let length = Int(bytes.byte(at: at + 1))
            at += 2
            guard bytes.byteCount - at >= length else { return false }
            let data = bytes.extracting(at..<at + length)
            at += length
            switch code {
            case DHCPOption.leaseTime, DHCPOption.renewalTime, DHCPOption.rebindingTime:
                guard data.byteCount >= 4 else { return false }
                options.append((code, data.prefix(4).copied()))
            case DHCPOption.clientID:
                guard data.byteCount > 1 else { return false }
                options.append((code, data.dropping(1).copied()))
            default: options.append((code, data.copied()))
            }
        }
        return false
    }

    /// The first option of that code.
    func option(_ code: UInt8) -> [UInt8]? { options.first { $0.code == code }?.data }

    /// Discover 1 … inform 8; nil for BOOTP.
    var type: UInt8? { options.first { $0.code == DHCPOption.messageType && !$0.data.isEmpty }?.data[0] }

    func seconds(_ code: UInt8) -> UInt64? {
        guard let data = option(code), data.count == 4 else { return nil }
        return data.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// Option codes (IANA "BOOTP Vendor Extensions and DHCP Options") that are shown or compared.
enum DHCPOption {
    static let subnetMask: UInt8 = 1
    static let routers: UInt8 = 3
    static let dnsServers: UInt8 = 6
    static let hostName: UInt8 = 12
    static let requestedAddress: UInt8 = 50
    static let leaseTime: UInt8 = 51
    static let messageType: UInt8 = 53
    static let parameters: UInt8 = 55
    static let renewalTime: UInt8 = 58
    static let rebindingTime: UInt8 = 59
    static let vendorClass: UInt8 = 60
    static let clientID: UInt8 = 61

    static let messageTypes: [StaticString] = ["discover", "offer", "request", "decline", "ack", "nak", "release", "inform"]

    /// Names of requested parameters; the others are left out of EVE.
    static func parameter(_ code: UInt8) -> StaticString? {
        switch code {
        case 1: "subnet_mask"
        case 3: "router"
        case 6: "dns_server"
        case 15: "domain"
        case 35: "arp_timeout"
        case 42: "ntp_server"
        case 66: "tftp_server_name"
        case 150: "tftp_server_ip"
        default: nil
        }
    }
}
