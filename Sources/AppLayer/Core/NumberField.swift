import Bytes

/// A number of a transaction that rules compare (`dns.rcode`, `ssl_version`). Its buffer holds the number big-endian in 8 bytes.
///
/// It is no sticky buffer: a keyword of its own reads it, so it stands beside ``BufferDescriptor`` and not among them.
public struct NumberField: Sendable {
    public let id: BufferID
    /// The keyword, such as `dns.rcode`.
    public let name: String
    /// The directions in which the number exists.
    public let directions: FlowDirections
    /// The progress from which it is known: (to server, to client).
    public let progress: (toServer: UInt8, toClient: UInt8)
    /// A transaction may hold several; the keyword holds when one of them does.
    public let isMultiple: Bool
    /// A rule may say which of several: `,all`, `,any`, `,0`, `,-1`.
    public let isIndexed: Bool
    /// The largest value that a rule may write.
    public let maximum: UInt64
    /// Names that a rule may write for values.
    public let symbols: [(name: String, value: UInt64)]
    /// Other protocols whose transactions have this number too.
    public private(set) var alsoIn: [AppProtocol]

    public init(
        _ id: BufferID, _ name: String, directions: FlowDirections, progress: (toServer: UInt8, toClient: UInt8), isMultiple: Bool = false,
        isIndexed: Bool = false, maximum: UInt64, symbols: [(name: String, value: UInt64)] = [], alsoIn: [AppProtocol] = []
    ) {
        self.id = id
        self.name = name
        self.directions = directions
        self.progress = progress
        self.isMultiple = isMultiple
        self.isIndexed = isIndexed
        self.maximum = maximum
        self.symbols = symbols
        self.alsoIn = alsoIn
    }

    /// The same number, which those protocols have too.
    func shared(with protocols: [AppProtocol]) -> NumberField {
        var other = self
        other.alsoIn += protocols
        return other
    }

    /// Hands `body` the eight bytes of `value`.
    static func supply(_ value: UInt64, _ body: (RawSpan) -> Void) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
        body(bytes.rawSpan)
    }
}
