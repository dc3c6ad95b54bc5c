import Bytes

/// A DCE/RPC call on a named pipe.
struct SMBPipeCall {
    var callID: UInt32
    var isLittleEndian: Bool
    /// nil when the request was not seen.
    var requestType: UInt8?
    var responseType: UInt8?
    var operation: UInt16 = 0
    var contextID: UInt16 = 0
    var fragments = (toServer: 0, toClient: 0)
    var request: [UInt8] = []
    var response: [UInt8] = []
    /// Bytes that may be kept of each.
    var stubLimit: Int

    /// A call with an operation and not a bind.
    var isRequest: Bool { (requestType ?? DCERPCTransaction.request) == DCERPCTransaction.request }

    mutating func append(_ bytes: RawSpan, _ direction: FlowDirection) {
        let room = stubLimit - (direction == .toServer ? request.count : response.count)
        let kept = bytes.prefix(max(room, 0)).copied()
        if direction == .toServer {
            request += kept
            fragments.toServer += 1
        } else {
            response += kept
            fragments.toClient += 1
        }
    }
}

/// DCE/RPC on pipes. What the calls look like is in DCERPC/; here requests and answers are carried by writes, reads and controls.
extension SMBParser {
    /// The call that a PDU belongs to. Only a control carries both request and answer; reads and writes are messages of their own.
    private func findCall(_ id: UInt32, _ command: SMBTransaction.Command, _ header: SMBTransaction.Header) -> SMBTransaction? {
        let byMessage = command == .smb2(11)
        return open.first {
            guard case .pipe(let call) = $0.detail, call.callID == id, $0.header.session == header.session else { return false }
            return !byMessage || $0.header.message == header.message
        }
    }

    private func beginCall(_ pdu: DCERPCHeader) -> SMBPipeCall {
        let kept = open.reduce(0) { sum, transaction in
            guard case .pipe(let call) = transaction.detail else { return sum }
            return sum + call.request.count + call.response.count
        }
        return SMBPipeCall(
            callID: pdu.callID, isLittleEndian: pdu.isLittleEndian, stubLimit: DCERPCTransaction.stubLimit(besides: kept))
    }

    func writePipe(
        _ data: RawSpan, _ command: SMBTransaction.Command, _ header: SMBTransaction.Header, status: SMBTransaction.Status?
    ) {
        guard data.byteCount >= DCERPCHeader.size else { return raise(.malformedData) }
        let pdu = DCERPCHeader(unverified: data)
        let isRequest = pdu.type == DCERPCTransaction.request
        if isRequest, !pdu.isFirst {
            guard let stub = stub(pdu, data) else { return raise(.malformedData) }
            guard let transaction = findCall(pdu.callID, command, header), case .pipe(var call) = transaction.detail else { return }
            call.append(data.extracting(stub), .toServer)
            transaction.detail = .pipe(call)
            if pdu.isLast { transaction.finishRequest() }
            return
        }
        var call = beginCall(pdu)
        call.requestType = pdu.type
        let transaction = begin(header, command)
        transaction.status = status
        if isRequest {
            if let stub = stub(pdu, data) {
                call.contextID = DCERPCHeader.word(data, 20, pdu.isLittleEndian)
                call.operation = DCERPCHeader.word(data, 22, pdu.isLittleEndian)
                call.append(data.extracting(stub), .toServer)
                if pdu.isLast { transaction.finishRequest() }
            } else {
                transaction.raise(.malformedData)
                transaction.finishRequest()
            }
        } else {
            if pdu.type == 11 {
                if var interfaces = DCERPCBinding.interfaces(pdu, data, limit: DCERPCBinding.mostInterfaces) {
                    // Calls on pipes are logged with all interfaces of the bind, and those in other contexts than the first with none.
                    for index in interfaces.indices { interfaces[index].contextID = 0 }
                    connection.interfaces = interfaces
                } else {
                    transaction.raise(.malformedData)
                }
            }
            if !pdu.hasKnownType { transaction.raise(.malformedData) }
            transaction.finishRequest()
        }
        transaction.detail = .pipe(call)
    }

    func readPipe(
        _ data: RawSpan, _ file: SMBFileID, _ command: SMBTransaction.Command, _ header: SMBTransaction.Header, status: UInt32
    ) {
        guard status == NTStatus.success || status == NTStatus.bufferOverflow else {
            guard let transaction = find(header, command) else { return }
            transaction.status = .nt(status)
            transaction.finishResponse()
            return
        }
        let key = SMBPipeKey(session: header.session, tree: header.tree, file: file)
        guard let earlier = connection.pipeFragments.remove(key) else {
            return readPipe(whole: data, key, command, header, status: status)
        }
        let joined = earlier + data.prefix(max(0, DCERPCTransaction.mostStubData - earlier.count)).copied()
        readPipe(whole: joined.rawSpan, key, command, header, status: status)
    }

    private func readPipe(
        whole data: RawSpan, _ key: SMBPipeKey, _ command: SMBTransaction.Command, _ header: SMBTransaction.Header, status: UInt32
    ) {
        guard data.byteCount > 0 else { return }
        guard data.byteCount >= DCERPCHeader.size else { return raise(.malformedData) }
        let pdu = DCERPCHeader(unverified: data)
        if status == NTStatus.bufferOverflow, data.byteCount < pdu.fragmentLength {
            connection.pipeFragments.insert(data.copied(), for: key)
            return
        }
        if pdu.type == 12 { return bound(pdu, data, command, header, status) }
        let found = findCall(pdu.callID, command, header)
        let transaction = found ?? begin(header, command)
        var call: SMBPipeCall
        if case .pipe(let known) = transaction.detail {
            call = known
        } else {
            // The request was not seen and will not come.
            call = beginCall(pdu)
            transaction.finishRequest()
        }
        transaction.status = .nt(status)
        call.responseType = pdu.type
        if pdu.type == DCERPCTransaction.response {
            if let stub = stub(pdu, data) {
                call.append(data.extracting(stub), .toClient)
                if pdu.isLast { transaction.finishResponse() }
            } else {
                transaction.raise(.malformedData)
            }
        } else {
            if !pdu.hasKnownType { transaction.raise(.malformedData) }
            transaction.finishResponse()
        }
        transaction.detail = .pipe(call)
    }

    private func bound(
        _ pdu: DCERPCHeader, _ data: RawSpan, _ command: SMBTransaction.Command, _ header: SMBTransaction.Header, _ status: UInt32
    ) {
        guard let results = DCERPCBinding.results(pdu, data) else { return raise(.malformedData) }
        guard let transaction = findCall(pdu.callID, command, header), case .pipe(var call) = transaction.detail else { return }
        call.responseType = pdu.type
        transaction.detail = .pipe(call)
        transaction.status = .nt(status)
        transaction.finishResponse()
        for (index, answer) in results.enumerated() where index < connection.interfaces.count {
            connection.interfaces[index].result = answer.result
        }
    }

    /// Where the stub data of a request or response are; nil when the PDU is too short or not whole.
    private func stub(_ pdu: DCERPCHeader, _ data: RawSpan) -> Range<Int>? {
        guard pdu.fragmentLength >= 24, data.byteCount >= pdu.fragmentLength else { return nil }
        return 24..<pdu.fragmentLength
    }
}
