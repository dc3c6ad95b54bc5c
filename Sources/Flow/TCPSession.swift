import Bytes
import Decode

/// Where a connection is. In the order of Suricata's, for what goes by "from … on".
enum TCPState: UInt8, Comparable {
    case none, synSent, synReceived, established, finWait1, finWait2, timeWait, lastAck, closeWait, closing, closed

    static func < (one: TCPState, other: TCPState) -> Bool { one.rawValue < other.rawValue }

    /// The end of the connection is only waited for.
    var isOver: Bool { self == .timeWait || self == .lastAck || self == .closed }

    /// As EVE's `tcp.state` names it.
    var name: StaticString {
        switch self {
        case .none: "none"
        case .synSent: "syn_sent"
        case .synReceived: "syn_recv"
        case .established: "established"
        case .finWait1: "fin_wait1"
        case .finWait2: "fin_wait2"
        case .timeWait: "time_wait"
        case .lastAck: "last_ack"
        case .closeWait: "close_wait"
        case .closing: "closing"
        case .closed: "closed"
        }
    }
}

/// What becomes of a segment after the state machine.
enum TCPStep {
    /// Not part of the session; an event says why.
    case refused
    /// Part of it, and nothing to take from it.
    case passed
    /// Its acknowledgment counts and its data are put in order.
    case taken
}

struct TCPSessionFlags: OptionSet {
    let rawValue: UInt32

    /// Taken up without its beginning.
    static let midstream = TCPSessionFlags(rawValue: 1 << 0)
    /// Taken up by a packet of the client, so that the server's window is not known yet.
    static let midstreamEstablished = TCPSessionFlags(rawValue: 1 << 1)
    /// Taken up by a SYN with an acknowledgment.
    static let midstreamSynack = TCPSessionFlags(rawValue: 1 << 2)
    /// Only one side is seen.
    static let async = TCPSessionFlags(rawValue: 1 << 3)
    /// Both sides send their clocks.
    static let clocks = TCPSessionFlags(rawValue: 1 << 4)
    static let serverScale = TCPSessionFlags(rawValue: 1 << 5)
    /// Both sides sent a SYN before either acknowledged (the "split handshake").
    static let split = TCPSessionFlags(rawValue: 1 << 6)
    static let fastOpen = TCPSessionFlags(rawValue: 1 << 7)
    static let fastOpenIgnored = TCPSessionFlags(rawValue: 1 << 8)
    /// A wrong acknowledgment in the handshake that some systems do not answer with a reset.
    static let evasion = TCPSessionFlags(rawValue: 1 << 9)
    /// The server spoke after the handshake.
    static let confirmed = TCPSessionFlags(rawValue: 1 << 10)
    static let closedByReset = TCPSessionFlags(rawValue: 1 << 11)
    /// A byte was sent into a closed window.
    static let probeToServer = TCPSessionFlags(rawValue: 1 << 12)
    static let probeToClient = TCPSessionFlags(rawValue: 1 << 13)
    /// Bytes were missed: doubtful segments are believed.
    static let lossy = TCPSessionFlags(rawValue: 1 << 14)
}

/// A SYN or its answer that may turn out to be the one that counts.
struct TCPHandshakeOffer: Equatable {
    var sequence: UInt32 = 0
    var acknowledgment: UInt32 = 0
    var window: UInt32
    var clock: UInt32?
    var windowScale: UInt8?
    var allowsSelective: Bool
}

/// One connection: both directions, and how far it has come.
struct TCPSession {
    /// What belongs to neither direction alone.
    struct Core {
        var state = TCPState.none
        var previous = TCPState.none
        var flags: TCPSessionFlags = []
        var offers: [TCPHandshakeOffer] = []

        mutating func enter(_ next: TCPState) {
            guard next != state else { return }
            previous = state
            state = next
        }
    }

    var core = Core()
    /// Instead of the general depth; 0 has no bound.
    var depth: Int64?
    var toServer = TCPStream()
    var toClient = TCPStream()

    /// SYNs and answers to them that are remembered, each.
    static let maxOffers = (syns: 10, answers: 5)
    static let largestScale: UInt8 = 14

    /// Takes one segment of a session that is under way.
    mutating func take(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        if segment.isToServer {
            toServer.flagsSeen.formUnion(segment.flags)
        } else {
            toClient.flagsSeen.formUnion(segment.flags)
        }
        if core.flags.contains(.async), !toServer.flagsSeen.isEmpty, !toClient.flagsSeen.isEmpty { core.flags.remove(.async) }
        let step = check(segment, &events) ?? dispatch(segment, core.state, options, &events)
        if step != .refused { checkAfterReset(segment, &events) }
        return step
    }

    private mutating func dispatch(
        _ segment: TCPSegment, _ state: TCPState, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        switch state {
        case .none: return .passed
        case .synSent: return synSent(segment, options, &events)
        case .synReceived: return synReceived(segment, options, &events)
        case .closed: return closed(segment, options, &events)
        default: break
        }
        return segment.isToServer
            ? core.follow(&toServer, &toClient, segment, state, options, &events)
            : core.follow(&toClient, &toServer, segment, state, options, &events)
    }

    /// A reset whose signature nobody else can check may be forged: when its sender goes on, so does the connection.
    private mutating func closed(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        if segment.flags.contains(.rst) { return .passed }
        let own = segment.isToServer ? toServer.marks : toClient.marks
        let other = segment.isToServer ? toClient.marks : toServer.marks
        guard !own.contains(.resetReceived), other.contains(.resetReceived) else { return .passed }
        let step = dispatch(segment, core.previous, options, &events)
        if step != .refused, core.state == .closed { core.state = core.previous }
        return step
    }

    private mutating func checkAfterReset(_ segment: TCPSegment, _ events: inout StreamEvents) {
        guard !segment.flags.contains(.rst), !(toServer.marks.isEmpty && toClient.marks.isEmpty) else { return }
        if segment.isToServer {
            guard toClient.marks.contains(.resetReceived) else { return }
            toClient.marks.remove(.resetReceived)
        } else {
            guard toServer.marks.contains(.resetReceived) else { return }
            toServer.marks.remove(.resetReceived)
        }
        core.flags.remove(.closedByReset)
        events.insert(.suspectedReset)
    }
}
