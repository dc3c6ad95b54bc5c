import Bytes

/// A call with its reply, or the transfer of one file in one direction, which takes many of them.
final class NFSTransaction: Transaction {
    struct Transfer {
        var direction: FlowDirection
        var assembly: FileAssembly
        /// Of the last call that belongs to it.
        var lastXID: UInt32 = 0
        var chunks = 0
        var isLast = false
    }

    let xid: UInt32
    let procedure: UInt32
    let version: UInt32
    /// Procedures that a file transfer takes besides its own.
    var furtherProcedures: [UInt32] = []
    var fileName: [UInt8] = []
    var handle: [UInt8] = []
    /// The new name of what is renamed.
    var newName: [UInt8]?
    var flavor: UInt32 = 0
    var credentials = RPCCall.Credentials.none
    var rpcStatus: UInt32 = 0
    var status: UInt32 = 0
    var transfer: Transfer?

    init(id: UInt64, startTime: Timestamp, xid: UInt32, procedure: UInt32, version: UInt32) {
        self.xid = xid
        self.procedure = procedure
        self.version = version
        super.init(id: id, startTime: startTime)
    }

    func complete() {
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    /// Attributes are asked for all the time and say nothing: they are inspected and not logged.
    override var isWorthLogging: Bool { version > 3 || procedure != NFSProcedure.getAttributes }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        switch buffer {
        case .nfsVersion where instance == 0: NumberField.supply(UInt64(version), body)
        case .nfsProcedure where instance == 0: NumberField.supply(UInt64(procedure), body)
        case .nfsProcedure where instance > 0 && instance <= furtherProcedures.count:
            NumberField.supply(UInt64(furtherProcedures[instance - 1]), body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        writeRPC(&json)
        json.key("nfs")
        json.beginObject()
        json.key("version")
        json.number(UInt64(version))
        json.key("procedure")
        json.string(NFSNames.procedure(procedure, version: version))
        json.key("filename")
        json.string(fileName)
        if !handle.isEmpty {
            json.key("hhash")
            json.string(String(NFSTransaction.checksum(handle), radix: 16))
        }
        json.key("id")
        json.number(id + 1)
        json.key("file_tx")
        json.bool(transfer != nil)
        json.key("type")
        json.string("response" as StaticString)
        json.key("status")
        json.string(NFSNames.status(status))
        if let transfer { write(transfer, &json) }
        if let newName {
            json.key("rename")
            json.beginObject()
            json.key("from")
            json.string(fileName)
            json.key("to")
            json.string(newName)
            json.endObject()
        }
        json.endObject()
    }

    private func writeRPC(_ json: inout JSONWriter) {
        json.key("rpc")
        json.beginObject()
        json.key("xid")
        json.number(UInt64(xid))
        json.key("status")
        json.string(NFSNames.rpcStatus(rpcStatus))
        json.key("auth_type")
        json.string(NFSNames.authentication(flavor))
        if case .unix(let machine, let user, let group) = credentials {
            json.key("creds")
            json.beginObject()
            json.key("machine_name")
            json.string(machine)
            json.key("uid")
            json.number(UInt64(user))
            json.key("gid")
            json.number(UInt64(group))
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ transfer: Transfer, _ json: inout JSONWriter) {
        json.key(transfer.direction == .toServer ? "write" : "read")
        json.beginObject()
        json.key("first")
        json.bool(true)
        json.key("last")
        json.bool(transfer.isLast)
        json.key("last_xid")
        json.number(UInt64(transfer.lastXID))
        json.key("chunks")
        json.number(transfer.chunks)
        json.endObject()
    }

    /// CRC-32 of ISO 3309, by which EVE shows handles.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xedb8_8320) }
        }
        return ~sum
    }
}

extension BufferID {
    static let nfsProcedure = BufferID(.nfs, 1)
    static let nfsVersion = BufferID(.nfs, 2)
}

/// What rules can look at in NFS.
enum NFSFields {
    static let numbers: [NumberField] = [
        NumberField(
            .nfsProcedure, "nfs_procedure", directions: .toServer, progress: (0, 0), isMultiple: true, maximum: UInt64(UInt32.max)),
        NumberField(.nfsVersion, "nfs_version", directions: .toServer, progress: (0, 0), maximum: UInt64(UInt32.max)),
        NumberField(.nfsVersion, "nfs.version", directions: .toServer, progress: (0, 0), maximum: UInt64(UInt32.max)),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case malformedData, nonExistingVersion, unsupportedVersion, tooManyTransactions }

    static let events = ["malformed_data", "non_existing_version", "unsupported_version", "too_many_transactions"]
}

/// Procedures of versions 2 and 3 (RFC 1813 §3), which are read alike.
enum NFSProcedure {
    static let getAttributes: UInt32 = 1
    static let lookup: UInt32 = 3
    static let access: UInt32 = 4
    static let read: UInt32 = 6
    static let write: UInt32 = 7
    static let create: UInt32 = 8
    static let makeDirectory: UInt32 = 9
    static let remove: UInt32 = 12
    static let removeDirectory: UInt32 = 13
    static let rename: UInt32 = 14
    static let readDirectoryPlus: UInt32 = 17
    static let commit: UInt32 = 21
}
