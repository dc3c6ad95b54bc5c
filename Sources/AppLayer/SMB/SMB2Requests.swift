import Bytes

extension SMBParser {
    /// Commands whose transaction, where there is one, is that of a file: reads, writes, queries and what is set.
    private static func isTransfer(_ command: UInt16) -> Bool { [8, 9, 16, 17].contains(command) }

    func request(_ header: SMB2Header, _ body: RawSpan) {
        let command = SMBTransaction.Command.smb2(header.command)
        let generic = header.header(.generic)
        do throws(ParseError) {
            switch header.command {
            case 0: return try negotiate(body)
            case 1: return sessionSetup(header, body)
            case 3:
                beginRequest(
                    header.header(.treeConnect), command, .treeConnect(SMBTransaction.TreeConnect(name: try SMB2Records.treeConnect(body))))
                return
            case 4: connection.trees.remove(header.treeKey)
            case 5:
                let create = try SMB2Records.create(body)
                connection.createdNames.insert(create.name, for: header.treelessKey)
                beginRequest(
                    generic, command,
                    .create(
                        .init(
                            name: create.name, disposition: create.disposition, deletesOnClose: create.options & 0x1000 != 0,
                            isDirectory: create.options & 1 != 0)))
                return
            case 6: close(try SMB2Records.close(body))
            case 8:
                let read = try SMB2Records.transfer(body)
                if isOver(read.size, connection.maxReadSize, limits.smb.maxReadSize) {
                    beginRequest(generic, command).raise(.readRequestTooLarge)
                } else {
                    connection.reads.insert((read.file, read.offset), for: header.treelessKey)
                }
                return
            case 9: return write(header, body, remaining: 0)
            case 11: return control(header, body)
            case 17:
                if try setInfo(header, body) { return }
            default: break
            }
            if !Self.isTransfer(header.command) { beginRequest(generic, command) }
        } catch {
            beginRequest(generic, command).raise(.malformedData)
        }
    }

    func isOver(_ size: UInt32, _ negotiated: UInt32, _ limit: UInt32) -> Bool {
        negotiated != 0 && size > negotiated || limit != 0 && size > limit
    }

    private func negotiate(_ body: RawSpan) throws(ParseError) {
        let request = try SMB2Records.negotiate(body)
        guard findNegotiate(2) == nil else { return }
        beginRequest(
            SMBTransaction.Header(kind: .other, session: 0, tree: 0, message: 0), .smb2(0),
            .negotiate(.init(version: 2, dialects: request.dialects.map(SMBNames.dialect), clientGUID: request.clientGUID)))
    }

    private func sessionSetup(_ header: SMB2Header, _ body: RawSpan) {
        guard body.byteCount >= 24 else { return }
        let token = SecurityToken(body.dropping(24))
        var setup = SMBTransaction.SessionSetup()
        setup.ntlm = token.ntlm
        setup.ticket = token.ticket
        let transaction = beginRequest(header.header(.other), .smb2(header.command), .sessionSetup(setup))
        if token.ntlm?.isOutOfOrder == true { transaction.raise(.unusualNTLMOrder) }
    }

    private func close(_ file: SMBFileID) {
        for direction in FlowDirection.allCases {
            guard let transaction = findFile(file, direction), case .file(let transfer) = transaction.detail else { continue }
            if !transaction.isRequestDone { transfer.assembly.close() }
            transaction.status = .nt(NTStatus.success)
            transaction.finishRequest()
            transaction.finishResponse()
        }
    }

    private func setInfo(_ header: SMB2Header, _ body: RawSpan) throws(ParseError) -> Bool {
        switch try SMB2Records.setInfo(body) {
        case .rename(let file, let name):
            beginRequest(
                header.header(.generic), .smb2(header.command),
                .rename(file: file, from: connection.names[file] ?? SMBParser.unknownName, to: name))
        case .disposition(let file, let deletes):
            // In a compound the file may have been opened by the message before, whose answer is not here yet.
            var before = header.treelessKey
            before.message &-= 1
            let name = connection.names[file] ?? connection.createdNames[before] ?? SMBParser.unknownName
            beginRequest(
                header.header(.generic), .smb2(header.command),
                .setInfo(.init(name: name, file: file, subcommand: 1, level: 13, deletesOnClose: deletes)))
        case .other: return false
        }
        return true
    }

    private func control(_ header: SMB2Header, _ body: RawSpan) {
        guard let control = try? SMB2Records.control(body, isAnswer: false) else {
            beginRequest(header.header(.other), .smb2(header.command)).raise(.malformedData)
            return
        }
        if control.isPipe, connection.isDCERPC(control.file) {
            writePipe(body.extracting(control.data), .smb2(header.command), header.header(.other), status: nil)
        } else {
            beginRequest(header.header(.other), .smb2(header.command), .ioctl(control.function))
        }
    }
}
