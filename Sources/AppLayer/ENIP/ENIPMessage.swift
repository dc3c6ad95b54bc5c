import Bytes

/// One encapsulated message of EtherNet/IP (ODVA, The CIP Networks Library volume 2, chapter 2).
struct ENIPMessage {
    static let headerSize = 24
    private static let mostItems = 64

    enum Command {
        static let nop: UInt16 = 0
        static let listServices: UInt16 = 4
        static let listIdentity: UInt16 = 0x63
        static let listInterfaces: UInt16 = 0x64
        static let registerSession: UInt16 = 0x65
        static let unregisterSession: UInt16 = 0x66
        static let sendRRData: UInt16 = 0x6f
        static let sendUnitData: UInt16 = 0x70

        static let names: [(name: String, value: UInt64)] = [
            ("nop", 0), ("list_services", 4), ("list_identity", 0x63), ("list_interfaces", 0x64), ("register_session", 0x65),
            ("unregister_session", 0x66), ("send_r_r_data", 0x6f), ("send_unit_data", 0x70), ("indicate_status", 0x72), ("cancel", 0x73),
        ]
    }

    static let statusNames: [(name: String, value: UInt64)] = [
        ("success", 0), ("invalid_cmd", 1), ("no_resources", 2), ("incorrect_data", 3), ("invalid_session", 0x64),
        ("invalid_length", 0x65), ("unsupported_prot_rev", 0x69), ("encap_header_error", 0x6a),
    ]

    struct Identity {
        var protocolVersion: UInt16
        var vendor: UInt16
        var deviceType: UInt16
        var productCode: UInt16
        /// Major and minor.
        var revision: UInt16
        var status: UInt16
        var serial: UInt32
        var productName: [UInt8]
        var state: UInt8
    }

    struct Service {
        var protocolVersion: UInt16
        var capabilities: UInt16
        var name: [UInt8]
    }

    /// An item of the common packet format (§2-6).
    struct Item {
        enum Content {
            case data(sequence: UInt16?, CIPMessage)
            case identity(Identity)
            case service(Service)
            case other
        }

        var type: UInt16
        /// Where it is in the message, its type and length with it.
        var place: Range<Int>
        /// Where CIP begins in the message.
        var start: Int
        var content: Content
    }

    enum Payload {
        case none
        case session(protocolVersion: UInt16, options: UInt16)
        case services([Item])
        case identities([Item])
        case interfaces([Item])
        case cip([Item])
    }

    let command: UInt16
    let length: Int
    let session: UInt32
    let status: UInt32
    let options: UInt32
    private(set) var payload = Payload.none
    /// Its data are not what the command calls for.
    private(set) var isInvalid = false

    var size: Int { ENIPMessage.headerSize + length }

    var items: [Item] {
        switch payload {
        case .services(let items), .identities(let items), .interfaces(let items), .cip(let items): items
        case .none, .session: []
        }
    }

    /// The CIP message that the message carries.
    var cip: CIPMessage? {
        guard case .cip(let items) = payload else { return nil }
        for item in items {
            if case .data(_, let message) = item.content { return message }
        }
        return nil
    }

    var identity: Identity? {
        guard case .identities(let items) = payload, case .identity(let identity)? = items.first?.content else { return nil }
        return identity
    }

    var service: Service? {
        guard case .services(let items) = payload, case .service(let service)? = items.first?.content else { return nil }
        return service
    }

    /// Reads the header only.
    ///
    /// - Parameter bytes: at least ``headerSize`` of them.
    init(header bytes: RawSpan) {
        command = bytes.littleEndianUInt16(at: 0)
        length = Int(bytes.littleEndianUInt16(at: 2))
        session = bytes.littleEndianUInt32(at: 4)
        status = bytes.littleEndianUInt32(at: 8)
        options = bytes.littleEndianUInt32(at: 20)
    }

    /// - Parameter bytes: the whole message.
    init(_ bytes: RawSpan) {
        self.init(header: bytes)
        let end = min(size, bytes.byteCount)
        let start = ENIPMessage.headerSize
        do throws(ParseError) {
            switch command {
            case Command.registerSession:
                guard end - start >= 4 else { throw .truncated }
                payload = .session(
                    protocolVersion: bytes.littleEndianUInt16(at: start), options: bytes.littleEndianUInt16(at: start + 2))
            case Command.listServices where length > 0: payload = .services(try ENIPMessage.items(bytes, start, end))
            case Command.listIdentity where length > 0: payload = .identities(try ENIPMessage.items(bytes, start, end))
            case Command.listInterfaces where length > 0: payload = .interfaces(try ENIPMessage.items(bytes, start, end))
            case Command.sendRRData, Command.sendUnitData:
                // Interface handle and time-out stand before the items.
                payload = .cip(try ENIPMessage.items(bytes, start + 6, end))
            default: break
            }
        } catch {
            isInvalid = true
        }
    }

    private static func items(_ bytes: RawSpan, _ start: Int, _ end: Int) throws(ParseError) -> [Item] {
        guard end - start >= 2 else { throw .truncated }
        let count = bytes.littleEndianUInt16(at: start)
        var offset = start + 2
        var items: [Item] = []
        for _ in 0..<count {
            guard end - offset >= 4 else { throw .truncated }
            let type = bytes.littleEndianUInt16(at: offset)
            let length = Int(bytes.littleEndianUInt16(at: offset + 2))
            guard end - offset - 4 >= length else { throw .truncated }
            var item = Item(type: type, place: offset..<offset + 4 + length, start: offset + 4, content: .other)
            let content = bytes.extracting(offset + 4..<offset + 4 + length)
            switch type {
            case 0x0c: item.content = .identity(try identity(content))
            case 0x100: item.content = .service(try service(content))
            case 0xb1:
                // Connected data begin with a sequence number.
                guard length >= 2 else { throw .truncated }
                item.start += 2
                item.content = .data(sequence: content.littleEndianUInt16(at: 0), try CIPMessage(content.dropping(2)))
            case 0xb2: item.content = .data(sequence: nil, try CIPMessage(content))
            default: break
            }
            if items.count < mostItems { items.append(item) }
            offset += 4 + length
        }
        return items
    }

    private static func identity(_ bytes: RawSpan) throws(ParseError) -> Identity {
        // Version, a socket address of sixteen bytes, then the device.
        guard bytes.byteCount >= 33 else { throw .truncated }
        let length = Int(bytes.byte(at: 32))
        guard bytes.byteCount >= 34 + length else { throw .truncated }
        return Identity(
            protocolVersion: bytes.littleEndianUInt16(at: 0), vendor: bytes.littleEndianUInt16(at: 18),
            deviceType: bytes.littleEndianUInt16(at: 20), productCode: bytes.littleEndianUInt16(at: 22), revision: bytes.uint16(at: 24),
            status: bytes.littleEndianUInt16(at: 26), serial: bytes.littleEndianUInt32(at: 28),
            productName: bytes.extracting(33..<33 + length).copied(), state: bytes.byte(at: 33 + length))
    }

    private static func service(_ bytes: RawSpan) throws(ParseError) -> Service {
        guard bytes.byteCount >= 20 else { throw .truncated }
        return Service(
            protocolVersion: bytes.littleEndianUInt16(at: 0), capabilities: bytes.littleEndianUInt16(at: 2),
            name: bytes.extracting(4..<20).copied())
    }

    /// Whether this response answers that request.
    func answers(_ request: ENIPMessage) -> Bool {
        guard command == request.command, session == request.session || command == Command.registerSession else { return false }
        switch (payload, request.payload) {
        case (.cip(let answer), .cip(let question)):
            // Connections have numbers of their own in each direction: the sequence tells.
            guard answer.count >= 2, question.count >= 2, answer[1].type == 0xb1, question[1].type == 0xb1 else { return true }
            guard case .data(let one?, _) = answer[1].content, case .data(let other?, _) = question[1].content else { return false }
            return one == other
        case (.cip, _), (_, .cip): return false
        default: return true
        }
    }
}
