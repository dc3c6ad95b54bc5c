import Bytes
import Digest

/// SSH (RFC 4253): the identification lines, the key exchange's lists, and nothing once both sides are encrypted.
public final class SSHParser: ProtocolParser {
    public static let descriptor = ProtocolDescriptor(
        .ssh, name: "ssh", transports: .tcp, ports: [22], buffers: SSHFields.buffers, events: SSHFields.events,
        frames: ["record.hdr", "record.data", "record.pdu"], steps: SSHFields.steps, eventType: "ssh",
        probe: { bytes, direction in SSHParser.probe(bytes, direction) },
        makeParser: { limits, _ in SSHParser(limits: limits) })

    private enum Frame: UInt8 { case header, data, pdu }

    private enum Stage { case banner, packets, done }

    private struct Side {
        var stage = Stage.banner
        /// Bytes of the current packet to pass by.
        var skip = 0
        /// The rest of an over-long line is being passed by.
        var isSkippingLine = false
        var linesBefore = 0
    }

    /// RFC 4253 §4.2: 255 bytes with the line end.
    private static let longestBanner = 255
    /// Lines that a server may send before its identification.
    private static let mostLinesBefore = 64
    private static let longestPacket = 1 << 18

    private let limits: ParserLimits
    private var sides: (toServer: Side, toClient: Side) = (Side(), Side())
    private var connection: SSHTransaction?

    public init(limits: ParserLimits) {
        self.limits = limits
        super.init(.ssh)
    }

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        for index in 0..<min(4, bytes.byteCount) where bytes.byte(at: index) != letter(index) { return .no }
        return bytes.byteCount >= 4 ? .certain : .unsure
    }

    private static func letter(_ index: Int) -> UInt8 {
        switch index {
        case 0, 1: 0x53
        case 2: 0x48
        default: 0x2d
        }
    }

    public override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        let transaction = open(time)
        var side = direction == .toServer ? sides.toServer : sides.toClient
        let consumed = read(bytes, direction, &side, transaction)
        if direction == .toServer { sides.toServer = side } else { sides.toClient = side }
        guard let consumed else {
            finish(transaction)
            return ConsumeResult(consumed: bytes.byteCount, status: .failed)
        }
        if sides.toServer.stage == .done, sides.toClient.stage == .done {
            return ConsumeResult(consumed: bytes.byteCount, status: .bypass)
        }
        return ConsumeResult(consumed: consumed)
    }

    /// Bytes dealt with; nil when this is not SSH any more.
    private func read(_ bytes: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: SSHTransaction) -> Int? {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            let used: Int?
            switch side.stage {
            case .done: return bytes.byteCount
            case .banner: used = line(rest, direction, &side, transaction)
            case .packets: used = packet(rest, at: offset, direction, &side, transaction)
            }
            guard let used, used >= 0 else { return used == nil ? nil : offset }
            offset += used
        }
        return offset
    }

    // MARK: - Identification

    /// -1: more bytes are needed.
    private func line(_ bytes: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: SSHTransaction) -> Int? {
        var end = 0
        // Longer than any line that is kept: looking further would be looking again with every byte.
        let reach = min(bytes.byteCount, side.isSkippingLine ? bytes.byteCount : SSHParser.longestBanner + 1)
        while end < reach, bytes.byte(at: end) != 10 { end += 1 }
        guard end < reach else {
            if side.isSkippingLine { return bytes.byteCount }
            guard bytes.byteCount > SSHParser.longestBanner else { return -1 }
            transaction.raise(.longBanner)
            side.isSkippingLine = true
            if isIdentification(bytes) { identify(bytes.prefix(SSHParser.longestBanner), direction, &side, transaction) }
            return SSHParser.longestBanner
        }
        if side.isSkippingLine {
            side.isSkippingLine = false
            if transaction.progress(direction) >= SSHFields.banner { side.stage = .packets }
            return end + 1
        }
        var line = bytes.prefix(end)
        if line.byteCount > 0, line.byte(at: line.byteCount - 1) == 13 { line = line.prefix(line.byteCount - 1) }
        if isIdentification(line) {
            identify(line, direction, &side, transaction)
            if side.stage == .banner { side.stage = .packets }
        } else {
            side.linesBefore += 1
            guard direction == .toClient, side.linesBefore < SSHParser.mostLinesBefore else {
                transaction.raise(.invalidBanner)
                return nil
            }
        }
        return end + 1
    }

    private func isIdentification(_ line: RawSpan) -> Bool {
        line.byteCount >= 4 && (0..<4).allSatisfy { line.byte(at: $0) == SSHParser.letter($0) }
    }

    /// `SSH-protoversion-softwareversion SP comments`; the comments are left out.
    private func identify(_ line: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: SSHTransaction) {
        var dash = 4
        while dash < line.byteCount, line.byte(at: dash) != 0x2d { dash += 1 }
        if dash == 4 || dash == line.byteCount { transaction.raise(.invalidBanner) }
        let proto = line.extracting(4..<dash).copied()
        var end = dash
        while end < line.byteCount, line.byte(at: end) != 0x20 { end += 1 }
        let software = end > dash ? line.extracting(dash + 1..<end).copied() : []
        transaction.set(direction) {
            $0.proto = proto
            $0.software = software
        }
        transaction.advance(direction, to: SSHFields.banner)
        // SSH 1 has packets of another form.
        if proto.first == 0x31, proto != Array("1.99".utf8) { finish(direction, &side, transaction) }
    }

    // MARK: - Packets

    /// -1: more bytes are needed.
    private func packet(
        _ bytes: RawSpan, at place: Int, _ direction: FlowDirection, _ side: inout Side, _ transaction: SSHTransaction
    ) -> Int? {
        if side.skip > 0 {
            let passed = min(side.skip, bytes.byteCount)
            side.skip -= passed
            return passed
        }
        guard bytes.byteCount >= 6 else { return -1 }
        let length = Int(bytes.uint32(at: 0))
        guard length >= 2, length <= SSHParser.longestPacket else {
            transaction.raise(.invalidRecord)
            finish(direction, &side, transaction)
            return bytes.byteCount
        }
        // A key exchange is shown again until it is whole.
        let waits = bytes.byte(at: 5) == 20 && length <= limits.headerLimit && bytes.byteCount - 4 < length
        if !waits {
            frame(Frame.header, at: place, length: 6, direction, of: transaction.id)
            frame(Frame.data, at: place + 6, length: length - 2, direction, of: transaction.id)
            frame(Frame.pdu, at: place, length: length + 4, direction, of: transaction.id)
        }
        switch bytes.byte(at: 5) {
        case 20:
            guard length <= limits.headerLimit else {
                transaction.raise(.longKexRecord)
                break
            }
            guard bytes.byteCount - 4 >= length else { return -1 }
            let padding = Int(bytes.byte(at: 4))
            keyExchange(bytes.extracting(6..<4 + max(2, length - padding)), direction, transaction)
            transaction.advance(direction, to: SSHFields.keyExchange)
            return 4 + length
        case 21: finish(direction, &side, transaction)
        default: break
        }
        side.skip = length - 2
        return 6
    }

    /// RFC 4253 §7.1: a cookie and ten lists of names.
    private func keyExchange(_ payload: RawSpan, _ direction: FlowDirection, _ transaction: SSHTransaction) {
        var cursor = ByteCursor(payload)
        var lists: [[UInt8]] = []
        do throws(ParseError) {
            try cursor.skip(16)
            for _ in 0..<8 {
                let length = Int(try cursor.u32())
                lists.append(try cursor.take(length).copied())
            }
        } catch {
            transaction.raise(.invalidRecord)
            return
        }
        // kex, host key, encryption, mac and compression, each of the latter three for both directions.
        let offset = direction == .toServer ? 0 : 1
        let string = lists[0] + [59] + lists[2 + offset] + [59] + lists[4 + offset] + [59] + lists[6 + offset]
        let hash = Array(Hex.encoded(Hash.digest(.md5, of: string.rawSpan)).utf8)
        transaction.set(direction) {
            $0.hasshString = string
            $0.hassh = hash
        }
    }

    // MARK: - Flow

    private func open(_ time: Timestamp) -> SSHTransaction {
        if let connection { return connection }
        let transaction = SSHTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        transactions.append(transaction)
        connection = transaction
        return transaction
    }

    private func finish(_ direction: FlowDirection, _ side: inout Side, _ transaction: SSHTransaction) {
        side.stage = .done
        transaction.advance(direction, to: SSHFields.finished)
    }

    private func finish(_ transaction: SSHTransaction) {
        transaction.advance(.toServer, to: SSHFields.finished)
        transaction.advance(.toClient, to: SSHFields.finished)
    }

    /// Bytes lost inside a packet that is passed by do no harm.
    public override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        let side = direction == .toServer ? sides.toServer : sides.toClient
        if side.stage == .done { return true }
        guard side.stage == .packets, count <= side.skip else {
            if let connection { finish(connection) }
            return false
        }
        if direction == .toServer { sides.toServer.skip -= count } else { sides.toClient.skip -= count }
        return true
    }

    public override func end(_ direction: FlowDirection, time: Timestamp) { connection?.advance(direction, to: SSHFields.finished) }
}
