import Bytes

/// Which file or pipe a request is about.
enum SMBFileID: Hashable {
    case none
    /// SMB1: 16 bits that mean something only with the session's number.
    case short(UInt16, session: UInt32)
    /// SMB2: persistent and volatile part, as they stand on the wire, read big-endian.
    case long(UInt64, UInt64)

    init(_ bytes: RawSpan) {
        self = bytes.byteCount == 16 ? .long(bytes.uint64(at: 0), bytes.uint64(at: 8)) : .none
    }

    /// As EVE shows it; empty when there is none.
    var text: [UInt8] {
        switch self {
        case .none: return []
        case .short(let number, _):
            return [ASCII.hexDigit(UInt8(number >> 12)), ASCII.hexDigit(UInt8(number >> 8 & 15))]
                + [ASCII.hexDigit(UInt8(number >> 4 & 15)), ASCII.hexDigit(UInt8(number & 15))]
        case .long(let high, let low):
            return SMBGUID.text([high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } })
        }
    }
}

/// GUIDs as EVE shows them: every group is turned round, the last one as a whole.
enum SMBGUID {
    private static let order = [3, 2, 1, 0, 5, 4, 7, 6, 9, 8, 11, 10, 15, 14, 13, 12]

    /// Empty unless there are 16 bytes.
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count == 16 else { return [] }
        var text: [UInt8] = []
        for (place, index) in order.enumerated() {
            if [4, 6, 8, 10].contains(place) { text.append(45) }
            text.append(ASCII.hexDigit(bytes[index] >> 4))
            text.append(ASCII.hexDigit(bytes[index] & 15))
        }
        return text
    }
}

/// What a message belongs to: for the tables in which a request leaves what its answer needs.
struct SMBMessageKey: Hashable {
    var session: UInt64
    /// 0 where the answer does not repeat it.
    var tree: UInt32
    var message: UInt64
}

/// A share that was connected to.
struct SMBTree {
    var name: [UInt8]
    var isPipe: Bool
}

/// What both directions of a connection and its transactions have in common.
final class SMBConnection {
    /// The SMB2 dialect; 0 while SMB1 is spoken or nothing was negotiated.
    var dialect: UInt16 = 0
    /// The SMB1 dialect's name.
    var dialectName: [UInt8]?
    /// As negotiated, in bytes; 0 while nothing was.
    var maxReadSize: UInt32 = 0
    var maxWriteSize: UInt32 = 0
    /// Of the last DCE/RPC bind on any of its pipes.
    var interfaces: [DCERPCInterface] = []

    /// Names of open files and pipes.
    var names: RecentTable<SMBFileID, [UInt8]>
    /// Names in create requests, for their answers.
    var createdNames: RecentTable<SMBMessageKey, [UInt8]>
    /// Files in requests, for answers that do not name them.
    var requestedFiles: RecentTable<SMBMessageKey, SMBFileID>
    /// Read requests: the file, and from where.
    var reads: RecentTable<SMBMessageKey, (file: SMBFileID, offset: UInt64)>
    /// By session and tree.
    var trees: RecentTable<SMBMessageKey, SMBTree>
    /// Beginnings of DCE/RPC answers whose rest comes with the next read, by session, tree and file.
    var pipeFragments: RecentTable<SMBPipeKey, [UInt8]>

    init(limits: SMBLimits) {
        names = RecentTable(limit: limits.tableLimit)
        createdNames = RecentTable(limit: limits.tableLimit)
        requestedFiles = RecentTable(limit: limits.tableLimit)
        reads = RecentTable(limit: limits.tableLimit)
        trees = RecentTable(limit: limits.tableLimit)
        pipeFragments = RecentTable(limit: min(limits.tableLimit, 16))
    }

    /// Pipes of services that speak DCE/RPC.
    private static let services: Set<[UInt8]> = Set(
        ["svcctl", "srvsvc", "atsvc", "lsarpc", "samr", "spoolss", "winreg", "suricata::dcerpc"].map { Array($0.utf8) })

    /// A name for pipes whose opening was not seen and whose bytes look like DCE/RPC.
    static let guessedPipe = Array("suricata::dcerpc".utf8)

    func isDCERPC(_ file: SMBFileID) -> Bool {
        guard var name = names[file] else { return false }
        if name.count > 1, name[0] == 0x5c { name.removeFirst() }
        return SMBConnection.services.contains(name)
    }
}

/// A pipe of a tree.
struct SMBPipeKey: Hashable {
    var session: UInt64
    var tree: UInt32
    var file: SMBFileID
}

/// Bounds of SMB, from `app-layer.protocols.smb`. Sizes in bytes; 0 means no limit.
public struct SMBLimits: Sendable {
    /// `max-read-size`, `max-write-size`: larger requests raise an event and are passed over.
    public var maxReadSize: UInt32 = 16 << 20
    public var maxWriteSize: UInt32 = 16 << 20
    /// `max-read-queue-size`, `max-write-queue-size`: bytes of one file that wait because they came too early.
    public var maxReadQueueSize: UInt64 = 64 << 20
    public var maxWriteQueueSize: UInt64 = 64 << 20
    /// `max-read-queue-cnt`, `max-write-queue-cnt`: the same in chunks.
    public var maxReadQueueCount = 64
    public var maxWriteQueueCount = 64
    /// Open files, trees and requests that are remembered.
    public var tableLimit = 1024

    public init() {}
}
