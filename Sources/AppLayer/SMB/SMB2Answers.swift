import Bytes

extension SMBParser {
    func answer(_ header: SMB2Header, _ body: RawSpan) {
        var isMalformed = false
        let isSuccess = header.status == NTStatus.success
        do throws(ParseError) {
            switch header.command {
            case 0:
                if try negotiated(header, body) { return }
            case 1: return sessionSetUp(header)
            case 3:
                if try treeConnected(header, body, isSuccess: isSuccess) { return }
            case 4: connection.trees.remove(header.treeKey)
            case 5:
                if isSuccess {
                    created(header, try SMB2Records.createAnswer(body))
                    return
                }
            case 8:
                if isSuccess || header.status == NTStatus.bufferOverflow {
                    readAnswer(header, body, remaining: 0)
                } else if header.status == NTStatus.endOfFile {
                    endOfFile(header)
                }
            case 9:
                if isSuccess, body.byteCount < 14 { isMalformed = true }
            case 11: return controlled(header, body)
            default: break
            }
        } catch {
            isMalformed = true
        }
        guard let transaction = find(header.header(.generic), .smb2(header.command)) else { return }
        if header.status != NTStatus.pending { transaction.finishResponse() }
        transaction.status = .nt(header.status)
        if isMalformed { transaction.raise(.malformedData) }
    }

    private func finish(_ transaction: SMBTransaction, _ header: SMB2Header) {
        transaction.status = .nt(header.status)
        transaction.finishResponse()
    }

    private func negotiated(_ header: SMB2Header, _ body: RawSpan) throws(ParseError) -> Bool {
        let answer = try SMB2Records.negotiateAnswer(body, isSuccess: header.status == NTStatus.success)
        if limits.smb.maxReadSize != 0, answer.maxReadSize > limits.smb.maxReadSize { raise(.negotiateMaxReadSizeTooLarge) }
        if limits.smb.maxWriteSize != 0, answer.maxWriteSize > limits.smb.maxWriteSize { raise(.negotiateMaxWriteSizeTooLarge) }
        connection.dialect = answer.dialect
        connection.maxReadSize = answer.maxReadSize
        connection.maxWriteSize = answer.maxWriteSize
        // A request in SMB1 may be answered in SMB2.
        guard let transaction = findNegotiate(2) ?? findNegotiate(1), case .negotiate(var negotiate) = transaction.detail else {
            return false
        }
        negotiate.serverGUID = answer.serverGUID
        transaction.detail = .negotiate(negotiate)
        finish(transaction, header)
        return true
    }

    private func sessionSetUp(_ header: SMB2Header) {
        // The server gives the session its number: until then requests have 0.
        var found = header.session != 0 ? findSessionSetup(session: header.session, message: header.message) : nil
        found = found ?? findSessionSetup(session: 0, message: header.message)
        guard let transaction = found else { return }
        transaction.header = header.header(.other)
        finish(transaction, header)
    }

    private func treeConnected(_ header: SMB2Header, _ body: RawSpan, isSuccess: Bool) throws(ParseError) -> Bool {
        let wanted = header.header(.treeConnect)
        guard isSuccess else {
            guard let transaction = findTreeConnect(wanted) else { return false }
            finish(transaction, header)
            return true
        }
        guard body.byteCount >= 15 else { throw .truncated }
        guard let transaction = findTreeConnect(wanted), case .treeConnect(var tree) = transaction.detail else { return true }
        tree.shareType = body.byte(at: 2)
        tree.isPipe = tree.shareType == 2
        transaction.detail = .treeConnect(tree)
        transaction.header = header.header(.other)
        finish(transaction, header)
        connection.trees.insert(SMBTree(name: tree.name, isPipe: tree.isPipe), for: header.treeKey)
        return true
    }

    private func created(_ header: SMB2Header, _ answer: SMB2Records.CreateAnswer) {
        if let name = connection.createdNames.remove(header.treelessKey) { connection.names.insert(name, for: answer.file) }
        guard let transaction = find(header.header(.generic), .smb2(header.command)) else { return }
        finish(transaction, header)
        guard case .create(var create) = transaction.detail else { return }
        create.file = answer.file
        create.created = WindowsTime.unixSeconds(answer.times.0)
        create.accessed = WindowsTime.unixSeconds(answer.times.1)
        create.modified = WindowsTime.unixSeconds(answer.times.2)
        create.changed = WindowsTime.unixSeconds(answer.times.3)
        create.size = answer.size
        transaction.detail = .create(create)
    }

    private func endOfFile(_ header: SMB2Header) {
        guard let read = connection.reads.remove(header.treelessKey), let transaction = findFile(read.file, .toClient),
            case .file(let transfer) = transaction.detail
        else { return }
        if !transaction.isRequestDone { transfer.assembly.close() }
        transaction.status = .nt(header.status)
        transaction.finishRequest()
    }

    private func controlled(_ header: SMB2Header, _ body: RawSpan) {
        let answer = try? SMB2Records.control(body, isAnswer: true)
        if let answer, answer.isPipe, connection.isDCERPC(answer.file) {
            readPipe(body.extracting(answer.data), .none, .smb2(header.command), header.header(.other), status: header.status)
            return
        }
        guard let transaction = find(header.header(.other), .smb2(header.command)) else { return }
        transaction.status = .nt(header.status)
        if header.status != NTStatus.pending { transaction.finishResponse() }
        // Errors have another body; a success must have this one.
        if answer == nil, header.status == NTStatus.success { transaction.raise(.malformedData) }
    }
}
