import Bytes

/// What a parser made of the bytes that it was given.
@frozen public struct ConsumeResult: Sendable {
    @frozen public enum Status: Sendable {
        /// Go on; give the rest again together with what comes next.
        case ok
        /// Nothing more is understood in this flow; no bytes are wanted any more.
        case failed
        /// The parser has all that it wants (encrypted bulk follows): stop feeding it and let the stream pass by.
        case bypass
        /// The bytes after `consumed` belong to another protocol (STARTTLS, CONNECT, Upgrade): detect anew.
        case upgrade
    }

    /// Bytes from the front that are dealt with. What is left is shown again, with more behind it.
    public var consumed: Int
    public var status: Status

    @inlinable
    public init(consumed: Int, status: Status = .ok) {
        self.consumed = consumed
        self.status = status
    }
}

/// Reads one protocol in one flow, both directions. Made once per flow; called with contiguous bytes as the stream delivers them.
///
/// A parser holds its transactions, oldest first, until they are complete, inspected and logged. It bounds its own memory by the
/// limits that it was made with.
open class ProtocolParser {
    /// What the flow is known as; a parser changes it when it finds that one protocol carries another (DNS over HTTP/2).
    public final var appProtocol: AppProtocol
    /// Transactions not yet forgotten, oldest first.
    public final var transactions: [Transaction] = []
    /// The next transaction's id.
    public final var nextTransactionID: UInt64 = 0
    /// Events that belong to the flow and to no transaction: indices into the descriptor's `events`.
    public final var events: [UInt8] = []
    /// The protocol that the conversation was in before this one (STARTTLS); unknown where it began with it.
    public final var upgradedFrom = AppProtocol.unknown
    /// Flows that the conversation has announced since this was last emptied.
    public final var expected: [ExpectedFlow] = []
    /// The frames reported so far; nil where nobody asks for any of this protocol.
    public internal(set) final var frames: FrameLog?

    public init(_ appProtocol: AppProtocol) { self.appProtocol = appProtocol }

    /// Ends the oldest exchange that is still open, with an event, where more than `limit` are kept: a flood costs no memory.
    public final func closeOldest(over limit: Int, raising event: UInt8) {
        guard transactions.count > limit, let oldest = transactions.first(where: { !$0.isComplete }) else { return }
        oldest.raise(event)
        oldest.advance(.toServer, to: oldest.completeProgress(.toServer))
        oldest.advance(.toClient, to: oldest.completeProgress(.toClient))
    }

    /// Rules on raw data look as soon as a message has ended, instead of waiting for more; so Suricata has it of few protocols.
    open var hurriesRaw: Bool { false }

    /// Reads what it can.
    ///
    /// - Parameters:
    ///   - bytes: all bytes of the stream that were not consumed yet, or one datagram.
    ///   - time: of the packet that made them available.
    open func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        ConsumeResult(consumed: bytes.byteCount)
    }

    /// `count` bytes of the stream are lost at this place. Returns false when the parser cannot go on after it.
    open func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { false }

    /// What reads the bytes after ``ConsumeResult/Status/upgrade``, where the conversation said what they will be; nil leaves it to detection.
    public final var successor: (descriptor: ProtocolDescriptor, parser: ProtocolParser)?

    /// The last bytes of a direction: they were shown before and left for want of more, and no more will come. ``end(_:time:)`` follows.
    open func finish(_ rest: RawSpan, _ direction: FlowDirection, time: Timestamp) {}

    /// A rule wants no event of this transaction; what belongs to it (the answer, where that is a transaction of its own) is silent as well.
    open func silenced(_ transaction: Transaction) {}

    /// The direction has ended (FIN, RST, time-out, end of the capture).
    open func end(_ direction: FlowDirection, time: Timestamp) {}
}

/// What probing the first bytes of a direction says.
@frozen public enum ProbeResult: Sendable {
    case certain
    /// It is this protocol, but these bytes come from the side that was taken for the other one.
    case reversed
    /// More bytes may tell.
    case unsure
    case no
}

/// Transports over which a protocol runs.
public struct ProtocolTransports: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let tcp = ProtocolTransports(rawValue: 1)
    public static let udp = ProtocolTransports(rawValue: 2)
}

/// Everything that the rest of the sensor needs to know of a protocol, registered by one line in `ProtocolRegistry.swift`.
///
/// A class, since every packet of a flow asks for something in it: passing it on copies nothing.
public final class ProtocolDescriptor: Sendable {
    public let appProtocol: AppProtocol
    /// The name in rules and EVE, such as `http`.
    public let name: String
    /// Other names that rules may use.
    public let aliases: [String]
    public let transports: ProtocolTransports
    /// Server ports on which detection asks this protocol first, and where `requiresPort` protocols are looked for at all.
    public let ports: [Port]
    /// The same for the client's port, for protocols that use one on both sides.
    public let clientPorts: [Port]
    /// The bytes alone are too weak a sign: only flows on `ports` are probed.
    public let requiresPort: Bool
    /// Ports of other protocols whose bytes look alike: flows on them are not probed.
    public let foreignPorts: [Port]
    /// Looked for without being asked for in the configuration.
    public let isOnByDefault: Bool
    /// Bytes of a stream in this protocol that are read, instead of the general depth (0: all of them).
    public let streamDepth: Int64?
    /// Looks at the first bytes of a direction.
    public let probe: @Sendable (_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult
    /// Makes the parser of a flow.
    public let makeParser: @Sendable (_ limits: ParserLimits, _ transport: ProtocolTransports) -> ProtocolParser
    public let buffers: [BufferDescriptor]
    /// Numbers that keywords of their own compare.
    public let numbers: [NumberField]
    /// Names for `app-layer-event:<name>.<event>`; a raised event is an index into this list.
    public let events: [String]
    /// Names for `frame:<name>.<frame>`; a parser reports a frame by its index in this list. At most 63.
    public let frames: [String]
    /// Names for the steps of a transaction, where it has more than a beginning and an end.
    public let steps: ProtocolSteps
    /// `event_type` of its EVE event; nil for protocols that log nothing of their own.
    public let eventType: StaticString?
    /// The name among `outputs.eve-log.types` that switches the event on.
    public let logType: StaticString?

    public init(
        _ appProtocol: AppProtocol, name: String, aliases: [String] = [], transports: ProtocolTransports, ports: [Port],
        clientPorts: [Port] = [], requiresPort: Bool = false, foreignPorts: [Port] = [], isOnByDefault: Bool = true,
        streamDepth: Int64? = nil, buffers: [BufferDescriptor], numbers: [NumberField] = [],
        events: [String] = [], frames: [String] = [], steps: ProtocolSteps = ProtocolSteps(), eventType: StaticString?,
        logType: StaticString? = nil,
        probe: @escaping @Sendable (_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult,
        makeParser: @escaping @Sendable (_ limits: ParserLimits, _ transport: ProtocolTransports) -> ProtocolParser
    ) {
        self.appProtocol = appProtocol
        self.name = name
        self.aliases = aliases
        self.foreignPorts = foreignPorts
        self.transports = transports
        self.ports = ports
        self.clientPorts = clientPorts
        self.requiresPort = requiresPort
        self.isOnByDefault = isOnByDefault
        self.streamDepth = streamDepth
        self.buffers = buffers
        self.numbers = numbers
        self.events = events
        self.frames = frames
        self.steps = steps
        self.eventType = eventType
        self.logType = logType ?? eventType
        self.probe = probe
        self.makeParser = makeParser
    }

    /// The same protocol as a configuration wants it.
    public func changed(
        transports: ProtocolTransports, ports: [Port], clientPorts: [Port], streamDepth: Int64?,
        makeParser: @escaping @Sendable (_ limits: ParserLimits, _ transport: ProtocolTransports) -> ProtocolParser
    ) -> ProtocolDescriptor {
        ProtocolDescriptor(
            appProtocol, name: name, aliases: aliases, transports: transports, ports: ports, clientPorts: clientPorts,
            requiresPort: requiresPort, foreignPorts: foreignPorts, isOnByDefault: isOnByDefault, streamDepth: streamDepth,
            buffers: buffers, numbers: numbers, events: events, frames: frames, steps: steps, eventType: eventType, logType: logType,
            probe: probe,
            makeParser: makeParser)
    }
}

/// Bounds on what a parser keeps, from the configuration's `app-layer.protocols` section. Sizes in bytes.
public struct ParserLimits: Sendable {
    /// Body bytes kept for inspection, request side (Suricata: `request-body-limit`).
    public var requestBodyLimit: UInt64 = 100 * 1024
    /// Body bytes kept for inspection, response side.
    public var responseBodyLimit: UInt64 = 100 * 1024
    /// Bytes of headers in one message before the parser gives up on it.
    public var headerLimit = 64 * 1024
    /// Open transactions in one flow; more raise an event and the oldest are closed.
    public var transactionLimit = 512
    /// Open transactions by protocol, where the configuration says so (`max-tx`).
    public var transactionLimits: [String: Int] = [:]
    /// Layers of content encoding that are undone.
    public var decompressionLayers = 2
    /// Most bytes that one body may grow to by decompression.
    public var decompressionLimit: UInt64 = 1 << 20
    /// LZMA among them, and its largest dictionary in bytes (Suricata: `lzma-enabled`, `lzma-memlimit`).
    public var decodesLZMA = false
    public var lzmaMemoryLimit: UInt32 = 1 << 20
    /// MIME: header bytes, nesting, and attachment bytes kept.
    public var mimeHeaderLimit = 16 * 1024
    public var mimeDepth = 8
    /// Digests computed for every file.
    public var fileHashes: FileHashSelection = []
    /// MQTT: packets longer than this are passed over (Suricata: `max-msg-length`).
    public var mqttMessageLimit = 1 << 20
    /// FTP: bytes of a line that are kept; the rest of it is passed over (Suricata: `max-line-length`).
    public var ftpLineLimit = 4096
    /// DNP3: object headers and points of one message (Suricata: `max-objects`, `max-points`).
    public var dnp3Objects = 2048
    public var dnp3Points = 16384
    /// WebSocket: payload bytes kept of a frame, and of a message (Suricata: `max-payload-size`).
    public var webSocketPayloadLimit = 0xffff
    public var smb = SMBLimits()
    public var http2 = HTTP2Limits()
    /// TLS: compute JA3/JA3S and JA4.
    public var fingerprints = true
    /// HTTP: puts files together that come in parts.
    public var partialContent: PartialContent?

    public init() {}

    /// The configuration's `max-tx` of a protocol, or what is usual for it.
    public func transactions(of name: String, otherwise usual: Int) -> Int { transactionLimits[name] ?? usual }
}
