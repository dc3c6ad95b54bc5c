import Bytes

/// The bytes before a frame's payload (RFC 6455 §5.2).
struct WebSocketHeader {
    /// The upper four bits of the first byte: FIN, RSV1 (compressed), RSV2, RSV3.
    var flags: UInt8
    var opcode: UInt8
    var mask: UInt32?
    var length: UInt64
    /// Bytes of the header itself.
    var size: Int

    var isLast: Bool { flags & 0x80 != 0 }
    var isCompressed: Bool { flags & 0x40 != 0 }
    /// Control frames stand between the frames of a message and belong to none.
    var isControl: Bool { opcode >= 8 }

    /// Nil when more bytes are needed.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= 2 else { return nil }
        flags = bytes.byte(at: 0) & 0xf0
        opcode = bytes.byte(at: 0) & 0x0f
        var at = 2
        switch bytes.byte(at: 1) & 0x7f {
        case 126:
            guard bytes.byteCount >= 4 else { return nil }
            length = UInt64(bytes.uint16(at: 2))
            at = 4
        case 127:
            guard bytes.byteCount >= 10 else { return nil }
            length = bytes.uint64(at: 2)
            at = 10
        case let short: length = UInt64(short)
        }
        if bytes.byte(at: 1) & 0x80 != 0 {
            guard bytes.byteCount - at >= 4 else { return nil }
            mask = bytes.uint32(at: at)
            at += 4
        }
        size = at
    }
}

/// WebSocket (RFC 6455) after its upgrade from HTTP/1, with permessage-deflate (RFC 7692).
final class WebSocketParser: ProtocolParser {
    static let descriptor = ProtocolDescriptor(
        .websocket, name: "websocket", transports: .tcp, ports: [], buffers: WebSocketFields.buffers, numbers: WebSocketFields.numbers,
        events: WebSocketFields.events, frames: ["header", "pdu", "data"], eventType: "websocket",
        // Nothing in its first bytes tells it from anything else: only an upgrade leads here.
        probe: { _, _ in .no },
        makeParser: { limits, _ in WebSocketParser(limits: limits) })

    private enum Frame: UInt8 { case header, pdu, data }

    private final class Side {
        /// Payload beyond the limit still to be passed by.
        var skip: UInt64 = 0
        /// A message of which frames are to come, and whether it is compressed.
        var message: (payload: [UInt8], isCompressed: Bool)?
        /// Later messages may refer to the text of earlier ones (RFC 7692 §7.1.1).
        var inflater: Inflater?
    }

    private let limits: ParserLimits
    private let client = Side()
    private let server = Side()

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.websocket)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        let side = direction == .toServer ? client : server
        var offset = 0
        while offset < bytes.byteCount {
            if side.skip > 0 {
                let passed = Int(min(side.skip, UInt64(bytes.byteCount - offset)))
                side.skip -= UInt64(passed)
                offset += passed
                continue
            }
            let rest = bytes.dropping(offset)
            guard let header = WebSocketHeader(rest) else { break }
            let kept = Int(min(header.length, UInt64(limits.webSocketPayloadLimit)))
            guard rest.byteCount - header.size >= kept else { break }
            guard transactions.count < limits.transactionLimit else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            frame(Frame.header, at: offset, length: header.size, direction, of: nextTransactionID)
            frame(Frame.pdu, at: offset, length: header.size + kept, direction, of: nextTransactionID)
            frame(Frame.data, at: offset + header.size, length: kept, direction, of: nextTransactionID)
            take(header, rest.extracting(header.size..<header.size + kept), direction, side, time)
            side.skip = header.length - UInt64(kept)
            offset += header.size + kept
        }
        return ConsumeResult(consumed: offset)
    }

    private func take(_ header: WebSocketHeader, _ payload: RawSpan, _ direction: FlowDirection, _ side: Side, _ time: Timestamp) {
        let transaction = WebSocketTransaction(
            id: nextTransactionID, startTime: time, header: header, direction: direction,
            payload: WebSocketParser.unmasked(payload, header.mask))
        nextTransactionID += 1
        transactions.append(transaction)
        if UInt64(payload.byteCount) < header.length { transaction.raise(.skipEndOfPayload) }
        guard !header.isControl else { return }
        var isCompressed = header.isCompressed
        if var message = side.message {
            let room = limits.webSocketPayloadLimit - message.payload.count
            if transaction.payload.count > room, room > 0 { transaction.raise(.reassemblyLimitReached) }
            message.payload += transaction.payload.prefix(max(room, 0))
            isCompressed = message.isCompressed
            side.message = header.isLast ? nil : message
            if header.isLast { transaction.payload = message.payload }
        } else if !header.isLast {
            side.message = (transaction.payload, header.isCompressed)
        }
        guard header.isLast, isCompressed else { return }
        let inflater = side.inflater ?? Inflater(.message, limit: limits.decompressionLimit)
        side.inflater = inflater
        let (text, isWhole) = inflater.message(transaction.payload, limit: limits.decompressionLimit)
        if !isWhole { side.inflater = nil }
        if !text.isEmpty { transaction.payload = text }
    }

    private static func unmasked(_ payload: RawSpan, _ mask: UInt32?) -> [UInt8] {
        var bytes = payload.copied()
        guard let mask else { return bytes }
        for index in bytes.indices { bytes[index] ^= UInt8(truncatingIfNeeded: mask >> (24 - 8 * UInt32(index & 3))) }
        return bytes
    }
}
