import Bytes

/// A command and its answer, the transfer of a file, or a DCE/RPC call on a pipe.
final class SMBTransaction: Transaction {
    enum Command: Equatable {
        case smb1(UInt8)
        case smb2(UInt16)
    }

    enum Status: Equatable {
        case nt(UInt32)
        case dos(errorClass: UInt8, code: UInt16)
    }

    /// What its answer is found by. Kinds of transactions are looked for apart.
    struct Header: Equatable {
        enum Kind { case generic, treeConnect, other }
        var kind: Kind
        var session: UInt64
        var tree: UInt32
        var message: UInt64

        /// Answers that come later (asynchronous ones) carry no tree, so trees do not count.
        func isAnswered(by other: Header) -> Bool { kind == other.kind && session == other.session && message == other.message }
    }

    enum Detail {
        case none
        case negotiate(Negotiate)
        case sessionSetup(SessionSetup)
        case treeConnect(TreeConnect)
        case create(Create)
        case file(File)
        case rename(file: SMBFileID, from: [UInt8], to: [UInt8])
        case setInfo(SetInfo)
        case ioctl(UInt32)
        case pipe(SMBPipeCall)
    }

    struct Negotiate {
        /// 1 or 2: the version in which the client asked.
        var version: UInt8
        var dialects: [[UInt8]]
        var clientGUID: [UInt8]?
        var serverGUID: [UInt8] = []
    }

    struct SessionSetup {
        struct Host {
            var operatingSystem: [UInt8] = []
            var lanManager: [UInt8] = []
        }
        var ntlm: NTLMIdentity?
        var ticket: KerberosTicket?
        var client: Host?
        var server: Host?
    }

    struct TreeConnect {
        var name: [UInt8]
        var isPipe = false
        /// SMB2.
        var shareType: UInt8 = 0
        /// SMB1.
        var requestedService: [UInt8]?
        var grantedService: [UInt8]?
    }

    struct Create {
        var name: [UInt8]
        var disposition: UInt32
        var deletesOnClose: Bool
        var isDirectory: Bool
        var file = SMBFileID.none
        /// Seconds since 1970.
        var created: UInt32 = 0
        var accessed: UInt32 = 0
        var modified: UInt32 = 0
        var changed: UInt32 = 0
        var size: UInt64 = 0
    }

    struct SetInfo {
        var name: [UInt8]
        var file: SMBFileID
        var subcommand: UInt16
        var level: UInt16
        var deletesOnClose: Bool
    }

    struct File {
        var direction: FlowDirection
        var id: SMBFileID
        var name: [UInt8]
        var share: [UInt8]
        var assembly: FileAssembly
        /// Packet time in seconds after which the file is given up unless more of it comes: set after a gap.
        var deadline: Int64?
    }

    let connection: SMBConnection
    var command: Command?
    var status: Status?
    var header: Header
    var detail: Detail

    init(id: UInt64, startTime: Timestamp, connection: SMBConnection, header: Header, command: Command?, detail: Detail) {
        self.connection = connection
        self.header = header
        self.command = command
        self.detail = detail
        super.init(id: id, startTime: startTime)
    }

    var isRequestDone: Bool { progress.toServer >= 1 }
    func finishRequest() { advance(.toServer, to: 1) }
    func finishResponse() { advance(.toClient, to: 1) }

    var version: UInt8 {
        switch command {
        case .smb1?: 1
        case .smb2?: 2
        case nil: 0
        }
    }

    override var isLittleEndian: Bool {
        if case .pipe(let call) = detail { return call.isLittleEndian }
        return false
    }

    // MARK: EVE

    override func isLogged(by options: LogOptions) -> Bool { options.types.isEmpty || options.types.contains(kindName) }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObject(&json) }

    // MARK: what rules see

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        switch buffer {
        case .fileName: return super.withBuffer(buffer, direction, instance: instance, body)
        case .dcerpcInterface: return withInterface(instance, body)
        case .smbVersion:
            guard instance == 0, version != 0 else { return false }
            NumberField.supply(UInt64(version), body)
            return true
        case .dcerpcOperation:
            guard instance == 0, case .pipe(let call) = detail, call.isRequest else { return false }
            NumberField.supply(UInt64(call.operation), body)
            return true
        default:
            guard instance == 0, let bytes = bytes(of: buffer, direction) else { return false }
            body(bytes.rawSpan)
            return true
        }
    }

    private func bytes(of buffer: BufferID, _ direction: FlowDirection) -> [UInt8]? {
        switch (buffer, detail) {
        case (.smbShare, .treeConnect(let tree)): return tree.isPipe ? nil : tree.name
        case (.smbNamedPipe, .treeConnect(let tree)): return tree.isPipe ? tree.name : nil
        case (.smbNTLMUser, .sessionSetup(let setup)): return setup.ntlm?.user
        case (.smbNTLMDomain, .sessionSetup(let setup)): return setup.ntlm?.domain
        case (.dcerpcStubData, .pipe(let call)):
            let stub = direction == .toServer ? call.request : call.response
            return stub.isEmpty ? nil : stub
        default: return nil
        }
    }

    /// The accepted interfaces of the last bind, whichever pipe it was on.
    private func withInterface(_ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard case .pipe(let call) = detail, call.isRequest else { return false }
        let accepted = connection.interfaces.filter { $0.result == 0 }
        guard instance >= 0, instance < accepted.count else { return false }
        let encoded = accepted[instance].encoded
        body(encoded.rawSpan)
        return true
    }
}
