import Bytes

/// Versions 2 and 3: one procedure in each call.
extension NFSParser {
    private static let handleSize2 = 32
    private static let attributeSize2 = 68
    private static let attributeSize3 = 84

    func call2(_ call: RPCCall, _ arguments: RawSpan, _ request: inout Request) throws(ParseError) {
        var cursor = ByteCursor(arguments)
        switch call.procedure {
        case NFSProcedure.lookup:
            let at = try cursor.advance(NFSParser.handleSize2)
            request.handle = cursor.copied(at..<at + NFSParser.handleSize2)
            request.fileName = name(of: request.handle)
        case NFSProcedure.read:
            let at = try cursor.advance(NFSParser.handleSize2)
            request.handle = cursor.copied(at..<at + NFSParser.handleSize2)
            request.offset = UInt64(try cursor.u32())
            request.fileName = name(of: request.handle)
        default: break
        }
        switch call.procedure {
        case NFSProcedure.commit, NFSProcedure.write, NFSProcedure.read: break
        default: begin(call.xid, call.procedure, &request)
        }
    }

    func reply2(_ reply: RPCReply, _ results: RawSpan, _ request: Request) throws(ParseError) {
        var cursor = ByteCursor(results)
        let status = results.byteCount >= 4 ? try cursor.u32() : 0
        if request.procedure == NFSProcedure.read, status == 0 {
            let attributes = try cursor.advance(NFSParser.attributeSize2)
            let size = UInt64(results.uint32(at: attributes + 20))
            let data = try cursor.opaque()
            chunk(
                results.extracting(data), at: request.offset, of: request, xid: reply.xid, procedure: request.procedure, .toClient,
                isLast: request.offset + UInt64(data.count) == size, reply: reply, status: status)
        }
        finish(request, reply, status: status)
    }

    func call3(_ call: RPCCall, _ arguments: RawSpan, _ request: inout Request) throws(ParseError) {
        var cursor = ByteCursor(arguments)
        var newName: [UInt8]?
        switch call.procedure {
        case NFSProcedure.lookup:
            _ = try cursor.opaque()
            request.fileName = cursor.copied(try cursor.opaque())
        case NFSProcedure.access, NFSProcedure.getAttributes, NFSProcedure.readDirectoryPlus:
            request.handle = cursor.copied(try cursor.opaque())
            request.fileName = name(of: request.handle)
        case NFSProcedure.read:
            request.handle = cursor.copied(try cursor.opaque())
            request.offset = try cursor.u64()
            request.fileName = name(of: request.handle)
            if openTransfer(request.handle, .toClient) == nil { beginTransfer(call.xid, call.procedure, request, .toClient) }
            return
        case NFSProcedure.write:
            try write3(call, &cursor, &request)
            return
        case NFSProcedure.create, NFSProcedure.remove, NFSProcedure.makeDirectory, NFSProcedure.removeDirectory:
            request.handle = cursor.copied(try cursor.opaque())
            request.fileName = cursor.copied(try cursor.opaque())
        case NFSProcedure.rename:
            request.handle = cursor.copied(try cursor.opaque())
            request.fileName = cursor.copied(try cursor.opaque())
            _ = try cursor.opaque()
            newName = cursor.copied(try cursor.opaque())
        case NFSProcedure.commit:
            let handle = cursor.copied(try cursor.opaque())
            if let transaction = openTransfer(handle, .toServer) {
                transaction.furtherProcedures.append(NFSProcedure.commit)
                transaction.transfer?.chunks += 1
                close(transaction, call.xid)
            }
            return
        default: break
        }
        begin(call.xid, call.procedure, &request)?.newName = newName
    }

    private func write3(_ call: RPCCall, _ cursor: inout ByteCursor, _ request: inout Request) throws(ParseError) {
        request.handle = cursor.copied(try cursor.opaque())
        let offset = try cursor.u64()
        _ = try cursor.u32()
        // 2: the server has it on disk when it answers; so nothing follows that would commit it.
        let isLast = try cursor.u32() == 2
        request.fileName = name(of: request.handle)
        let data = try cursor.opaque()
        var transfer = request
        // The credentials of a transfer would be those of its first call only.
        transfer.flavor = 0
        transfer.credentials = .none
        chunk(
            cursor.bytes.extracting(data), at: offset, of: transfer, xid: call.xid, procedure: call.procedure, .toServer, isLast: isLast)
    }

    func reply3(_ reply: RPCReply, _ results: RawSpan, _ request: Request) throws(ParseError) {
        var cursor = ByteCursor(results)
        let status = results.byteCount >= 4 ? try cursor.u32() : 0
        guard status == 0 else { return finish(request, reply, status: status) }
        switch request.procedure {
        case NFSProcedure.lookup:
            let handle = cursor.copied(try cursor.opaque())
            remember(request.fileName, for: handle)
            finish(request, reply, status: status, handle: handle)
        case NFSProcedure.create:
            var handle: [UInt8] = []
            if try cursor.flag() {
                handle = cursor.copied(try cursor.opaque())
                remember(request.fileName, for: handle)
            }
            finish(request, reply, status: status, handle: handle)
        case NFSProcedure.read:
            if try cursor.flag() { try cursor.skip(NFSParser.attributeSize3) }
            _ = try cursor.u32()
            let isLast = try cursor.flag()
            let data = try cursor.opaque()
            chunk(
                results.extracting(data), at: request.offset, of: request, xid: reply.xid, procedure: request.procedure, .toClient,
                isLast: isLast, reply: reply, status: status)
        case NFSProcedure.readDirectoryPlus:
            finish(request, reply, status: status)
            try readEntries3(&cursor)
        default: finish(request, reply, status: status)
        }
    }

    /// The names and handles of a directory (RFC 1813 §3.3.17).
    private func readEntries3(_ cursor: inout ByteCursor) throws(ParseError) {
        if try cursor.flag() { try cursor.skip(NFSParser.attributeSize3) }
        try cursor.skip(8)
        while try cursor.flag() {
            try cursor.skip(8)
            let name = cursor.copied(try cursor.opaque())
            try cursor.skip(8)
            if try cursor.flag() { try cursor.skip(NFSParser.attributeSize3) }
            if try cursor.flag() { remember(name, for: cursor.copied(try cursor.opaque())) }
        }
    }
}
