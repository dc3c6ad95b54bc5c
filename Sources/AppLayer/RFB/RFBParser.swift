import Bytes

/// The Remote Framebuffer protocol of VNC (RFC 6143), up to the server's description of the screen.
final class RFBParser: ProtocolParser {
    /// Whose turn it is, and with what.
    private enum State {
        case serverVersion, clientVersion, securityTypes, securitySelection, serverSecurityType, challenge, response, result
        case failureReason, clientInit, serverInit, over

        var speaker: FlowDirection? {
            switch self {
            case .clientVersion, .securitySelection, .response, .clientInit: .toServer
            case .over: nil
            default: .toClient
            }
        }
    }

    private enum Frame: UInt8 { case pdu }

    /// Bytes that are kept of names and reasons.
    private static let longestText = 4096

    private var state = State.serverVersion
    private var session: RFBTransaction?

    init() { super.init(.rfb) }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var cursor = ByteCursor(bytes)
        while !cursor.isAtEnd {
            guard let speaker = state.speaker else { return ConsumeResult(consumed: bytes.byteCount, status: .bypass) }
            if speaker != direction, !isLateResult(direction) {
                guard let session else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
                session.raise(RFBFields.Event.confusedState.rawValue)
                return ConsumeResult(consumed: bytes.byteCount)
            }
            let start = cursor.offset
            do throws(ParseError) {
                if speaker != direction {
                    session?.securityResult = try cursor.u32()
                } else {
                    try read(&cursor, time)
                }
            } catch .truncated {
                return ConsumeResult(consumed: start)
            } catch {
                session?.raise(RFBFields.Event.malformedMessage.rawValue)
                session?.complete()
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            frame(Frame.pdu, at: start, length: cursor.offset - start, direction, of: session?.id)
            session?.step(direction)
        }
        return ConsumeResult(consumed: bytes.byteCount)
    }

    /// From version 3.8 on the server confirms that there is no authentication (§7.1.2).
    private func isLateResult(_ direction: FlowDirection) -> Bool {
        state == .clientInit && direction == .toClient && session?.securityType == 1 && session?.securityResult == nil
    }

    @_lifetime(cursor: copy cursor)
    private func read(_ cursor: inout ByteCursor, _ time: Timestamp) throws(ParseError) {
        switch state {
        case .serverVersion:
            let version = try readVersion(&cursor)
            let transaction = RFBTransaction(id: nextTransactionID, startTime: time)
            nextTransactionID += 1
            transaction.serverVersion = version
            transactions.append(transaction)
            session = transaction
            state = .clientVersion
        case .clientVersion:
            let version = try readVersion(&cursor)
            session?.clientVersion = version
            // In version 3.3 the server decides alone.
            state = version.major == Array("003".utf8) && version.minor == Array("003".utf8) ? .serverSecurityType : .securityTypes
        case .securityTypes:
            let count = try cursor.u8()
            try cursor.skip(Int(count))
            state = count == 0 ? .failureReason : .securitySelection
        case .securitySelection: select(UInt32(try cursor.u8()))
        case .serverSecurityType: select(try cursor.u32())
        case .challenge:
            session?.challenge = try cursor.take(16).copied()
            state = .response
        case .response:
            session?.response = try cursor.take(16).copied()
            state = .result
        case .result:
            let result = try cursor.u32()
            session?.securityResult = result
            switch result {
            case 0: state = .clientInit
            case 1: state = .failureReason
            default: stop(.unknownSecurityResult)
            }
        case .failureReason:
            session?.failureReason = try readText(&cursor)
            stop(nil)
        case .clientInit:
            session?.isShared = try cursor.u8() != 0
            state = .serverInit
        case .serverInit:
            session?.screen = try readScreen(&cursor)
            stop(nil)
        case .over: break
        }
    }

    private func select(_ type: UInt32) {
        session?.securityType = type
        switch type {
        case 0: state = .failureReason
        case 1: state = .clientInit
        case 2: state = .challenge
        default: stop(.unimplementedSecurityType)
        }
    }

    /// Nothing more is understood, or of interest.
    private func stop(_ event: RFBFields.Event?) {
        state = .over
        if let event { session?.raise(event.rawValue) }
        session?.complete()
    }

    @_lifetime(cursor: copy cursor)
    private func readVersion(_ cursor: inout ByteCursor) throws(ParseError) -> RFBTransaction.Version {
        let line = try cursor.take(12).copied()
        guard line.starts(with: Array("RFB ".utf8)), line[7] == 46, line[11] == 10 else { throw .malformed }
        return RFBTransaction.Version(major: Array(line[4..<7]), minor: Array(line[8..<11]))
    }

    /// A length and as many bytes, of which a part is kept.
    @_lifetime(cursor: copy cursor)
    private func readText(_ cursor: inout ByteCursor) throws(ParseError) -> [UInt8] {
        let length = Int(try cursor.u32())
        return try cursor.take(min(length, RFBParser.longestText)).copied()
    }

    @_lifetime(cursor: copy cursor)
    private func readScreen(_ cursor: inout ByteCursor) throws(ParseError) -> RFBTransaction.Screen {
        let (width, height) = (try cursor.u16(), try cursor.u16())
        let (bits, depth) = (try cursor.u8(), try cursor.u8())
        let (isBigEndian, isTrueColor) = (try cursor.u8() != 0, try cursor.u8() != 0)
        let maxima = (try cursor.u16(), try cursor.u16(), try cursor.u16())
        let shifts = (try cursor.u8(), try cursor.u8(), try cursor.u8())
        try cursor.skip(3)
        return RFBTransaction.Screen(
            width: width, height: height, bitsPerPixel: bits, depth: depth, isBigEndian: isBigEndian, isTrueColor: isTrueColor,
            maxima: maxima, shifts: shifts, name: try readText(&cursor))
    }
}

extension RFBParser {
    static let descriptor = ProtocolDescriptor(
        .rfb, name: "rfb", transports: .tcp, ports: [5900], buffers: RFBFields.buffers, numbers: RFBFields.numbers,
        events: RFBFields.events, frames: ["pdu"], eventType: "rfb", probe: { bytes, _ in probe(bytes) },
        makeParser: { _, _ in RFBParser() })

    /// Both sides begin with their version.
    private static func probe(_ bytes: RawSpan) -> ProbeResult {
        let mark = Array("RFB ".utf8)
        for index in 0..<min(mark.count, bytes.byteCount) where bytes.byte(at: index) != mark[index] { return .no }
        return bytes.byteCount >= mark.count ? .certain : .unsure
    }
}
