import Bytes

/// DNP3 over TCP (IEEE 1815): link frames, segments of the transport layer, fragments of the application layer.
final class DNP3Parser: ProtocolParser {
    /// Sixty-four sequence numbers, and what a frame can carry at most: more segments cannot be told apart.
    private static let mostReassembled = 63 * 255
    private static let mostOpen = 32
    private static let banner = Array("DNP3".utf8)
    private static let confirm: UInt8 = 0

    private let limits: ParserLimits

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.dnp3)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        if direction == .toClient, DNP3Parser.holdsBanner(bytes) { return ConsumeResult(consumed: bytes.byteCount) }
        var offset = 0
        while bytes.byteCount - offset >= DNP3Link.size {
            let rest = bytes.dropping(offset)
            guard let link = DNP3Link(rest) else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            guard DNP3Link.isSound(rest.prefix(DNP3Link.size)) else { return fail(.badLinkChecksum, bytes.byteCount) }
            guard let size = link.frameSize else { return fail(.lengthTooSmall, bytes.byteCount) }
            guard rest.byteCount >= size else { break }
            offset += size
            guard link.isUserData else { continue }
            // Transport and application header; responses have indications too.
            guard link.length >= 5 + (direction == .toServer ? 3 : 5) else {
                if direction == .toClient { return fail(.lengthTooSmall, bytes.byteCount) }
                raise(.lengthTooSmall)
                continue
            }
            guard let data = DNP3Link.userData(rest.extracting(DNP3Link.size..<size)) else {
                raise(.badTransportChecksum)
                continue
            }
            take(link, data, direction, time)
        }
        return ConsumeResult(consumed: offset)
    }

    private func raise(_ event: DNP3Fields.Event) { transactions.last?.raise(event.rawValue) }

    private func fail(_ event: DNP3Fields.Event, _ count: Int) -> ConsumeResult {
        raise(event)
        return ConsumeResult(consumed: count, status: .failed)
    }

    /// - Parameter data: the transport header, then a segment of the fragment.
    private func take(_ link: DNP3Link, _ data: [UInt8], _ direction: FlowDirection, _ time: Timestamp) {
        let transport = data[0]
        let sequence = transport & 0x3f
        let transaction: DNP3Transaction
        if transport & 0x40 != 0 {
            // A confirmation asks for nothing and answers nothing.
            if direction == .toServer, data[2] == DNP3Parser.confirm { return }
            let indications = direction == .toClient ? UInt16(data[3]) << 8 | UInt16(data[4]) : 0
            transaction = DNP3Transaction(
                id: nextTransactionID, startTime: time, link: link, direction: direction, control: data[1], function: data[2],
                indications: indications, sequence: sequence)
            add(transaction)
        } else {
            let open = transactions.lazy.compactMap { $0 as? DNP3Transaction }.first {
                $0.direction == direction && !$0.isComplete && $0.link.source == link.source && $0.link.destination == link.destination
                    && ($0.sequence + 1) & 0x3f == sequence
            }
            guard let open else { return }
            open.sequence = sequence
            transaction = open
        }
        guard transaction.fragment.count + data.count - 1 <= DNP3Parser.mostReassembled else {
            transaction.raise(.tooLongReassembly)
            transaction.complete()
            return
        }
        transaction.fragment += data[1...]
        guard transport & 0x80 != 0 else { return }
        let fragment = transaction.fragment
        let objects = DNP3Objects(
            fragment.rawSpan, from: direction == .toServer ? 2 : 4, mostObjects: limits.dnp3Objects, mostPoints: limits.dnp3Points)
        if let event = objects.event { transaction.raise(event) }
        transaction.objects = objects
        transaction.complete()
    }

    private func add(_ transaction: DNP3Transaction) {
        nextTransactionID += 1
        transactions.append(transaction)
        let limit = limits.transactions(of: "dnp3", otherwise: DNP3Parser.mostOpen)
        guard transactions.count > limit else { return }
        transaction.raise(.flooded)
        for old in transactions.prefix(transactions.count - limit) { (old as? DNP3Transaction)?.complete() }
    }

    private static func holdsBanner(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= banner.count else { return false }
        for start in 0...min(bytes.byteCount - banner.count, 256) where bytes.byte(at: start) == banner[0] {
            if bytes.extracting(start..<start + banner.count).equals(banner.rawSpan) { return true }
        }
        return false
    }
}

extension DNP3Parser {
    static let descriptor = ProtocolDescriptor(
        .dnp3, name: "dnp3", transports: .tcp, ports: [20000], requiresPort: true, isOnByDefault: false, buffers: DNP3Fields.buffers,
        numbers: DNP3Fields.numbers, events: DNP3Fields.events, eventType: "dnp3", probe: probe
    ) { limits, _ in DNP3Parser(limits: limits) }

    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        // Some outstations begin with a line of text.
        if holdsBanner(bytes) {
            var isText = true
            for index in 0..<min(bytes.byteCount, 256) where !ASCII.isPrintable(bytes.byte(at: index)) { isText = false }
            if isText { return direction == .toClient ? .certain : .reversed }
        }
        guard bytes.byteCount >= DNP3Link.size else { return .unsure }
        guard let link = DNP3Link(bytes), link.length >= 5 else { return .no }
        return link.isFromMaster == (direction == .toServer) ? .certain : .reversed
    }
}
