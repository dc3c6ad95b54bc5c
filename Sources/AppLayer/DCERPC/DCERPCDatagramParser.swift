import Bytes

/// Connectionless DCE/RPC over UDP (C706 chapter 12.5).
final class DCERPCDatagramParser: ProtocolParser {
    private let limits: ParserLimits

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.dcerpc)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        guard let header = DCERPCDatagramHeader(bytes), bytes.byteCount - DCERPCDatagramHeader.size >= header.length else {
            return ConsumeResult(consumed: bytes.byteCount, status: .failed)
        }
        let isRequest = header.type == DCERPCTransaction.request
        // Pings, acknowledgements and the like carry no call.
        guard isRequest || header.type == DCERPCTransaction.response else { return ConsumeResult(consumed: bytes.byteCount) }
        let side: FlowDirection = isRequest ? .toServer : .toClient
        guard let call = open(header, side) ?? begin(header, time) else { return ConsumeResult(consumed: bytes.byteCount) }
        if isRequest { call.requestType = header.type } else { call.responseType = header.type }
        call.append(bytes.extracting(DCERPCDatagramHeader.size..<DCERPCDatagramHeader.size + header.length), side)
        if header.isLast { call.advance(side, to: 1) }
        return ConsumeResult(consumed: bytes.byteCount)
    }

    private func open(_ header: DCERPCDatagramHeader, _ side: FlowDirection) -> DCERPCTransaction? {
        transactions.lazy.compactMap { $0 as? DCERPCTransaction }.first {
            $0.callID == header.sequence && $0.activity == header.activity && !$0.isComplete(side)
        }
    }

    private func begin(_ header: DCERPCDatagramHeader, _ time: Timestamp) -> DCERPCTransaction? {
        guard transactions.count < limits.transactionLimit else { return nil }
        let call = DCERPCTransaction(
            id: nextTransactionID, startTime: time, callID: header.sequence, isLittleEndian: header.isLittleEndian)
        nextTransactionID += 1
        let kept = transactions.lazy.compactMap { $0 as? DCERPCTransaction }.reduce(0) {
            $0 + $1.stub.toServer.count + $1.stub.toClient.count
        }
        call.stubLimit = DCERPCTransaction.stubLimit(besides: kept)
        call.activity = header.activity
        call.operation = header.operation
        var interface = DCERPCInterface(
            contextID: 0, uuid: header.interface, version: UInt16(truncatingIfNeeded: header.interfaceVersion),
            minorVersion: UInt16(truncatingIfNeeded: header.interfaceVersion >> 16), isFirstFragment: true)
        interface.result = 0
        call.interfaces = [interface]
        transactions.append(call)
        return call
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for transaction in transactions { transaction.advance(direction, to: 1) }
    }

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard let header = DCERPCDatagramHeader(bytes), bytes.byte(at: 3) & 0xfc == 0, bytes.byte(at: 4) & 0xee == 0,
            bytes.byte(at: 5) <= 3
        else { return .no }
        return (header.type == DCERPCTransaction.request) == (direction == .toServer) ? .certain : .no
    }
}

/// The header of connectionless PDUs (C706 §12.5.2).
struct DCERPCDatagramHeader {
    static let size = 80

    var type: UInt8
    var isLittleEndian: Bool
    /// The only fragment of the call, or the last one.
    var isLast: Bool
    /// In the order in which they are written.
    var interface: [UInt8]
    var activity: [UInt8]
    var interfaceVersion: UInt32
    var sequence: UInt32
    var operation: UInt16
    /// Bytes of the body.
    var length: Int

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Self.size, bytes.byte(at: 0) == 4, bytes.byte(at: 1) < DCERPCHeader.typeNames.count else { return nil }
        type = bytes.byte(at: 1)
        let flags = bytes.byte(at: 2)
        isLast = flags & 4 == 0 || flags & 2 != 0
        let little = bytes.byte(at: 4) & 0x10 != 0
        isLittleEndian = little
        interface = DCERPCHeader.uuid(bytes, 24, isLittleEndian: little)
        activity = DCERPCHeader.uuid(bytes, 40, isLittleEndian: little)
        interfaceVersion = little ? bytes.littleEndianUInt32(at: 60) : bytes.uint32(at: 60)
        sequence = little ? bytes.littleEndianUInt32(at: 64) : bytes.uint32(at: 64)
        operation = DCERPCHeader.word(bytes, 68, little)
        length = Int(DCERPCHeader.word(bytes, 74, little))
    }
}
