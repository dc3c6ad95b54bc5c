import Bytes

extension SMBParser {
    private static let chainLimit = 64

    /// Commands that another may follow in the same record.
    private static let chained: Set<UInt8> = [0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2]

    /// The next command of the record and where its words begin.
    private func next(after command: UInt8, _ record: RawSpan, _ offset: Int) -> (UInt8, Int)? {
        guard Self.chained.contains(command), let next = SMB1Records.next(record.dropping(offset)), next.command != 0xff,
            next.offset > offset, next.offset < record.byteCount
        else { return nil }
        return (next.command, next.offset)
    }

    func requests(_ header: SMB1Header, _ record: RawSpan) {
        var (command, offset) = (header.command, SMB1Header.size)
        for _ in 0..<Self.chainLimit {
            request(header, command, record, offset)
            guard let next = next(after: command, record, offset) else { return }
            (command, offset) = next
        }
    }

    func answers(_ header: SMB1Header, _ record: RawSpan) {
        var (command, offset) = (header.command, SMB1Header.size)
        for _ in 0..<Self.chainLimit {
            answer(header, command, record, offset)
            guard let next = next(after: command, record, offset) else { return }
            (command, offset) = next
        }
    }

    /// Commands whose transaction, where there is one, is that of a file or pipe.
    static func isTransfer(_ command: UInt8) -> Bool { [0x2e, 0x2f, 0x25, 0x32].contains(command) }

    private func request(_ header: SMB1Header, _ command: UInt8, _ record: RawSpan, _ offset: Int) {
        let body = record.dropping(offset)
        do throws(ParseError) {
            switch command {
            case 0x07:
                let names = try SMB1Records.rename(body, isUnicode: header.isUnicode)
                beginRequest(header.header(.generic), .smb1(command), .rename(file: .none, from: names.from, to: names.to))
            case 0x32: try transaction2(header, record)
            case 0x2e:
                let read = try SMB1Records.read(body)
                connection.reads.insert((header.file(read.file), read.offset), for: header.messageKey)
            case 0x2f, 0x0b, 0x2c: write(header, record, command: command, offset: offset, remaining: 0)
            case 0x25: transaction(header, record)
            case 0x72: try negotiate(header, body)
            case 0xa2:
                let create = try SMB1Records.create(body, isUnicode: header.isUnicode)
                connection.createdNames.insert(create.name, for: header.messageKey)
                beginRequest(
                    header.header(.generic), .smb1(command),
                    .create(
                        .init(
                            name: create.name, disposition: create.disposition, deletesOnClose: create.options & 0x1000 != 0,
                            isDirectory: create.options & 1 != 0)))
            case 0x73: sessionSetup(header, record, offset)
            case 0x75:
                let tree = try SMB1Records.treeConnect(body, isUnicode: header.isUnicode)
                var connect = SMBTransaction.TreeConnect(name: tree.path.count > 1 ? Array(tree.path.dropFirst()) : tree.path)
                connect.requestedService = tree.service
                beginRequest(header.header(.treeConnect), .smb1(command), .treeConnect(connect))
            case 0x71:
                connection.trees.remove(header.treeKey)
                beginGeneric(header, command)
            case 0x04:
                guard body.byteCount >= 3 else { throw .truncated }
                let file = header.file(body.littleEndianUInt16(at: 1))
                connection.requestedFiles.insert(file, for: header.messageKey)
                closeFile(file, .toServer)
                beginGeneric(header, command)
            case 0xa4, 0x33, 0x24: beginGeneric(header, command).finishResponse()
            default: beginGeneric(header, command)
            }
        } catch {
            beginGeneric(header, command).raise(.malformedData)
        }
    }

    /// A command and its answer, without details.
    @discardableResult
    private func beginGeneric(_ header: SMB1Header, _ command: UInt8) -> SMBTransaction {
        beginRequest(header.header(.generic), .smb1(command))
    }

    private func negotiate(_ header: SMB1Header, _ body: RawSpan) throws(ParseError) {
        let dialects = try SMB1Records.dialects(body)
        if let earlier = findNegotiate(1) {
            earlier.raise(.duplicateNegotiate)
            return
        }
        let transaction = beginRequest(
            SMBTransaction.Header(kind: .other, session: 0, tree: 0, message: 0), .smb1(0x72),
            .negotiate(.init(version: 1, dialects: dialects.names)))
        if dialects.isMalformed { transaction.raise(.negotiateMalformedDialects) }
    }

    private func sessionSetup(_ header: SMB1Header, _ record: RawSpan, _ offset: Int) {
        guard let found = try? SMB1Records.sessionSetup(record, offset) else { return }
        var setup = SMBTransaction.SessionSetup()
        let token = SecurityToken(record.extracting(found.blob))
        setup.ntlm = token.ntlm
        setup.ticket = token.ticket
        setup.client = SMB1Records.host(record, at: found.names, skipping: found.skippedNames, isUnicode: header.isUnicode)
        var key = header.header(.other)
        key.tree = 0
        let transaction = beginRequest(key, .smb1(header.command), .sessionSetup(setup))
        if token.ntlm?.isOutOfOrder == true { transaction.raise(.unusualNTLMOrder) }
    }

    // MARK: transactions

    /// SET_PATH_INFORMATION and SET_FILE_INFORMATION that rename or delete; the others, which only ask, are no transactions.
    private func transaction2(_ header: SMB1Header, _ record: RawSpan) throws(ParseError) {
        let transaction = try SMB1Records.transaction(record)
        guard let subcommand = transaction.setup.first, subcommand == 6 || subcommand == 8 else { return }
        let parameters = record.extracting(transaction.parameters)
        let data = record.extracting(transaction.data)
        var cursor = ByteCursor(parameters)
        var file = SMBFileID.none
        let name: [UInt8]
        let level: UInt16
        if subcommand == 6 {
            level = try cursor.littleEndianU16()
            try cursor.skip(4)
            name = try SMB1Records.text(&cursor, isUnicode: header.isUnicode, hasPadding: false)
        } else {
            file = header.file(try cursor.littleEndianU16())
            level = try cursor.littleEndianU16()
            name = connection.names[file] ?? SMBParser.unknownName
        }
        switch level {
        case 1013:
            guard data.byteCount > 0 else { throw .truncated }
            beginRequest(
                header.header(.generic), .smb1(0x32),
                .setInfo(
                    .init(name: name, file: file, subcommand: subcommand, level: level, deletesOnClose: data.byte(at: 0) & 1 != 0)))
        case 1010:
            let newName = try SMB1Records.newName(data)
            beginRequest(header.header(.generic), .smb1(0x32), .rename(file: file, from: name, to: newName))
        default: break
        }
    }

    private func transaction(_ header: SMB1Header, _ record: RawSpan) {
        guard let transaction = try? SMB1Records.transaction(record) else {
            beginGeneric(header, header.command).raise(.malformedData)
            return
        }
        // Two words of setup: what to do with a pipe, and which.
        guard transaction.setup.count == 2, !transaction.data.isEmpty else { return }
        let file = header.file(transaction.setup[1])
        connection.requestedFiles.insert(file, for: header.messageKey)
        if connection.isDCERPC(file) {
            writePipe(record.extracting(transaction.data), .smb1(header.command), header.header(.other), status: nil)
        }
    }

    static let unknownName = Array("<unknown>".utf8)
}
