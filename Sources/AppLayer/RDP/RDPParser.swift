import Bytes

/// The connection sequence of the Remote Desktop Protocol (MS-RDPBCGR §1.3.1.1): T.123 packets with X.224 and MCS in them, or TLS.
final class RDPParser: ProtocolParser {
    private static let handshakeRecord: UInt8 = 22
    private static let mostChannels = 64

    private let limits: ParserLimits
    private var isTLS = false
    private var isOver = false

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.rdp)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            if isOver { return ConsumeResult(consumed: bytes.byteCount, status: .bypass) }
            let rest = bytes.dropping(offset)
            if !isTLS, rest.byte(at: 0) == RDPParser.handshakeRecord { isTLS = true }
            let headerSize = isTLS ? 5 : 4
            guard rest.byteCount >= headerSize else { break }
            let size = isTLS ? 5 + Int(rest.uint16(at: 3)) : Int(rest.uint16(at: 2))
            guard isTLS ? rest.byte(at: 1) == 3 : rest.byte(at: 0) == 3 && size >= 4 else {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            guard rest.byteCount >= size else { break }
            let content = rest.extracting(headerSize..<size)
            if isTLS {
                if direction == .toClient, rest.byte(at: 0) == RDPParser.handshakeRecord { takeHandshake(content, time) }
            } else if let item = RDPParser.item(content, direction) {
                add(item, time)
            }
            offset += size
        }
        return ConsumeResult(consumed: offset)
    }

    private func add(_ item: RDPTransaction.Item, _ time: Timestamp) {
        if case .connectResponse = item { isOver = true }
        guard transactions.count < limits.transactionLimit else { return }
        transactions.append(RDPTransaction(id: nextTransactionID, startTime: time, item: item))
        nextTransactionID += 1
    }

    // MARK: X.224

    private static func item(_ bytes: RawSpan, _ direction: FlowDirection) -> RDPTransaction.Item? {
        guard bytes.byteCount >= 2 else { return nil }
        // The indicator counts what follows it.
        let length = Int(bytes.byte(at: 0))
        guard length >= 2, bytes.byteCount > length else { return nil }
        switch (bytes.byte(at: 1) & 0xf0, direction) {
        case (0xe0, .toServer): return request(bytes.extracting(1..<1 + length))
        case (0xd0, .toClient): return response(bytes.extracting(1..<1 + length))
        case (0xf0, _): return connect(bytes.dropping(1 + length), direction)
        default: return nil
        }
    }

    /// Cookie and negotiation stand behind code, references and class.
    private static func request(_ bytes: RawSpan) -> RDPTransaction.Item {
        var offset = 6
        var cookie: [UInt8]?
        let mark = Array("Cookie: mstshash=".utf8)
        let variable = bytes.dropping(offset)
        if variable.byteCount > mark.count, variable.prefix(mark.count).equals(mark.rawSpan),
            let end = variable.firstOffset(of: 13, from: mark.count)
        {
            cookie = variable.extracting(mark.count..<end).copied()
            offset += end + 2
        } else if variable.byteCount > 7, variable.prefix(7).copied() == Array("Cookie:".utf8),
            let end = variable.firstOffset(of: 10, from: 7)
        {
            offset += end + 1
        }
        let rest = bytes.dropping(offset)
        return .initialRequest(cookie: cookie, flags: rest.byteCount >= 8 && rest.byte(at: 0) == 1 ? rest.byte(at: 1) : 0)
    }

    private static func response(_ bytes: RawSpan) -> RDPTransaction.Item {
        let rest = bytes.dropping(6)
        guard rest.byteCount >= 8 else { return .initialResponse(nil) }
        let value = rest.littleEndianUInt32(at: 4)
        switch rest.byte(at: 0) {
        case 2 where RDPNames.protocols[value] != nil: return .initialResponse(.accepted(flags: rest.byte(at: 1), selected: value))
        case 3 where RDPNames.failures[value] != nil: return .initialResponse(.refused(code: value))
        default: return .initialResponse(nil)
        }
    }

    // MARK: MCS

    /// Connect-Initial and Connect-Response of T.125, in BER with a tag of two bytes.
    private static func connect(_ bytes: RawSpan, _ direction: FlowDirection) -> RDPTransaction.Item? {
        guard bytes.byteCount >= 3, bytes.byte(at: 0) == 0x7f else { return nil }
        switch (bytes.byte(at: 1), direction) {
        case (0x65, .toServer): return connectRequest(bytes.dropping(2))
        case (0x66, .toClient): return .connectResponse
        default: return nil
        }
    }

    /// The client's blocks follow the key "Duca" of the conference's user data (T.124).
    private static func connectRequest(_ bytes: RawSpan) -> RDPTransaction.Item {
        var client: RDPClient?
        var channels: [[UInt8]] = []
        let key = Array("Duca".utf8)
        var at = 0
        while let place = bytes.firstOffset(of: key[0], from: at) {
            at = place + 1
            guard bytes.byteCount - place >= key.count + 2, bytes.extracting(place..<place + key.count).equals(key.rawSpan) else {
                continue
            }
            var offset = place + key.count
            offset += bytes.byte(at: offset) & 0x80 == 0 ? 1 : 2
            while bytes.byteCount - offset >= 4 {
                let type = bytes.littleEndianUInt16(at: offset)
                let length = Int(bytes.littleEndianUInt16(at: offset + 2))
                guard length >= 4, bytes.byteCount - offset >= length else { break }
                let block = bytes.extracting(offset + 4..<offset + length)
                if type == 0xc001 { do throws(ParseError) { client = try RDPClient(block) } catch {} }
                if type == 0xc003 { channels = names(block) }
                offset += length
            }
            break
        }
        return .connectRequest(client, channels: channels)
    }

    /// Names of eight bytes, each with options behind it.
    private static func names(_ block: RawSpan) -> [[UInt8]] {
        guard block.byteCount >= 4 else { return [] }
        let count = min(Int(block.littleEndianUInt32(at: 0)), (block.byteCount - 4) / 12, mostChannels)
        return (0..<count).map { index in
            Array(block.extracting(4 + 12 * index..<12 + 12 * index).copied().prefix { $0 != 0 })
        }
    }

    // MARK: TLS

    /// Looks for the certificates among the messages of one record.
    private func takeHandshake(_ bytes: RawSpan, _ time: Timestamp) {
        var offset = 0
        while bytes.byteCount - offset >= 4 {
            let length = Int(bytes.uint24(at: offset + 1))
            guard bytes.byteCount - offset - 4 >= length else { return }
            if bytes.byte(at: offset) == 11, length >= 3 {
                add(.handshake(serials: RDPParser.serials(bytes.extracting(offset + 7..<offset + 4 + length))), time)
                isOver = true
            }
            offset += 4 + length
        }
    }

    private static func serials(_ bytes: RawSpan) -> [[UInt8]] {
        var serials: [[UInt8]] = []
        var offset = 0
        while bytes.byteCount - offset >= 3, serials.count < 16 {
            let length = Int(bytes.uint24(at: offset))
            guard bytes.byteCount - offset - 3 >= length else { break }
            do throws(ParseError) {
                var outer = BERCursor(bytes.extracting(offset + 3..<offset + 3 + length))
                var certificate = BERCursor(try outer.next(DER.sequence))
                var fields = BERCursor(try certificate.next(DER.sequence))
                // The version stands before the serial number in all but the oldest.
                if fields.tag == 0xa0 { try fields.skip() }
                serials.append(try fields.text(DER.integer))
            } catch {}
            offset += 3 + length
        }
        return serials
    }
}

extension RDPParser {
    static let descriptor = ProtocolDescriptor(
        .rdp, name: "rdp", transports: .tcp, ports: [3389], buffers: [], eventType: "rdp",
        probe: { bytes, direction in probe(bytes, direction) }, makeParser: { limits, _ in RDPParser(limits: limits) })

    /// A T.123 packet with a connection request of X.224 that has a cookie, a negotiation or nothing in it: other protocols on T.123
    /// (S7, H.323) have parameters there.
    private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount >= 1 else { return .unsure }
        guard bytes.byte(at: 0) == 3 else { return .no }
        guard bytes.byteCount >= 11 else { return .unsure }
        let size = Int(bytes.uint16(at: 2))
        let code = bytes.byte(at: 5) & 0xf0
        guard bytes.byte(at: 1) == 0, size >= 11, Int(bytes.byte(at: 4)) + 5 == size, code == (direction == .toServer ? 0xe0 : 0xd0)
        else { return .no }
        if size == 11 { return direction == .toServer ? .certain : .unsure }
        guard bytes.byteCount > 11 else { return .unsure }
        let kind = bytes.byte(at: 11)
        return direction == .toServer ? (kind == 1 || kind == 0x43 ? .certain : .no) : (kind == 2 || kind == 3 ? .certain : .no)
    }
}
