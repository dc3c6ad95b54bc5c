import Bytes

/// A field of a protocol that rules can look at (a "sticky buffer"). The high byte is the protocol's number, the low byte the field's.
///
/// Each protocol declares its own in `<Name>Fields.swift`; those of files (`file.data`, `file.name`) belong to number 0.
@frozen public struct BufferID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt16

    @inlinable @inline(__always)
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable @inline(__always)
    public init(_ proto: AppProtocol, _ field: UInt8) { rawValue = UInt16(proto.rawValue) << 8 | UInt16(field) }

    /// The buffer that a frame is to rules.
    @inlinable
    public static func frame(_ proto: AppProtocol, _ type: UInt8) -> BufferID {
        BufferID(rawValue: 1 << 15 | UInt16(proto.rawValue) << 8 | UInt16(type))
    }

    @inlinable public var isFrame: Bool { rawValue & 1 << 15 != 0 }

    /// The protocol that has the buffer; ``AppProtocol/unknown`` for those of files.
    @inlinable public var appProtocol: AppProtocol { AppProtocol(rawValue: UInt8(truncatingIfNeeded: rawValue >> 8 & 0x7f)) }

    /// The frame's type, where this is a frame's buffer.
    @inlinable public var frameType: UInt8 { UInt8(truncatingIfNeeded: rawValue) }

    /// `file.data`: the content of a file or body, for every protocol that carries files.
    @inlinable public static var fileData: BufferID { BufferID(rawValue: 1) }
    /// `file.name`: the name of each file of the transaction.
    @inlinable public static var fileName: BufferID { BufferID(rawValue: 2) }
    /// `file.magic`: what libmagic makes of each file of the transaction.
    @inlinable public static var fileMagic: BufferID { BufferID(rawValue: 3) }
}

/// How a buffer behaves, declared once where the protocol declares its fields; the rule language learns the keyword from it.
public struct BufferDescriptor: Sendable {
    /// How the bytes become available.
    public enum Shape: Sendable {
        /// One value per transaction and direction, complete when the progress is reached.
        case single
        /// Any number of values per transaction; each use of the keyword may hold on another one.
        case multiple
        /// A body that grows while the transaction lasts and is inspected in windows (``StreamingBody``).
        case streaming
    }

    public let id: BufferID
    /// The sticky buffer's name, such as `http.uri`.
    public let name: String
    /// Other names of the same sticky buffer, such as `file_data`.
    public let aliases: [String]
    /// Old-style modifier of the content before it, such as `http_uri`; nil where there is none.
    public let modifier: String?
    /// The letter of a pcre that binds it to this buffer, such as `U`; nil where there is none.
    public let pcreLetter: Character?
    public let shape: Shape
    /// The directions in which the buffer exists.
    public private(set) var directions: FlowDirections
    /// The transaction's progress in the buffer's direction from which it can be inspected: (to server, to client).
    public let progress: (toServer: UInt8, toClient: UInt8)
    /// Suricata's priority for choosing the fast pattern: lower is preferred (most app buffers 2, `http.method` and `http.stat_code` 4).
    public let fastPatternPriority: UInt8
    /// The bytes are already lower case (`http.host`): content with capitals can never match.
    public let isLowercased: Bool
    /// Other protocols whose transactions have this buffer too (DCE/RPC inside of SMB).
    public private(set) var alsoIn: [AppProtocol]
    /// Another buffer that holds the same bytes whenever this one does: searching that one is enough.
    public let heldBy: BufferID?

    public init(
        _ id: BufferID, _ name: String, aliases: [String] = [], modifier: String? = nil, pcreLetter: Character? = nil,
        shape: Shape = .single, directions: FlowDirections, progress: (toServer: UInt8, toClient: UInt8),
        fastPatternPriority: UInt8 = 2, isLowercased: Bool = false, alsoIn: [AppProtocol] = [], heldBy: BufferID? = nil
    ) {
        self.id = id
        self.name = name
        self.aliases = aliases
        self.modifier = modifier
        self.pcreLetter = pcreLetter
        self.shape = shape
        self.directions = directions
        self.progress = progress
        self.fastPatternPriority = fastPatternPriority
        self.isLowercased = isLowercased
        self.alsoIn = alsoIn
        self.heldBy = heldBy
    }

    /// The same buffer, which those protocols have too.
    func shared(with protocols: [AppProtocol]) -> BufferDescriptor {
        var other = self
        other.alsoIn += protocols
        return other
    }

    /// The same buffer, of one side only.
    public func restricted(to direction: FlowDirection) -> BufferDescriptor {
        var other = self
        other.directions = FlowDirections(direction)
        return other
    }
}
