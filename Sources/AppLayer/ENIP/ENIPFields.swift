import Bytes

extension BufferID {
    static let enipProductName = BufferID(.enip, 1)
    static let enipServiceName = BufferID(.enip, 2)
    static let enipCommand = BufferID(.enip, 3)
    static let enipStatus = BufferID(.enip, 4)
    static let enipProtocolVersion = BufferID(.enip, 5)
    static let enipRevision = BufferID(.enip, 6)
    static let enipIdentityStatus = BufferID(.enip, 7)
    static let enipState = BufferID(.enip, 8)
    static let enipSerial = BufferID(.enip, 9)
    static let enipProductCode = BufferID(.enip, 10)
    static let enipDeviceType = BufferID(.enip, 11)
    static let enipVendor = BufferID(.enip, 12)
    static let enipCapabilities = BufferID(.enip, 13)
    static let enipCIPAttribute = BufferID(.enip, 14)
    static let enipCIPClass = BufferID(.enip, 15)
    static let enipCIPInstance = BufferID(.enip, 16)
    static let enipCIPStatus = BufferID(.enip, 17)
    static let enipCIPExtendedStatus = BufferID(.enip, 18)
}

/// What rules can look at in EtherNet/IP and CIP. `cip_service` is a keyword of its own.
enum ENIPFields {
    static let buffers: [BufferDescriptor] = [
        .init(.enipProductName, "enip.product_name", directions: .toClient, progress: (0, 1)),
        .init(.enipServiceName, "enip.service_name", directions: .toClient, progress: (0, 1)),
    ]

    static let numbers: [NumberField] = [
        number(
            .enipCommand, "enip_command", .both, 0xffff,
            ENIPMessage.Command.names + [(name: "send_rr_data", value: 0x6f)]),
        number(.enipStatus, "enip.status", .both, 0xffff_ffff, ENIPMessage.statusNames),
        number(.enipProtocolVersion, "enip.protocol_version", .both, 0xffff),
        number(.enipRevision, "enip.revision", .toClient, 0xffff),
        number(.enipIdentityStatus, "enip.identity_status", .toClient, 0xffff),
        number(.enipState, "enip.state", .toClient, 0xff),
        number(.enipSerial, "enip.serial", .toClient, 0xffff_ffff),
        number(.enipProductCode, "enip.product_code", .toClient, 0xffff),
        number(.enipDeviceType, "enip.device_type", .toClient, 0xffff),
        number(.enipVendor, "enip.vendor_id", .toClient, 0xffff),
        number(.enipCapabilities, "enip.capabilities", .toClient, 0xffff),
        number(.enipCIPAttribute, "enip.cip_attribute", .toServer, 0xffff_ffff),
        number(.enipCIPClass, "enip.cip_class", .toServer, 0xffff_ffff),
        number(.enipCIPInstance, "enip.cip_instance", .toServer, 0xffff_ffff),
        number(.enipCIPStatus, "enip.cip_status", .toClient, 0xff),
        number(.enipCIPExtendedStatus, "enip.cip_extendedstatus", .toClient, 0xffff),
    ]

    private static func number(
        _ id: BufferID, _ name: String, _ directions: FlowDirections, _ maximum: UInt64, _ symbols: [(name: String, value: UInt64)] = []
    ) -> NumberField {
        NumberField(id, name, directions: directions, progress: (0, 0), isMultiple: true, maximum: maximum, symbols: symbols)
    }

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case tooManyTransactions, invalidPDU }

    static let events = ["too_many_transactions", "invalid_pdu"]

    static let frames = ["hdr", "data", "pdu", "cip", "enip_item"]
    enum Frame: UInt8 { case header, data, pdu, cip, item }
}

/// `cip_service`: service, class and attribute.
public struct CIPServiceTest: TransactionTest {
    public var service: UInt8
    public var classNumber: UInt32?
    public var attribute: UInt32?

    public init(service: UInt8, classNumber: UInt32?, attribute: UInt32?) {
        self.service = service
        self.classNumber = classNumber
        self.attribute = attribute
    }

    public var directions: FlowDirections { .both }

    public func holds(_ transaction: Transaction, _ direction: FlowDirection) -> Bool {
        guard let transaction = transaction as? ENIPTransaction else { return false }
        let message = direction == .toServer ? transaction.request : transaction.response
        return message?.cip?.all.contains(where: holds) ?? false
    }

    private func holds(_ message: CIPMessage) -> Bool {
        guard message.service == service else { return false }
        guard let classNumber else { return true }
        guard message.values(CIPMessage.Segment.Kind.classes).contains(classNumber) else { return false }
        guard let attribute else { return true }
        return message.values(CIPMessage.Segment.Kind.attribute).contains(attribute) || message.attributes.contains { $0 == attribute }
    }
}
