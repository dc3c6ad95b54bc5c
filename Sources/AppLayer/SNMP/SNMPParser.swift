import Bytes

extension BufferID {
    static let snmpCommunity = BufferID(.snmp, 1)
    static let snmpUser = BufferID(.snmp, 2)
    static let snmpVersion = BufferID(.snmp, 3)
    static let snmpPDUType = BufferID(.snmp, 4)
    static let snmpTrapType = BufferID(.snmp, 5)
}

/// What rules can look at in SNMP.
enum SNMPFields {
    static let buffers: [BufferDescriptor] = [
        .init(.snmpCommunity, "snmp.community", directions: .both, progress: (1, 1)),
        .init(.snmpUser, "snmp.usm", directions: .both, progress: (1, 1)),
    ]

    static let numbers: [NumberField] = [
        NumberField(.snmpVersion, "snmp.version", directions: .both, progress: (1, 1), maximum: UInt64(UInt32.max)),
        NumberField(
            .snmpPDUType, "snmp.pdu_type", directions: .both, progress: (1, 1), maximum: UInt64(UInt32.max),
            symbols: pduTypes.enumerated().map { ($1.description, UInt64($0)) }),
        NumberField(
            .snmpTrapType, "snmp.trap_type", directions: .both, progress: (1, 1), maximum: 255,
            symbols: [
                ("cold_start", 0), ("warm_start", 1), ("link_down", 2), ("link_up", 3), ("authentication_failure", 4),
                ("egp_neighbor_loss", 5), ("enterprise_specific", 6),
            ]),
    ]

    static let pduTypes: [StaticString] = [
        "get_request", "get_next_request", "response", "set_request", "trap_v1", "get_bulk_request", "inform_request", "trap_v2", "report",
    ]

    static let trapTypes: [String] = [
        "coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss", "enterpriseSpecific",
    ]

    static let errors: [String] = [
        "NoError", "TooBig", "NoSuchName", "BadValue", "ReadOnly", "GenErr", "NoAccess", "WrongType", "WrongLength", "WrongEncoding",
        "WrongValue", "NoCreation", "InconsistentValue", "ResourceUnavailable", "CommitFailed", "UndoFailed", "AuthorizationError",
        "NotWritable", "InconsistentName",
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case malformedData, unknownSecurityModel, versionMismatch }

    static let events = ["malformed_data", "unknown_security_model", "version_mismatch"]
}

/// One message of SNMP.
final class SNMPTransaction: MessageTransaction {
    let message: SNMPMessage
    /// The version of the flow, which is that of its first message.
    let version: UInt8

    init(_ origin: MessageOrigin, _ message: SNMPMessage, version: UInt8) {
        self.message = message
        self.version = version
        super.init(origin)
        if message.hasUnknownSecurityModel { raise(SNMPFields.Event.unknownSecurityModel.rawValue) }
        if message.version != version { raise(SNMPFields.Event.versionMismatch.rawValue) }
    }

    override func bytes(_ buffer: BufferID, _ instance: Int) -> [UInt8]? {
        guard instance == 0 else { return nil }
        switch buffer {
        case .snmpCommunity: return message.community
        case .snmpUser: return message.userName
        default: return nil
        }
    }

    override func number(_ field: BufferID, _ instance: Int) -> UInt64? {
        guard instance == 0 else { return nil }
        switch field {
        case .snmpVersion: return UInt64(version)
        case .snmpPDUType: return message.pdu.map { UInt64($0.type) }
        case .snmpTrapType: return message.pdu?.trap.map { UInt64($0.type) }
        default: return nil
        }
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("snmp")
        json.beginObject()
        json.key("version")
        json.number(Int(version))
        if let pdu = message.pdu {
            write(pdu, &json)
            if let community = message.community {
                json.key("community")
                json.string(community)
            }
            if let user = message.userName {
                json.key("usm")
                json.string(user)
            }
        } else {
            json.key("pdu_type")
            json.string("encrypted" as StaticString)
        }
        json.endObject()
    }

    private func write(_ pdu: SNMPPDU, _ json: inout JSONWriter) {
        json.key("pdu_type")
        json.string(SNMPFields.pduTypes[Int(pdu.type)])
        if pdu.errorStatus != 0 {
            json.key("error")
            let status = Int(pdu.errorStatus)
            json.string(status < SNMPFields.errors.count ? SNMPFields.errors[status] : "ErrorStatus(\(status))")
        }
        if let trap = pdu.trap {
            json.key("trap_type")
            let type = Int(trap.type)
            json.string(type < SNMPFields.trapTypes.count ? SNMPFields.trapTypes[type] : "TrapType(\(type))")
            json.key("trap_oid")
            json.string(BER.identifier(trap.enterprise))
            json.key("trap_address")
            json.address(IPAddress(v4: trap.agent))
        }
        if !pdu.variables.isEmpty {
            json.key("vars")
            json.beginArray()
            for name in pdu.variables { json.string(BER.identifier(name)) }
            json.endArray()
        }
    }
}

/// SNMP over UDP: each datagram a transaction.
final class SNMPParser: DatagramParser {
    /// 0 until the first envelope was read.
    private var version: UInt8 = 0

    static let descriptor = ProtocolDescriptor(
        .snmp, name: "snmp", transports: .udp, ports: [161, 162], requiresPort: true, buffers: SNMPFields.buffers,
        numbers: SNMPFields.numbers, events: SNMPFields.events, eventType: "snmp",
        probe: { bytes, _ in SNMPMessage.version(bytes) == nil ? .no : .certain }
    ) { limits, _ in SNMPParser(limits: limits) }

    init(limits: ParserLimits) { super.init(.snmp, limits: limits, malformed: SNMPFields.Event.malformedData.rawValue) }

    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        if version == 0 { version = SNMPMessage.version(bytes) ?? 0 }
        do throws(ParseError) {
            return SNMPTransaction(origin, try SNMPMessage(bytes), version: version)
        } catch {
            return nil
        }
    }
}
