import Bytes

extension BufferID {
    static let dhcpLeaseTime = BufferID(.dhcp, 1)
    static let dhcpRebindingTime = BufferID(.dhcp, 2)
    static let dhcpRenewalTime = BufferID(.dhcp, 3)
}

/// What rules can look at in DHCP.
enum DHCPFields {
    static let numbers: [NumberField] = [
        NumberField(.dhcpLeaseTime, "dhcp.leasetime", directions: .both, progress: (1, 1), maximum: .max),
        NumberField(.dhcpRebindingTime, "dhcp.rebinding_time", directions: .both, progress: (1, 1), maximum: .max),
        NumberField(.dhcpRenewalTime, "dhcp.renewal_time", directions: .both, progress: (1, 1), maximum: .max),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case truncatedOptions, malformedOptions }

    static let events = ["truncated_options", "malformed_options"]
}

/// One message of DHCP.
final class DHCPTransaction: MessageTransaction {
    private static let acknowledgement: UInt8 = 5

    let message: DHCPMessage

    init(_ origin: MessageOrigin, _ message: DHCPMessage) {
        self.message = message
        super.init(origin)
        if message.isTruncated { raise(DHCPFields.Event.truncatedOptions.rawValue) }
    }

    override func number(_ field: BufferID, _ instance: Int) -> UInt64? {
        guard instance == 0 else { return nil }
        switch field {
        case .dhcpLeaseTime: return message.seconds(DHCPOption.leaseTime)
        case .dhcpRebindingTime: return message.seconds(DHCPOption.rebindingTime)
        case .dhcpRenewalTime: return message.seconds(DHCPOption.renewalTime)
        default: return nil
        }
    }

    /// Without `extended` only what hands out an address is logged.
    override func eventCount(_ options: LogOptions) -> Int {
        options.isExtended || message.type == DHCPTransaction.acknowledgement ? 1 : 0
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        let isExtended = options.isExtended
        json.key("dhcp")
        json.beginObject()
        json.key("type")
        switch message.operation {
        case DHCPMessage.request: json.string("request" as StaticString)
        case DHCPMessage.reply: json.string("reply" as StaticString)
        default: json.string("<unknown>" as StaticString)
        }
        json.key("id")
        json.number(UInt64(message.transactionID))
        json.key("client_mac")
        let hardwareAddress = message.hardwareAddress
        json.hex(hardwareAddress.rawSpan, separator: 58)
        json.key("assigned_ip")
        json.address(IPAddress(v4: message.assigned))
        if isExtended {
            json.key("client_ip")
            json.address(IPAddress(v4: message.client))
            if message.operation == DHCPMessage.reply {
                json.key("relay_ip")
                json.address(IPAddress(v4: message.relay))
                json.key("next_server_ip")
                json.address(IPAddress(v4: message.nextServer))
            }
        }
        // An option that comes again stands once, with what came last.
        var last = [Int](repeating: 0, count: 256)
        for (index, option) in message.options.enumerated() { last[Int(option.code)] = index }
        for (index, option) in message.options.enumerated() where last[Int(option.code)] == index {
            write(option, isExtended: isExtended, &json)
        }
        json.endObject()
    }

    private func write(_ option: DHCPMessage.Option, isExtended: Bool, _ json: inout JSONWriter) {
        switch option.code {
        case DHCPOption.clientID:
            json.key("client_id")
            json.hex(option.data.rawSpan, separator: 58)
        case DHCPOption.renewalTime: write(option.data, seconds: "renewal_time", &json)
        case DHCPOption.leaseTime where isExtended: write(option.data, seconds: "lease_time", &json)
        case DHCPOption.rebindingTime where isExtended: write(option.data, seconds: "rebinding_time", &json)
        case DHCPOption.subnetMask where isExtended: write(option.data, address: "subnet_mask", &json)
        case DHCPOption.requestedAddress where isExtended: write(option.data, address: "requested_ip", &json)
        case DHCPOption.hostName where !option.data.isEmpty:
            json.key("hostname")
            json.string(option.data)
        case DHCPOption.vendorClass where isExtended && !option.data.isEmpty:
            json.key("vendor_class_identifier")
            json.string(option.data)
        case DHCPOption.messageType where !option.data.isEmpty:
            let index = Int(option.data[0]) - 1
            json.key("dhcp_type")
            json.string(DHCPOption.messageTypes.indices.contains(index) ? DHCPOption.messageTypes[index] : "unknown")
        case DHCPOption.parameters where isExtended:
            json.key("params")
            json.beginArray()
            for code in option.data { if let name = DHCPOption.parameter(code) { json.string(name) } }
            json.endArray()
        case DHCPOption.dnsServers where isExtended: write(option.data, addresses: "dns_servers", &json)
        case DHCPOption.routers where isExtended: write(option.data, addresses: "routers", &json)
        default: break
        }
    }

    private func write(_ data: [UInt8], seconds key: StaticString, _ json: inout JSONWriter) {
        json.key(key)
        json.number(UInt64(data.rawSpan.uint32(at: 0)))
    }

    /// Data of another length than an address has shows as no text.
    private func write(_ data: [UInt8], address key: StaticString, _ json: inout JSONWriter) {
        json.key(key)
        if data.count == 4 { json.address(IPAddress(v4: data.rawSpan.uint32(at: 0))) } else { json.string("" as StaticString) }
    }

    private func write(_ data: [UInt8], addresses key: StaticString, _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for index in 0..<data.count / 4 { json.address(IPAddress(v4: data.rawSpan.uint32(at: index * 4))) }
        json.endArray()
    }
}

/// DHCP for IPv4: each datagram a transaction.
final class DHCPParser: DatagramParser {
    static let descriptor = ProtocolDescriptor(
        .dhcp, name: "dhcp", transports: .udp, ports: [67, 68], requiresPort: true, buffers: [], numbers: DHCPFields.numbers,
        events: DHCPFields.events, eventType: "dhcp", probe: { bytes, _ in DHCPMessage(bytes) == nil ? .no : .certain }
    ) { limits, _ in DHCPParser(limits: limits) }

    init(limits: ParserLimits) { super.init(.dhcp, limits: limits) }

    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        DHCPMessage(bytes).map { DHCPTransaction(origin, $0) }
    }
}
