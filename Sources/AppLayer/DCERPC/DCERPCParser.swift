import Bytes

/// Connection-oriented DCE/RPC over TCP (C706 chapter 12).
final class DCERPCParser: ProtocolParser {
    private let limits: ParserLimits
    private var interfaces: [DCERPCInterface] = []
    /// The interfaces of the last bind, which its answer decides about.
    private var bound: Range<Int> = 0..<0

    private enum Frame: UInt8 { case pdu, hdr, data }

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.dcerpc)
    }

    override var hurriesRaw: Bool { true }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while bytes.byteCount - offset >= DCERPCHeader.size {
            let rest = bytes.dropping(offset)
            guard let header = DCERPCHeader(rest) else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            guard rest.byteCount >= header.fragmentLength else { break }
            frame(Frame.hdr, at: offset, length: DCERPCHeader.size, direction)
            frame(Frame.data, at: offset + DCERPCHeader.size, length: header.fragmentLength - DCERPCHeader.size, direction)
            frame(Frame.pdu, at: offset, length: header.fragmentLength, direction)
            take(header, rest.prefix(header.fragmentLength), direction, time)
            offset += header.fragmentLength
        }
        return ConsumeResult(consumed: offset)
    }

    private func transaction(_ header: DCERPCHeader, _ time: Timestamp) -> DCERPCTransaction? {
        guard transactions.count < limits.transactionLimit else { return nil }
        let transaction = DCERPCTransaction(
            id: nextTransactionID, startTime: time, callID: header.callID, isLittleEndian: header.isLittleEndian)
        nextTransactionID += 1
        transaction.minorVersion = header.minor
        transaction.stubLimit = DCERPCTransaction.stubLimit(besides: keptStubData)
        transactions.append(transaction)
        return transaction
    }

    private var keptStubData: Int {
        transactions.lazy.compactMap { $0 as? DCERPCTransaction }.reduce(0) { $0 + $1.stub.toServer.count + $1.stub.toClient.count }
    }

    /// The call with this number that is not answered yet.
    private func open(_ callID: UInt32) -> DCERPCTransaction? {
        transactions.lazy.compactMap { $0 as? DCERPCTransaction }.first { $0.callID == callID && !$0.isComplete(.toClient) }
    }

    private func take(_ header: DCERPCHeader, _ pdu: RawSpan, _ direction: FlowDirection, _ time: Timestamp) {
        switch header.type {
        case 11, 14: bind(header, pdu, time)
        case 12, 15: bindAnswer(header, pdu, time)
        case DCERPCTransaction.request: request(header, pdu, time)
        case DCERPCTransaction.response: response(header, pdu, time)
        case 3, 13:
            // A fault or a refused bind ends the call.
            guard let call = open(header.callID) else { return }
            call.responseType = header.type
            call.advance(.toClient, to: 1)
        default: break
        }
    }

    // MARK: calls

    // Stub data is what rules written for Suricata expect of it: of requests all behind the operation number, of answers all behind the
    // common header (C706 §12.6.3.1), with object UUIDs and verifiers where there are any.

    private func request(_ header: DCERPCHeader, _ pdu: RawSpan, _ time: Timestamp) {
        guard pdu.byteCount >= 24 else { return }
        var call = header.isFirst ? nil : open(header.callID)
        if call == nil {
            guard let made = transaction(header, time) else { return }
            made.requestType = DCERPCTransaction.request
            made.contextID = DCERPCHeader.word(pdu, 20, header.isLittleEndian)
            made.operation = DCERPCHeader.word(pdu, 22, header.isLittleEndian)
            made.interfaces = interfaces
            call = made
        }
        call?.append(pdu.dropping(24), .toServer)
        if header.isLast { call?.advance(.toServer, to: 1) }
    }

    private func response(_ header: DCERPCHeader, _ pdu: RawSpan, _ time: Timestamp) {
        guard pdu.byteCount >= 24 else { return }
        guard let call = open(header.callID) ?? transaction(header, time) else { return }
        call.responseType = DCERPCTransaction.response
        call.append(pdu.dropping(16), .toClient)
        // An answer to a call that was not seen: its request will not come any more.
        call.advance(.toServer, to: 1)
        if header.isLast { call.advance(.toClient, to: 1) }
    }

    // MARK: binds

    private func bind(_ header: DCERPCHeader, _ pdu: RawSpan, _ time: Timestamp) {
        let first = interfaces.count
        guard let asked = DCERPCBinding.interfaces(header, pdu, limit: DCERPCBinding.mostInterfaces - first) else { return }
        interfaces += asked
        bound = first..<interfaces.count
        guard let call = transaction(header, time) else { return }
        call.requestType = header.type
        call.interfaces = asked
        call.advance(.toServer, to: 1)
    }

    private func bindAnswer(_ header: DCERPCHeader, _ pdu: RawSpan, _ time: Timestamp) {
        let call = open(header.callID) ?? transaction(header, time)
        call?.responseType = header.type
        defer {
            call?.advance(.toServer, to: 1)
            call?.advance(.toClient, to: 1)
        }
        guard let results = DCERPCBinding.results(header, pdu) else { return }
        for (index, answer) in results.prefix(bound.count).enumerated() { interfaces[bound.lowerBound + index].result = answer.result }
        call?.interfaces = Array(interfaces[bound])
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for transaction in transactions { transaction.advance(direction, to: 1) }
    }
}

extension DCERPCParser {
    static let descriptor = ProtocolDescriptor(
        .dcerpc, name: "dcerpc", transports: [.tcp, .udp], ports: [135], buffers: DCERPCFields.buffers,
        frames: ["pdu", "hdr", "data"], eventType: "dcerpc", probe: probe
    ) { limits, transport in transport == .udp ? DCERPCDatagramParser(limits: limits) : DCERPCParser(limits: limits) }

    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount > 0 else { return .unsure }
        if bytes.byte(at: 0) == 4 { return DCERPCDatagramParser.probe(bytes, direction) }
        guard bytes.byte(at: 0) == 5, bytes.byteCount < 2 || bytes.byte(at: 1) <= 1 else { return .no }
        guard bytes.byteCount >= DCERPCHeader.size else { return .unsure }
        guard let header = DCERPCHeader(bytes) else { return .no }
        // Requests and binds come from the client, answers from the server.
        let isAnswer = [2, 3, 12, 13, 15].contains(header.type)
        return isAnswer == (direction == .toClient) && bytes.byte(at: 4) & 0xef == 0 ? .certain : .no
    }
}
