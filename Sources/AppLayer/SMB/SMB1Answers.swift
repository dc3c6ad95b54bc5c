import Bytes

extension SMBParser {
    func answer(_ header: SMB1Header, _ command: UInt8, _ record: RawSpan, _ offset: Int) {
        let body = record.dropping(offset)
        let isSuccess = header.status == 0
        var isMalformed = false
        do throws(ParseError) {
            switch command {
            case 0x2e: return readAnswer(header, record, offset: offset, remaining: 0)
            case 0x72:
                let answer = try SMB1Records.negotiateAnswer(body)
                if negotiated(header, answer.index, answer.serverGUID) { return }
            case 0x75:
                if try treeConnected(header, body, isSuccess: isSuccess) { return }
            case 0x71: connection.trees.remove(header.treeKey)
            case 0xa2:
                if isSuccess {
                    created(header, command, try SMB1Records.createAnswer(body))
                    return
                }
            case 0x04:
                if let file = connection.requestedFiles.remove(header.messageKey) { closeFile(file, .toClient) }
            case 0x25: return transactionAnswered(header, record)
            case 0x73: return sessionSetUp(header, record, offset)
            case 0x74:
                guard let last = transactions.last as? SMBTransaction, last.command == .smb1(command) else { return }
                return finish(last, header)
            default: break
            }
        } catch {
            isMalformed = true
        }
        guard command != 0x2f, let transaction = find(header.header(.generic), .smb1(command)) else { return }
        finish(transaction, header)
        if isMalformed { transaction.raise(.malformedData) }
    }

    private func finish(_ transaction: SMBTransaction, _ header: SMB1Header) {
        transaction.status = header.statusValue
        transaction.finishRequest()
        transaction.finishResponse()
    }

    private func negotiated(_ header: SMB1Header, _ index: Int, _ serverGUID: [UInt8]) -> Bool {
        guard let transaction = findNegotiate(1), case .negotiate(var negotiate) = transaction.detail else { return false }
        finish(transaction, header)
        negotiate.serverGUID = serverGUID
        transaction.detail = .negotiate(negotiate)
        if index < negotiate.dialects.count {
            connection.dialectName = negotiate.dialects[index]
        } else {
            transaction.raise(.negotiateMalformedDialects)
        }
        return true
    }

    private func treeConnected(_ header: SMB1Header, _ body: RawSpan, isSuccess: Bool) throws(ParseError) -> Bool {
        guard isSuccess else {
            if let transaction = findTreeConnect(header.header(.treeConnect)) { finish(transaction, header) }
            return true
        }
        let service = try SMB1Records.treeConnectAnswer(body)
        guard let transaction = findTreeConnect(header.header(.treeConnect)), case .treeConnect(var tree) = transaction.detail else {
            return false
        }
        tree.isPipe = service == Array("IPC".utf8)
        tree.grantedService = service
        transaction.detail = .treeConnect(tree)
        transaction.header = header.header(.other)
        finish(transaction, header)
        connection.trees.insert(SMBTree(name: tree.name, isPipe: tree.isPipe), for: header.treeKey)
        return true
    }

    private func created(_ header: SMB1Header, _ command: UInt8, _ answer: SMB1Records.CreateAnswer) {
        let file = header.file(answer.file)
        if let name = connection.createdNames.remove(header.messageKey) { connection.names.insert(name, for: file) }
        guard let transaction = find(header.header(.generic), .smb1(command)) else { return }
        transaction.status = .nt(header.status)
        transaction.finishResponse()
        guard case .create(var create) = transaction.detail else { return }
        create.file = file
        create.created = WindowsTime.unixSeconds(answer.times.0)
        create.accessed = WindowsTime.unixSeconds(answer.times.1)
        create.modified = WindowsTime.unixSeconds(answer.times.2)
        create.changed = WindowsTime.unixSeconds(answer.times.3)
        create.size = answer.size
        transaction.detail = .create(create)
    }

    private func sessionSetUp(_ header: SMB1Header, _ record: RawSpan, _ offset: Int) {
        // The server gives the session its number: until then requests have 0.
        var found = header.user != 0 ? findSessionSetup(session: UInt64(header.user), message: UInt64(header.multiplex)) : nil
        found = found ?? findSessionSetup(session: 0, message: UInt64(header.multiplex))
        guard let transaction = found, case .sessionSetup(var setup) = transaction.detail else { return }
        if let names = try? SMB1Records.sessionSetupAnswer(record, offset) {
            setup.server = SMB1Records.host(record, at: names, skipping: 0, isUnicode: header.isUnicode)
            transaction.detail = .sessionSetup(setup)
        } else {
            transaction.raise(.malformedData)
        }
        transaction.header = header.header(.other)
        transaction.status = header.statusValue
        transaction.finishResponse()
    }

    private func transactionAnswered(_ header: SMB1Header, _ record: RawSpan) {
        var isMalformed = false
        if let range = try? SMB1Records.transactionAnswer(record) {
            let file = connection.requestedFiles.remove(header.messageKey) ?? .none
            let data = record.extracting(range)
            if header.status == NTStatus.bufferOverflow {
                let key = SMBPipeKey(session: UInt64(header.user), tree: UInt32(header.tree), file: file)
                connection.pipeFragments.insert(data.copied(), for: key)
            } else if connection.isDCERPC(file) {
                readPipe(data, file, .smb1(header.command), header.header(.other), status: header.status)
            }
        } else {
            isMalformed = true
        }
        answerGeneric(header, isMalformed: isMalformed)
    }

    /// Finishes the transaction of a command without details; for a broken answer one is made when there is none.
    func answerGeneric(_ header: SMB1Header, isMalformed: Bool) {
        var transaction = find(header.header(.generic), .smb1(header.command))
        if transaction == nil, isMalformed { transaction = begin(header.header(.generic), .smb1(header.command)) }
        guard let transaction else { return }
        finish(transaction, header)
        if isMalformed { transaction.raise(.malformedData) }
    }
}
