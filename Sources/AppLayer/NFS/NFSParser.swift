import Bytes

/// NFS 2, 3 and 4 (RFC 1094, 1813, 7530, 8881) in ONC RPC, over UDP and TCP.
///
/// Handles are all that most calls name; what names the conversation itself has given them is remembered.
final class NFSParser: ProtocolParser {
    /// What is to be known of a call when its reply comes.
    struct Request {
        var version: UInt32
        var procedure: UInt32
        var handle: [UInt8] = []
        var fileName: [UInt8] = []
        var offset: UInt64 = 0
        var flavor: UInt32 = 0
        var credentials = RPCCall.Credentials.none
        var isWrapped = false
        weak var transaction: NFSTransaction?
    }

    static let program: UInt32 = 100_003
    /// Longest record; servers take a megabyte of data at once.
    static let longestRecord = 4 << 20
    private static let mostRequests = 4096
    private static let mostNames = 4096
    /// Bytes and chunks of one file that may wait for those before them.
    private static let mostWaiting: (bytes: UInt64, chunks: Int) = (16 << 20, 1024)

    let limits: ParserLimits
    private let isStream: Bool
    private let transactionLimit: Int
    private var requests: [UInt32: Request] = [:]
    private var names: [[UInt8]: [UInt8]] = [:]
    var time = Timestamp(microseconds: 0)

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        transactionLimit = limits.transactionLimits["nfs"] ?? 1024
        super.init(.nfs)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        self.time = time
        guard isStream else {
            record(bytes, direction)
            return ConsumeResult(consumed: bytes.byteCount)
        }
        var offset = 0
        while bytes.byteCount - offset >= 4 {
            let length = Int(bytes.uint32(at: offset) & 0x7fff_ffff)
            guard length >= 24, length <= NFSParser.longestRecord else {
                raise(.malformedData)
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            guard bytes.byteCount - offset - 4 >= length else { break }
            record(bytes.extracting(offset + 4..<offset + 4 + length), direction)
            offset += 4 + length
        }
        return ConsumeResult(consumed: offset)
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for case let transaction as NFSTransaction in transactions where !transaction.isComplete {
            transaction.transfer?.assembly.truncate()
            transaction.complete()
        }
    }

    private func record(_ bytes: RawSpan, _ direction: FlowDirection) {
        do throws(ParseError) {
            if direction == .toServer {
                let call = try RPCCall(bytes)
                guard call.program == NFSParser.program else { return }
                try take(call, bytes.extracting(call.arguments))
            } else {
                let reply = try RPCReply(bytes)
                try take(reply, bytes.extracting(reply.results))
            }
        } catch {
            raise(.malformedData)
        }
    }

    func raise(_ event: NFSFields.Event) { transactions.last?.raise(event.rawValue) }

    private func take(_ call: RPCCall, _ arguments: RawSpan) throws(ParseError) {
        var request = Request(version: call.version, procedure: call.procedure)
        request.flavor = call.flavor
        request.credentials = call.credentials
        defer { if requests.count < NFSParser.mostRequests { requests[call.xid] = request } }
        switch call.version {
        case 2: try call2(call, arguments, &request)
        case 3: try call3(call, arguments, &request)
        case 4: try call4(call, arguments, &request)
        default: raise(.nonExistingVersion)
        }
    }

    private func take(_ reply: RPCReply, _ results: RawSpan) throws(ParseError) {
        guard var request = requests.removeValue(forKey: reply.xid) else { return }
        guard reply.status == 0, reply.acceptStatus == 0 else {
            finish(request, reply, status: 0)
            return
        }
        switch request.version {
        case 2: try reply2(reply, results, request)
        case 3: try reply3(reply, results, request)
        case 4: try reply4(reply, results, &request)
        default: break
        }
    }

    // MARK: what the versions share

    func name(of handle: [UInt8]) -> [UInt8] { names[handle] ?? [] }

    func remember(_ name: [UInt8], for handle: [UInt8]) {
        if names.count >= NFSParser.mostNames { names.removeAll() }
        names[handle] = name
    }

    /// A transaction of one call.
    @discardableResult
    func begin(_ xid: UInt32, _ procedure: UInt32, _ request: inout Request) -> NFSTransaction? {
        guard let transaction = add(xid, procedure, request) else { return nil }
        transaction.advance(.toServer, to: 1)
        request.transaction = transaction
        return transaction
    }

    private func add(_ xid: UInt32, _ procedure: UInt32, _ request: Request) -> NFSTransaction? {
        guard transactions.count < transactionLimit else {
            raise(.tooManyTransactions)
            return nil
        }
        let transaction = NFSTransaction(
            id: nextTransactionID, startTime: time, xid: xid, procedure: procedure, version: request.version)
        nextTransactionID += 1
        transaction.fileName = request.fileName
        transaction.handle = request.handle
        transaction.flavor = request.flavor
        transaction.credentials = request.credentials
        transactions.append(transaction)
        return transaction
    }

    /// The reply to a call has come.
    func finish(_ request: Request, _ reply: RPCReply, status: UInt32, handle: [UInt8] = []) {
        guard let transaction = request.transaction else { return }
        transaction.rpcStatus = reply.status
        transaction.status = status
        if transaction.handle.isEmpty { transaction.handle = handle }
        transaction.advance(.toClient, to: 1)
    }

    // MARK: files

    func openTransfer(_ handle: [UInt8], _ direction: FlowDirection) -> NFSTransaction? {
        for case let transaction as NFSTransaction in transactions
        where transaction.transfer?.direction == direction && transaction.handle == handle && transaction.transfer?.assembly.isOpen == true
        {
            return transaction
        }
        return nil
    }

    @discardableResult
    func beginTransfer(_ xid: UInt32, _ procedure: UInt32, _ request: Request, _ direction: FlowDirection) -> NFSTransaction? {
        guard let transaction = add(xid, procedure, request) else { return nil }
        let limit = direction == .toServer ? limits.requestBodyLimit : limits.responseBodyLimit
        let file = TransferredFile(direction: direction, name: transaction.fileName, limit: limit, hashes: limits.fileHashes)
        file.id = transaction.id + 1
        transaction.files = [file]
        transaction.transfer = NFSTransaction.Transfer(direction: direction, assembly: FileAssembly(file))
        return transaction
    }

    /// A chunk of a file.
    func chunk(
        _ data: RawSpan, at offset: UInt64, of request: Request, xid: UInt32, procedure: UInt32, _ direction: FlowDirection, isLast: Bool,
        reply: RPCReply? = nil, status: UInt32 = 0
    ) {
        var transaction = openTransfer(request.handle, direction)
        let isFirst = transaction == nil
        if isFirst { transaction = beginTransfer(xid, procedure, request, direction) }
        guard let transaction, let assembly = transaction.transfer?.assembly else { return }
        if !isFirst { transaction.transfer?.chunks += 1 }
        assembly.begin(offset: offset, size: UInt64(data.byteCount), data)
        if assembly.waitingBytes > NFSParser.mostWaiting.bytes || assembly.waitingChunks > NFSParser.mostWaiting.chunks {
            assembly.truncate()
        }
        if let reply {
            transaction.rpcStatus = reply.status
            transaction.status = status
        }
        if isLast { close(transaction, xid) }
    }

    func close(_ transaction: NFSTransaction, _ xid: UInt32) {
        transaction.transfer?.lastXID = xid
        transaction.transfer?.isLast = true
        transaction.transfer?.assembly.close()
        transaction.complete()
    }
}

extension NFSParser {
    static let descriptor = ProtocolDescriptor(
        .nfs, name: "nfs", transports: [.tcp, .udp], ports: [2049], requiresPort: true, buffers: [], numbers: NFSFields.numbers,
        events: NFSFields.events, eventType: "nfs", probe: probe
    ) { limits, transport in NFSParser(limits: limits, isStream: transport == .tcp) }

    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        if isMessage(bytes, direction) { return .certain }
        guard bytes.byteCount >= 4 else { return .unsure }
        let length = Int(bytes.uint32(at: 0) & 0x7fff_ffff)
        guard length >= 24, length <= longestRecord else { return .no }
        let body = bytes.dropping(4)
        // Enough to see program and version, or the reply's status.
        let needed = direction == .toServer ? 24 : 12
        guard body.byteCount >= needed else { return .unsure }
        return isMessage(body, direction) ? .certain : .no
    }

    private static func isMessage(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        guard direction == .toServer else {
            return bytes.byteCount >= 12 && bytes.uint32(at: 4) == 1 && bytes.uint32(at: 8) == 0
        }
        return bytes.byteCount >= 24 && bytes.uint32(at: 4) == 0 && bytes.uint32(at: 8) == 2 && bytes.uint32(at: 12) == program
            && (2...4).contains(bytes.uint32(at: 16)) && bytes.uint32(at: 20) <= NFSProcedure.commit
    }
}
