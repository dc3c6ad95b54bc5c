import Bytes

extension BufferID {
    public static var dcerpcStubData: BufferID { BufferID(.dcerpc, 1) }
    /// Accepted interfaces of a request, one per instance: ``DCERPCInterface/encoded``.
    public static var dcerpcInterface: BufferID { BufferID(.dcerpc, 2) }
    public static var dcerpcOperation: BufferID { BufferID(.dcerpc, 3) }
}

/// What rules can look at in DCE/RPC (The Open Group C706). `dcerpc.iface` and `dcerpc.opnum` are keywords of their own.
enum DCERPCFields {
    static let buffers: [BufferDescriptor] = [
        .init(.dcerpcStubData, "dcerpc.stub_data", aliases: ["dce_stub_data"], directions: .both, progress: (1, 1), alsoIn: [.smb])
    ]
}

/// An interface that a client asked for in a bind, and what became of it.
public struct DCERPCInterface: Sendable {
    public var contextID: UInt16
    /// In the order in which it is written.
    public var uuid: [UInt8]
    public var version: UInt16
    public var minorVersion: UInt16
    /// Asked for in the first fragment of the bind.
    public var isFirstFragment: Bool
    /// 0 accepted, 1 and 2 rejected; nil while there is no answer.
    public var result: UInt16?
    /// Why it was rejected.
    public var reason: UInt16 = 0

    /// The buffer that ``BufferID/dcerpcInterface`` shows: UUID, version (two bytes), 1 where asked for in the first fragment.
    var encoded: [UInt8] { uuid + [UInt8(version >> 8), UInt8(version & 255), isFirstFragment ? 1 : 0] }
}
