import Bytes

/// A stretch of a stream or datagram that a parser has told apart: a PDU, its header, the line of a command (Suricata's "frame").
@frozen public struct ProtocolFrame: Sendable, BitwiseCopyable {
    /// Index into the descriptor's `frames`, or ``stream``.
    public let type: UInt8
    /// From 1 within the direction.
    public let id: UInt64
    /// Where its first byte is: in the stream, counted from the first byte after the SYN, or in the datagram.
    public let offset: Int64
    /// Bytes; nil as long as it is not known.
    public var length: Int64?
    /// The transaction that it belongs to.
    public var transactionID: UInt64?
    /// Bytes from its start that rules are done with. Set by detection.
    public var inspectedTo: Int64 = 0
    /// Its EVE event was written.
    public var isLogged = false

    /// The frame `stream` of every protocol over TCP: all that a direction sends.
    public static let stream: UInt8 = 63

    /// Stream offset after its last byte, once its length is known.
    @inlinable public var end: Int64? { length.map { offset &+ $0 } }
}

/// Names a frame whose length or transaction is told later.
@frozen public struct FrameID: Sendable, BitwiseCopyable {
    let direction: FlowDirection
    let number: UInt64
}

/// Which frames somebody asks for, by protocol: those in rules, or all when they are logged.
public struct FrameSelection: Sendable {
    private var masks: [UInt8: UInt64] = [:]
    /// Frames are logged: every type of every protocol is wanted.
    public var wantsAll = false

    public init() {}

    public var isEmpty: Bool { masks.isEmpty && !wantsAll }

    public mutating func insert(_ proto: AppProtocol, _ type: UInt8) { masks[proto.rawValue, default: 0] |= 1 << UInt64(type & 63) }

    /// Bits of the frame types that are wanted of a protocol.
    public func mask(_ descriptor: ProtocolDescriptor) -> UInt64 {
        if wantsAll { return (1 << UInt64(descriptor.frames.count)) - 1 }
        return masks[descriptor.appProtocol.rawValue] ?? 0
    }
}

/// The frames of one flow that rules and logs are not done with, oldest first. Made only for flows of which somebody wants frames.
public final class FrameLog {
    /// Most frames of one direction that are kept at once; more are not reported.
    static let limit = 260

    private let mask: UInt64
    private var counts: (toServer: UInt64, toClient: UInt64) = (0, 0)
    public private(set) var toServer: [ProtocolFrame] = []
    public private(set) var toClient: [ProtocolFrame] = []
    /// Stream offset of the first of the bytes that the parser is looking at; 0 for datagrams.
    var base: Int64 = 0
    private var hasStream: FlowDirections = []

    init(mask: UInt64) { self.mask = mask }

    public subscript(direction: FlowDirection) -> [ProtocolFrame] {
        _read { yield direction == .toServer ? toServer : toClient }
        _modify {
            if direction == .toServer { yield &toServer } else { yield &toClient }
        }
    }

    /// The frame `stream` begins with the first bytes that the parser of a direction gets.
    func beginStream(_ direction: FlowDirection) {
        guard !hasStream.contains(direction) else { return }
        hasStream.insert(FlowDirections(direction))
        _ = add(ProtocolFrame.stream, 0, nil, direction, nil)
    }

    func add(_ type: UInt8, _ place: Int, _ length: Int?, _ direction: FlowDirection, _ transaction: UInt64?) -> FrameID? {
        guard mask & 1 << UInt64(type & 63) != 0, place >= 0, self[direction].count < FrameLog.limit else { return nil }
        let number = (direction == .toServer ? counts.toServer : counts.toClient) &+ 1
        if direction == .toServer { counts.toServer = number } else { counts.toClient = number }
        self[direction].append(
            ProtocolFrame(
                type: type, id: number, offset: base &+ Int64(place), length: length.map { Int64(max(0, $0)) }, transactionID: transaction))
        return FrameID(direction: direction, number: number)
    }

    func change(_ id: FrameID, _ body: (inout ProtocolFrame) -> Void) {
        guard let index = self[id.direction].lastIndex(where: { $0.id == id.number }) else { return }
        body(&self[id.direction][index])
    }

    /// Forgets the frames of a direction for which `isDone` holds.
    public func forget(_ direction: FlowDirection, where isDone: (ProtocolFrame) -> Bool) { self[direction].removeAll(where: isDone) }
}

extension ProtocolParser {
    /// Reports a frame. Costs nothing where nobody asks for frames of this protocol.
    ///
    /// - Parameters:
    ///   - name: a case of the protocol's enumeration of frames, in the order of the descriptor's `frames`.
    ///   - place: where it begins in the bytes that ``consume(_:_:time:)`` was given.
    ///   - length: in bytes, also of those that have not come yet; nil when it is not known and ``endFrame(_:at:)`` tells it later.
    ///   - transaction: the id of the transaction that it belongs to.
    /// - Important: Report each frame once: where the same bytes are shown again for want of more, only when they are consumed.
    @discardableResult @inline(__always)
    final func frame(
        _ name: some RawRepresentable<UInt8>, at place: Int, length: Int?, _ direction: FlowDirection, of transaction: UInt64? = nil
    ) -> FrameID? {
        guard let frames else { return nil }
        return frames.add(name.rawValue, place, length, direction, transaction)
    }

    /// The frame ends before the byte at `place` of those that ``consume(_:_:time:)`` was given.
    final func endFrame(_ frame: FrameID?, at place: Int) {
        guard let frames, let frame else { return }
        let end = frames.base &+ Int64(place)
        frames.change(frame) { $0.length = max(0, end &- $0.offset) }
    }

    /// The frame belongs to that transaction.
    final func assignFrame(_ frame: FrameID?, to transaction: UInt64) {
        guard let frames, let frame else { return }
        frames.change(frame) { $0.transactionID = transaction }
    }
}
