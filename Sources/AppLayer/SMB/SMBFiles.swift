import Bytes

/// Reads and writes: of files, which become transactions with a file, and of pipes.
extension SMBParser {
    /// Bytes that may wait after a gap before a file is given up.
    private static let mostWaitingAfterGap: UInt64 = 2_000_000

    /// One read or write, as far as it is here.
    private struct Chunk {
        var file: SMBFileID
        var direction: FlowDirection
        var offset: UInt64
        var size: UInt32
        /// Bytes of the record that are not here yet.
        var remaining: Int
        var command: SMBTransaction.Command
        var header: SMBTransaction.Header
        var share: [UInt8]
    }

    /// The transaction of a file.
    func findFile(_ id: SMBFileID, _ direction: FlowDirection, isOpen: Bool = false) -> SMBTransaction? {
        open.first {
            guard case .file(let file) = $0.detail, file.direction == direction, file.id == id else { return false }
            return !isOpen || file.assembly.isOpen
        }
    }

    func closeFile(_ id: SMBFileID, _ direction: FlowDirection) {
        guard let transaction = findFile(id, direction), case .file(let file) = transaction.detail, !transaction.isRequestDone else {
            return
        }
        file.assembly.close()
        transaction.finishRequest()
        transaction.finishResponse()
    }

    // MARK: SMB1

    /// WRITE_ANDX, WRITE and WRITE_AND_CLOSE. `remaining` bytes of the record are still to come.
    func write(_ header: SMB1Header, _ record: RawSpan, command: UInt8, offset: Int, remaining: Int) {
        guard
            let write = try? command == 0x2f
                ? SMB1Records.writeAndX(record, offset) : SMB1Records.plainWrite(record, closes: command == 0x2c)
        else {
            beginRequest(header.header(.generic), .smb1(header.command)).raise(.malformedData)
            sides[FlowDirection.toServer.index].skip = remaining
            return
        }
        let data = record.dropping(write.data)
        let file = header.file(write.file)
        let tree = connection.trees[header.treeKey]
        if findFile(file, .toServer, isOpen: true) == nil, tree?.isPipe == true {
            writePipe(data.prefix(Int(write.size)), .smb1(command), header.header(.other), status: .nt(header.status))
            sides[FlowDirection.toServer.index].skip = remaining
        } else {
            take(
                Chunk(
                    file: file, direction: .toServer, offset: write.offset, size: write.size, remaining: remaining,
                    command: .smb1(0x2f), header: Self.fileHeader, share: tree?.name ?? []), data)
        }
        if command == 0x2c { closeFile(file, .toServer) }
        if !SMBParser.isTransfer(header.command) { beginRequest(header.header(.generic), .smb1(header.command)) }
    }

    func readAnswer(_ header: SMB1Header, _ record: RawSpan, offset: Int, remaining: Int) {
        guard header.status == NTStatus.success else { return answerGeneric(header, isMalformed: false) }
        guard let answer = try? SMB1Records.readAnswer(record, offset) else {
            sides[FlowDirection.toClient.index].skip = remaining
            return answerGeneric(header, isMalformed: true)
        }
        guard let read = connection.reads.remove(header.messageKey) else {
            sides[FlowDirection.toClient.index].skip = remaining
            return
        }
        let data = record.dropping(answer.data)
        let tree = connection.trees[header.treeKey]
        if tree?.isPipe == true {
            readPipe(data.prefix(Int(answer.size)), read.file, .smb1(0x2e), header.header(.other), status: header.status)
            sides[FlowDirection.toClient.index].skip = remaining
        } else {
            take(
                Chunk(
                    file: read.file, direction: .toClient, offset: read.offset, size: answer.size, remaining: remaining,
                    command: .smb1(0x2e), header: Self.fileHeader, share: tree?.name ?? []), data)
        }
        answerGeneric(header, isMalformed: false)
    }

    /// Files of SMB1 are logged without session and tree, as existing users of these events know them.
    private static let fileHeader = SMBTransaction.Header(kind: .other, session: 0, tree: 0, message: 0)

    // MARK: SMB2

    func write(_ header: SMB2Header, _ body: RawSpan, remaining: Int) {
        guard let write = try? SMB2Records.transfer(body) else {
            raise(.malformedData)
            sides[FlowDirection.toServer.index].skip = remaining
            return
        }
        if isOver(write.size, connection.maxWriteSize, limits.smb.maxWriteSize) {
            raise(.writeRequestTooLarge)
            sides[FlowDirection.toServer.index].skip = remaining
            return
        }
        let data = body.dropping(write.data)
        if findFile(write.file, .toServer, isOpen: true) == nil, isPipe(header.treeKey, write.file, data) {
            if connection.isDCERPC(write.file) {
                writePipe(data.prefix(Int(write.size)), .smb2(header.command), header.header(.other), status: nil)
            }
            sides[FlowDirection.toServer.index].skip = remaining
            return
        }
        take(
            Chunk(
                file: write.file, direction: .toServer, offset: write.offset, size: write.size, remaining: remaining,
                command: .smb2(header.command),
                header: SMBTransaction.Header(kind: .other, session: header.session, tree: header.tree, message: 0), share: []), data)
    }

    func readAnswer(_ header: SMB2Header, _ body: RawSpan, remaining: Int) {
        let side = FlowDirection.toClient.index
        guard let answer = try? SMB2Records.readAnswer(body) else {
            raise(.malformedData)
            sides[side].skip = remaining
            return
        }
        guard header.status == NTStatus.success || header.status == NTStatus.bufferOverflow else {
            sides[side].skip = remaining
            return
        }
        if isOver(answer.size, connection.maxReadSize, limits.smb.maxReadSize) {
            raise(.readResponseTooLarge)
            sides[side].skip = remaining
            return
        }
        guard let read = connection.reads.remove(header.treelessKey) else {
            sides[side].skip = remaining
            return
        }
        let data = body.dropping(answer.data)
        if findFile(read.file, .toClient, isOpen: true) == nil, isPipe(header.treeKey, read.file, data) {
            if connection.isDCERPC(read.file) {
                readPipe(data.prefix(Int(answer.size)), read.file, .smb2(header.command), header.header(.other), status: header.status)
            }
            sides[side].skip = remaining
            return
        }
        take(
            Chunk(
                file: read.file, direction: .toClient, offset: read.offset, size: answer.size, remaining: remaining,
                command: .smb2(header.command),
                header: SMBTransaction.Header(kind: .other, session: header.session, tree: header.tree, message: 0),
                share: connection.trees[header.treeKey]?.name ?? []), data)
    }

    /// Whether the tree is one of pipes. Where its connecting was not seen, data that look like DCE/RPC say so.
    private func isPipe(_ tree: SMBMessageKey, _ file: SMBFileID, _ data: RawSpan) -> Bool {
        if let known = connection.trees[tree], !known.name.isEmpty || known.isPipe { return known.isPipe }
        guard data.byteCount >= DCERPCHeader.size, DCERPCHeader(data) != nil else { return false }
        connection.trees.insert(SMBTree(name: SMBConnection.guessedPipe, isPipe: true), for: tree)
        if !connection.isDCERPC(file) { connection.names.insert(SMBConnection.guessedPipe, for: file) }
        return true
    }

    // MARK: chunks

    private func take(_ chunk: Chunk, _ data: RawSpan) {
        let side = chunk.direction.index
        let here = min(Int(chunk.size), data.byteCount)
        let missing = Int(chunk.size) - here
        if missing > chunk.remaining {
            raise(chunk.direction == .toServer ? .negotiateMaxWriteSizeTooLarge : .negotiateMaxReadSizeTooLarge)
        }
        sides[side].skip = chunk.remaining - min(missing, chunk.remaining)
        let transaction = findFile(chunk.file, chunk.direction, isOpen: true) ?? beginFile(chunk)
        guard case .file(var file) = transaction.detail else { return }
        let isOverlap = chunk.offset < file.assembly.position
        if let event = queueIsFull(file.assembly, chunk) {
            raise(event)
            sides[side].skip = chunk.remaining
        } else {
            file.assembly.begin(offset: chunk.offset, size: UInt64(chunk.size), data.prefix(here))
            sides[side].fileLeft = UInt64(min(missing, chunk.remaining))
            sides[side].transfer = sides[side].fileLeft > 0 ? transaction : nil
        }
        if file.deadline != nil {
            file.deadline = nil
            transaction.detail = .file(file)
        }
        if isOverlap { raise(.fileOverlap) }
    }

    private func beginFile(_ chunk: Chunk) -> SMBTransaction {
        let name = connection.names[chunk.file] ?? SMBParser.unknownName
        let limit = chunk.direction == .toServer ? limits.requestBodyLimit : limits.responseBodyLimit
        let transferred = TransferredFile(direction: chunk.direction, name: name, limit: limit, hashes: limits.fileHashes)
        let transaction = begin(
            chunk.header, chunk.command,
            .file(
                .init(
                    direction: chunk.direction, id: chunk.file, name: name, share: chunk.share, assembly: FileAssembly(transferred))))
        transferred.id = transaction.id + 1
        transaction.files = [transferred]
        return transaction
    }

    private func queueIsFull(_ assembly: FileAssembly, _ chunk: Chunk) -> SMBFields.Event? {
        let isWrite = chunk.direction == .toServer
        let mostBytes = isWrite ? limits.smb.maxWriteQueueSize : limits.smb.maxReadQueueSize
        if mostBytes != 0, assembly.waitingBytes + UInt64(chunk.size) > mostBytes {
            return isWrite ? .writeQueueSizeExceeded : .readQueueSizeExceeded
        }
        let mostChunks = isWrite ? limits.smb.maxWriteQueueCount : limits.smb.maxReadQueueCount
        if mostChunks != 0, assembly.waitingChunks >= mostChunks {
            return isWrite ? .writeQueueCountExceeded : .readQueueCountExceeded
        }
        return nil
    }

    /// Goes on with the chunk at hand. Returns the bytes that belong to it.
    func takeFileBytes(_ bytes: RawSpan, _ direction: FlowDirection) -> Int {
        let side = direction.index
        let count = Int(min(sides[side].fileLeft, UInt64(bytes.byteCount)))
        guard count > 0 else { return 0 }
        sides[side].fileLeft -= UInt64(count)
        guard let transaction = sides[side].transfer, case .file(var file) = transaction.detail else { return count }
        if sides[0].hadGap || sides[1].hadGap, file.assembly.waitingBytes > Self.mostWaitingAfterGap { file.assembly.truncate() }
        file.assembly.add(bytes.prefix(count))
        if file.deadline != nil {
            file.deadline = nil
            transaction.detail = .file(file)
        }
        return count
    }

    /// Bytes of the chunk at hand are lost. Returns how many of the lost ones belong to it.
    func loseFileBytes(_ count: Int, _ direction: FlowDirection) -> Int {
        let side = direction.index
        let lost = Int(min(sides[side].fileLeft, UInt64(count)))
        sides[side].fileLeft -= UInt64(lost)
        if case .file(let file)? = sides[side].transfer?.detail { _ = file.assembly.gap(lost) }
        return lost
    }
}
