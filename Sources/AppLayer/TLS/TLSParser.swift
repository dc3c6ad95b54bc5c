import Bytes
import Digest

/// SSLv2 hellos, SSL 3 and TLS 1.0 to 1.3 up to the point where both sides are encrypted.
///
/// A record's content is taken as it arrives, so that a rule on a certificate does not wait for the end of a long record. Handshake
/// messages that arrive in pieces or over several records are gathered, up to ``ParserLimits/headerLimit``.
public final class TLSParser: ProtocolParser {
    public static let descriptor = ProtocolDescriptor(
        .tls, name: "tls", transports: .tcp, ports: [443, 465, 636, 853, 989, 990, 993, 995], buffers: TLSFields.buffers,
        numbers: TLSFields.numberFields,
        events: TLSFields.events, frames: ["pdu", "hdr", "data", "alert", "heartbeat", "ssl2.hdr", "ssl2.pdu"], steps: TLSFields.steps,
        eventType: "tls",
        probe: { bytes, direction in TLSParser.probe(bytes, direction) },
        makeParser: { limits, _ in TLSParser(limits: limits) })

    private enum Frame: UInt8 { case pdu, hdr, data, alert, heartbeat, version2Header, version2PDU }

    private enum ContentType {
        static let changeCipherSpec: UInt8 = 20
        static let alert: UInt8 = 21
        static let handshake: UInt8 = 22
        static let applicationData: UInt8 = 23
        static let heartbeat: UInt8 = 24
    }

    /// What is known of one direction.
    private struct Side {
        /// Content bytes of the current record that have not arrived.
        var recordLeft = 0
        var recordType: UInt8 = 0
        var recordLength = 0
        /// A handshake message of which parts have arrived.
        var pending: [UInt8] = []
        /// Bytes of an over-long handshake message still to be passed by.
        var skip = 0
        var hasBegun = false
        var changedCipherSpec = false
        var sentApplicationData = false
        var heartbeatLength = 0
        /// Handshake content cannot be read any more: bytes were lost in it.
        var isBroken = false
    }

    /// RFC 8446 §5.2 allows 2^14 + 256, older ones 2^14 + 2048.
    private static let longestRecord = 16384 + 2048
    private static let mostRecords = 256

    private let limits: ParserLimits
    private var sides: (toServer: Side, toClient: Side) = (Side(), Side())
    private var session: TLSTransaction?

    public init(limits: ParserLimits) {
        self.limits = limits
        super.init(.tls)
    }

    // MARK: - Detection

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount > 0 else { return .unsure }
        let first = bytes.byte(at: 0)
        if first == ContentType.handshake || first == ContentType.alert {
            if bytes.byteCount >= 2, bytes.byte(at: 1) != 3 { return .no }
            if bytes.byteCount >= 3, bytes.byte(at: 2) > 4 { return .no }
            guard bytes.byteCount >= 6 else { return .unsure }
            let length = Int(bytes.uint16(at: 3))
            if first == ContentType.alert { return length == 2 && (1...2).contains(bytes.byte(at: 5)) ? .certain : .no }
            guard length >= 1, length <= longestRecord else { return .no }
            let message = bytes.byte(at: 5)
            return message == (direction == .toServer ? 1 : 2) ? .certain : .no
        }
        guard first & 0x80 != 0, direction == .toServer else { return .no }
        guard bytes.byteCount >= 5 else { return bytes.byteCount < 3 || bytes.byte(at: 2) == 1 ? .unsure : .no }
        let length = Int(bytes.uint16(at: 0) & 0x7fff)
        let version = bytes.uint16(at: 3)
        guard bytes.byte(at: 2) == 1, (2...3).contains(version) || (0x0300...0x0304).contains(version) || version == 0x0200 else {
            return .no
        }
        guard bytes.byteCount >= 11 else { return .unsure }
        let parts = Int(bytes.uint16(at: 5)) + Int(bytes.uint16(at: 7)) + Int(bytes.uint16(at: 9))
        return parts + 9 == length && bytes.uint16(at: 5) % 3 == 0 ? .certain : .no
    }

    // MARK: - Records

    public override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        let transaction = open(time)
        transaction.state = 0
        var side = direction == .toServer ? sides.toServer : sides.toClient
        let result = read(bytes, direction, &side, transaction)
        if direction == .toServer { sides.toServer = side } else { sides.toClient = side }
        if result.status == .failed { finish(transaction) }
        if isEncrypted(transaction) {
            finish(transaction)
            // Rules on frames look at encrypted records as well.
            if frames != nil { return result }
            return ConsumeResult(consumed: bytes.byteCount, status: .bypass)
        }
        return result
    }

    private func read(_ bytes: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction) -> ConsumeResult {
        var offset = 0
        var records = 0
        while offset < bytes.byteCount {
            if side.recordLeft > 0 {
                let piece = bytes.dropping(offset).prefix(side.recordLeft)
                if isWhole(side.recordType), piece.byteCount < side.recordLeft { break }
                side.recordLeft -= piece.byteCount
                offset += piece.byteCount
                content(piece, direction, &side, transaction)
                continue
            }
            let rest = bytes.dropping(offset)
            if !side.hasBegun, rest.byte(at: 0) & 0x80 != 0 {
                guard let used = readVersion2(rest, direction, &side, transaction) else { break }
                guard used > 0 else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
                frame(Frame.version2Header, at: offset, length: 3, direction)
                frame(Frame.version2PDU, at: offset, length: used, direction)
                offset += used
                continue
            }
            guard rest.byteCount >= 5 else { break }
            guard header(rest, &side, transaction) else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            reportRecord(at: offset, direction, side)
            offset += 5
            records += 1
            if records == TLSParser.mostRecords { transaction.raise(.tooManyRecordsInPacket) }
        }
        return ConsumeResult(consumed: offset)
    }

    private func reportRecord(at place: Int, _ direction: FlowDirection, _ side: Side) {
        guard frames != nil else { return }
        frame(Frame.hdr, at: place, length: 5, direction)
        frame(Frame.data, at: place + 5, length: side.recordLength, direction)
        frame(Frame.pdu, at: place, length: side.recordLength + 5, direction)
        if side.recordType == ContentType.alert { frame(Frame.alert, at: place + 5, length: side.recordLength, direction) }
        if side.recordType == ContentType.heartbeat { frame(Frame.heartbeat, at: place + 5, length: side.recordLength, direction) }
    }

    /// Records of a few bytes that are read as a whole.
    private func isWhole(_ type: UInt8) -> Bool { type == ContentType.heartbeat }

    private func header(_ bytes: RawSpan, _ side: inout Side, _ transaction: TLSTransaction) -> Bool {
        let type = bytes.byte(at: 0)
        guard bytes.byte(at: 1) == 3 || bytes.byte(at: 1) == 0x7f else {
            transaction.raise(side.hasBegun ? .invalidRecordVersion : .invalidTLSHeader)
            return false
        }
        guard (ContentType.changeCipherSpec...ContentType.heartbeat).contains(type) else {
            transaction.raise(.invalidRecordType)
            return false
        }
        let length = Int(bytes.uint16(at: 3))
        guard length <= TLSParser.longestRecord else {
            transaction.raise(.invalidRecordLength)
            return false
        }
        side.hasBegun = true
        side.recordType = type
        side.recordLeft = length
        side.recordLength = length
        return true
    }

    private func content(_ piece: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction) {
        switch side.recordType {
        case ContentType.handshake:
            // After the change of cipher a handshake record is encrypted; in TLS 1.3 the change is for show (RFC 8446 D.4).
            if side.changedCipherSpec, !isTLS13(transaction) { return }
            guard !side.isBroken else { return }
            handshake(piece, direction, &side, transaction)
        case ContentType.changeCipherSpec:
            side.changedCipherSpec = true
            if !isTLS13(transaction) { changeCipherSpec(direction, transaction) }
        case ContentType.applicationData: side.sentApplicationData = true
        case ContentType.heartbeat: heartbeat(piece, direction, &side, transaction)
        default: break
        }
    }

    private func isTLS13(_ transaction: TLSTransaction) -> Bool {
        if let server = transaction.server { return server.version.isTLS13 }
        return transaction.client?.version.isTLS13 ?? false
    }

    private func changeCipherSpec(_ direction: FlowDirection, _ transaction: TLSTransaction) {
        if direction == .toServer {
            transaction.advance(.toServer, to: TLSFields.clientFinished - 1)
        } else {
            if transaction.serverChain.certificates.isEmpty, transaction.server != nil { transaction.isResumed = true }
            transaction.advance(.toClient, to: TLSFields.serverFinished - 1)
        }
    }

    private func isEncrypted(_ transaction: TLSTransaction) -> Bool {
        if sides.toServer.sentApplicationData, sides.toClient.sentApplicationData { return true }
        return !isTLS13(transaction) && sides.toServer.changedCipherSpec && sides.toClient.changedCipherSpec
    }

    private func finish(_ transaction: TLSTransaction) {
        transaction.advance(.toServer, to: TLSFields.clientFinished)
        transaction.advance(.toClient, to: TLSFields.serverFinished)
    }

    /// RFC 6520; a payload length beyond the record is the attack on CVE-2014-0160.
    private func heartbeat(_ record: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction) {
        transaction.raise(.heartbeatMessage)
        if side.changedCipherSpec || side.sentApplicationData {
            let other = direction == .toServer ? sides.toClient.heartbeatLength : sides.toServer.heartbeatLength
            if direction == .toClient, other > 0, record.byteCount > other { transaction.raise(.dataleakHeartbeatMismatch) }
            side.heartbeatLength = record.byteCount
            return
        }
        guard record.byteCount >= 3, (1...2).contains(record.byte(at: 0)) else {
            transaction.raise(.invalidHeartbeatMessage)
            return
        }
        let payload = Int(record.uint16(at: 1))
        if payload > record.byteCount - 3 {
            transaction.raise(.overflowHeartbeatMessage)
        } else if record.byteCount - 3 - payload < 16 {
            // At least sixteen bytes of padding (RFC 6520 §4).
            transaction.raise(.invalidHeartbeatMessage)
        }
    }

    /// An SSLv2 record with a client hello. Nil: more bytes are needed; 0: it is none.
    private func readVersion2(_ bytes: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction) -> Int? {
        guard bytes.byteCount >= 3 else { return nil }
        let length = Int(bytes.uint16(at: 0) & 0x7fff)
        guard length >= 9, length <= TLSParser.longestRecord else {
            transaction.raise(.invalidSSLv2Header)
            return 0
        }
        guard bytes.byteCount - 2 >= length else { return nil }
        let message = bytes.extracting(2..<2 + length)
        side.hasBegun = true
        switch message.byte(at: 0) {
        case 0: transaction.raise(.errorMessageEncountered)
        case 1:
            guard direction == .toServer, let hello = TLSHello(version2: message.dropping(1)) else {
                transaction.raise(.invalidSSLv2Header)
                return 0
            }
            clientHello(hello, transaction)
        case 4 where direction == .toClient:
            transaction.server = TLSHello(version2Server: message)
            transaction.state |= 2
            transaction.advance(.toClient, to: TLSFields.serverCertificate)
        default: break
        }
        return 2 + length
    }

    // MARK: - Handshake

    private func handshake(_ piece: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction) {
        var rest = piece
        while rest.byteCount > 0, !side.isBroken {
            if side.skip > 0 {
                let passed = min(side.skip, rest.byteCount)
                side.skip -= passed
                rest = rest.dropping(passed)
                continue
            }
            if side.pending.isEmpty, rest.byteCount >= 4 {
                let length = Int(rest.uint24(at: 1))
                if rest.byteCount - 4 >= length {
                    message(rest.byte(at: 0), rest.extracting(4..<4 + length), direction, &side, transaction)
                    rest = rest.dropping(4 + length)
                    continue
                }
            }
            if side.pending.count < 4 {
                let taken = min(4 - side.pending.count, rest.byteCount)
                side.pending += rest.prefix(taken).copied()
                rest = rest.dropping(taken)
                guard side.pending.count == 4 else { return }
            }
            let length = Int(side.pending.rawSpan.uint24(at: 1))
            if length > limits.headerLimit {
                transaction.raise(.handshakeInvalidLength)
                side.pending.removeAll()
                side.skip = length
                continue
            }
            let taken = min(length + 4 - side.pending.count, rest.byteCount)
            side.pending += rest.prefix(taken).copied()
            rest = rest.dropping(taken)
            guard side.pending.count == length + 4 else { return }
            let whole = side.pending
            side.pending.removeAll()
            message(whole[0], whole.rawSpan.dropping(4), direction, &side, transaction)
        }
    }

    private func message(
        _ type: UInt8, _ body: RawSpan, _ direction: FlowDirection, _ side: inout Side, _ transaction: TLSTransaction
    ) {
        switch type {
        case 0, 4, 5, 6, 8, 13, 15, 20, 21, 22, 23, 24: break
        case 1:
            guard direction == .toServer, let hello = TLSHello(body, isClient: true) else {
                transaction.raise(.invalidHandshakeMessage)
                return
            }
            clientHello(hello, transaction)
        case 2:
            guard direction == .toClient, let hello = TLSHello(body, isClient: false) else {
                transaction.raise(.invalidHandshakeMessage)
                return
            }
            serverHello(hello, transaction)
        case 11:
            certificates(body, direction, transaction)
            // A certificate that cannot be read: what follows it is not to be trusted to be a message.
            if transaction.hasBadCertificate {
                transaction.raise(.invalidHandshakeMessage)
                side.isBroken = true
            }
        case 12:
            transaction.state |= 8
            transaction.advance(.toClient, to: TLSFields.serverCertificate)
        case 14: transaction.advance(.toClient, to: TLSFields.serverHelloDone)
        case 16:
            transaction.state |= 4
            transaction.advance(.toServer, to: TLSFields.clientCertificate)
        default: transaction.raise(.invalidHandshakeMessage)
        }
    }

    private func clientHello(_ hello: TLSHello, _ transaction: TLSTransaction) {
        transaction.state |= 1
        hello.flaws.forEach(transaction.raise)
        // After a HelloRetryRequest the client says hello again; the first one is what is fingerprinted.
        guard transaction.client == nil else { return }
        transaction.client = hello
        if limits.fingerprints { transaction.clientFingerprints = HelloFingerprints(hello) }
        transaction.advance(.toServer, to: TLSFields.clientHello)
    }

    private func serverHello(_ hello: TLSHello, _ transaction: TLSTransaction) {
        transaction.state |= 2
        hello.flaws.forEach(transaction.raise)
        guard transaction.server == nil else { return }
        transaction.server = hello
        if limits.fingerprints { transaction.serverFingerprints = HelloFingerprints(hello) }
        // In TLS 1.3 nothing that follows can be read.
        transaction.advance(.toClient, to: hello.version.isTLS13 ? TLSFields.serverHelloDone : TLSFields.serverHello)
    }

    /// RFC 5246 §7.4.2: a list with its length, each certificate with its own.
    private func certificates(_ body: RawSpan, _ direction: FlowDirection, _ transaction: TLSTransaction) {
        let step = direction == .toServer ? TLSFields.clientCertificate : TLSFields.serverCertificate
        defer { transaction.advance(direction, to: step) }
        var chain = TLSTransaction.Chain()
        guard body.byteCount >= 3 else {
            transaction.raise(.invalidCertificate)
            return
        }
        let size = Int(body.uint24(at: 0))
        if size > body.byteCount - 3 { transaction.raise(.certificateInvalidLength) }
        let list = body.dropping(3).prefix(size)
        var at = 0
        while list.byteCount - at >= 3 {
            let length = Int(list.uint24(at: at))
            guard length > 0, list.byteCount - at - 3 >= length else {
                transaction.raise(.certificateInvalidLength)
                break
            }
            let one = list.extracting(at + 3..<at + 3 + length)
            at += 3 + length
            if chain.certificates.isEmpty {
                var flaw: Certificate.Flaw?
                chain.leaf = Certificate(one, flaw: &flaw)
                if let flaw {
                    transaction.raise(event(flaw))
                    transaction.hasBadCertificate = true
                }
                let digest = Hash.digest(.sha1, of: one)
                chain.fingerprint = Certificate.colonHex(digest.rawSpan, upperCase: false)
            }
            chain.certificates.append(one.copied())
        }
        guard !chain.certificates.isEmpty else { return }
        if direction == .toServer {
            if transaction.clientChain.certificates.isEmpty { transaction.clientChain = chain }
        } else if transaction.serverChain.certificates.isEmpty {
            transaction.serverChain = chain
        }
    }

    private func event(_ flaw: Certificate.Flaw) -> TLSFields.Event {
        switch flaw {
        case .invalid: .invalidCertificate
        case .missingElement: .certificateMissingElement
        case .invalidLength: .certificateInvalidLength
        case .invalidString: .certificateInvalidString
        }
    }

    // MARK: - Flow

    private func open(_ time: Timestamp) -> TLSTransaction {
        if let session { return session }
        let transaction = TLSTransaction(id: nextTransactionID, startTime: time)
        transaction.upgradedFrom = upgradedFrom
        nextTransactionID += 1
        transactions.append(transaction)
        session = transaction
        return transaction
    }

    /// Bytes lost inside a record's content leave the next record's place known.
    public override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        var side = direction == .toServer ? sides.toServer : sides.toClient
        guard count <= side.recordLeft else {
            if let session { finish(session) }
            return false
        }
        side.recordLeft -= count
        if side.recordType == ContentType.handshake {
            side.isBroken = true
            side.pending.removeAll()
        }
        if direction == .toServer { sides.toServer = side } else { sides.toClient = side }
        return true
    }

    public override func end(_ direction: FlowDirection, time: Timestamp) {
        session?.advance(direction, to: direction == .toServer ? TLSFields.clientFinished : TLSFields.serverFinished)
    }
}
