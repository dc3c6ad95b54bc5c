import Bytes

/// Operations of version 4 (RFC 7530 §16, RFC 8881 §18).
enum NFSOperation {
    static let access: UInt32 = 3
    static let close: UInt32 = 4
    static let commit: UInt32 = 5
    static let create: UInt32 = 6
    static let delegationReturn: UInt32 = 8
    static let getAttributes: UInt32 = 9
    static let getHandle: UInt32 = 10
    static let lookup: UInt32 = 15
    static let lookupParent: UInt32 = 16
    static let open: UInt32 = 18
    static let openConfirm: UInt32 = 20
    static let putHandle: UInt32 = 22
    static let putPublicHandle: UInt32 = 23
    static let putRootHandle: UInt32 = 24
    static let read: UInt32 = 25
    static let readDirectory: UInt32 = 26
    static let readLink: UInt32 = 27
    static let remove: UInt32 = 28
    static let rename: UInt32 = 29
    static let renew: UInt32 = 30
    static let restoreHandle: UInt32 = 31
    static let saveHandle: UInt32 = 32
    static let setAttributes: UInt32 = 34
    static let setClientID: UInt32 = 35
    static let setClientIDConfirm: UInt32 = 36
    static let write: UInt32 = 38
    static let exchangeID: UInt32 = 42
    static let destroySession: UInt32 = 44
    static let sequence: UInt32 = 53
    static let destroyClientID: UInt32 = 57
    static let reclaimComplete: UInt32 = 58
}

extension ByteCursor {
    /// A `bitmap4`.
    @_lifetime(self: copy self)
    mutating func skipBitmap() throws(ParseError) {
        let count = Int(try u32())
        guard count <= 8 else { throw .overLimit }
        try skip(4 * count)
    }

    /// A `fattr4`.
    @_lifetime(self: copy self)
    mutating func skipAttributes() throws(ParseError) {
        try skipBitmap()
        _ = try opaque()
    }

    /// An array of at most one `nfs_impl_id4`.
    @_lifetime(self: copy self)
    mutating func skipImplementation() throws(ParseError) {
        guard try flag() else { return }
        _ = try opaque()
        _ = try opaque()
        try skip(12)
    }
}

/// Version 4: a call is a list of operations on a current file handle.
extension NFSParser {
    private static let compound: UInt32 = 1
    private static let mostOperations = 64
    private static let stateID = 16
    private static let changeInfo = 20

    func call4(_ call: RPCCall, _ arguments: RawSpan, _ request: inout Request) throws(ParseError) {
        guard call.procedure == NFSParser.compound else { return }
        if case .gss(let procedure, let service) = call.credentials, procedure == 0 {
            // 2: integrity, 3: privacy, of which nothing can be read.
            guard service < 3 else { return }
            request.isWrapped = service == 2
        }
        var cursor = ByteCursor(try unwrap(arguments, request.isWrapped))
        _ = try cursor.opaque()
        _ = try cursor.u32()
        let count = Int(try cursor.u32())
        guard count <= NFSParser.mostOperations else { throw .overLimit }
        var walk = Compound()
        for _ in 0..<count {
            guard try operation(try cursor.u32(), call, &cursor, &request, &walk) else { break }
        }
        if let main = walk.main { begin(call.xid, main, &request)?.newName = walk.newName }
    }

    /// What the operations of a call add up to.
    private struct Compound {
        var handle: [UInt8]?
        /// The operation that the transaction is named by.
        var main: UInt32?
        var newName: [UInt8]?
    }

    /// With integrity protection (RFC 2203 §5.3.2.2) a length and a number stand before the data.
    @_lifetime(copy bytes)
    private func unwrap(_ bytes: RawSpan, _ isWrapped: Bool) throws(ParseError) -> RawSpan {
        guard isWrapped else { return bytes }
        guard bytes.byteCount >= 8 else { throw .truncated }
        let length = Int(bytes.uint32(at: 0))
        guard length >= 4, bytes.byteCount - 4 >= length else { throw .truncated }
        return bytes.extracting(8..<4 + length)
    }

    /// Reads one operation of a call; false for those whose size is not known here, which end the list.
    private func operation(
        _ number: UInt32, _ call: RPCCall, _ cursor: inout ByteCursor, _ request: inout Request, _ walk: inout Compound
    ) throws(ParseError) -> Bool {
        switch number {
        case NFSOperation.putHandle: walk.handle = cursor.copied(try cursor.opaque())
        case NFSOperation.read:
            try cursor.skip(NFSParser.stateID)
            let offset = try cursor.u64()
            _ = try cursor.u32()
            if let handle = walk.handle {
                request.offset = offset
                request.handle = handle
                request.fileName = name(of: handle)
            }
        case NFSOperation.write: try write4(call, &cursor, request, walk)
        case NFSOperation.commit, NFSOperation.close:
            try cursor.skip(number == NFSOperation.commit ? 12 : 20)
            if let handle = walk.handle, let transaction = openTransfer(handle, .toServer) { close(transaction, call.xid) }
        case NFSOperation.open: try open4(&cursor, &request)
        case NFSOperation.lookup: request.fileName = cursor.copied(try cursor.opaque())
        case NFSOperation.remove:
            request.fileName = cursor.copied(try cursor.opaque())
            walk.main = number
        case NFSOperation.rename:
            request.fileName = cursor.copied(try cursor.opaque())
            walk.newName = cursor.copied(try cursor.opaque())
            walk.main = number
        case NFSOperation.create:
            switch try cursor.u32() {
            case 3, 4: try cursor.skip(8)
            case 5: _ = try cursor.opaque()
            default: break
            }
            request.fileName = cursor.copied(try cursor.opaque())
            try cursor.skipAttributes()
            if let handle = walk.handle { request.handle = handle }
            walk.main = number
        case NFSOperation.getHandle, NFSOperation.saveHandle, NFSOperation.restoreHandle, NFSOperation.putRootHandle,
            NFSOperation.putPublicHandle, NFSOperation.lookupParent, NFSOperation.readLink:
            break
        default: return try skipArguments(number, &cursor)
        }
        return true
    }

    private func skipArguments(_ number: UInt32, _ cursor: inout ByteCursor) throws(ParseError) -> Bool {
        switch number {
        case NFSOperation.access, NFSOperation.reclaimComplete: try cursor.skip(4)
        case NFSOperation.renew, NFSOperation.destroyClientID: try cursor.skip(8)
        case NFSOperation.delegationReturn, NFSOperation.setClientIDConfirm, NFSOperation.destroySession: try cursor.skip(16)
        case NFSOperation.openConfirm: try cursor.skip(20)
        case NFSOperation.sequence: try cursor.skip(32)
        case NFSOperation.getAttributes: try cursor.skipBitmap()
        case NFSOperation.setAttributes:
            try cursor.skip(NFSParser.stateID)
            try cursor.skipAttributes()
        case NFSOperation.readDirectory:
            try cursor.skip(24)
            try cursor.skipBitmap()
        case NFSOperation.setClientID:
            try cursor.skip(8)
            _ = try cursor.opaque()
            try cursor.skip(4)
            _ = try cursor.opaque()
            _ = try cursor.opaque()
            try cursor.skip(4)
        case NFSOperation.exchangeID:
            try cursor.skip(8)
            _ = try cursor.opaque()
            try cursor.skip(4)
            guard try cursor.u32() == 0 else { return false }
            try cursor.skipImplementation()
        default: return false
        }
        return true
    }

    private func open4(_ cursor: inout ByteCursor, _ request: inout Request) throws(ParseError) {
        try cursor.skip(20)
        _ = try cursor.opaque()
        if try cursor.u32() == 1 {
            switch try cursor.u32() {
            case 0, 1: try cursor.skipAttributes()
            case 2: try cursor.skip(8)
            case 3:
                try cursor.skip(8)
                try cursor.skipAttributes()
            default: throw .malformed
            }
        }
        switch try cursor.u32() {
        case 0, 3: request.fileName = cursor.copied(try cursor.opaque())
        case 1: try cursor.skip(4)
        case 2:
            try cursor.skip(NFSParser.stateID)
            request.fileName = cursor.copied(try cursor.opaque())
        case 4, 6: break
        case 5: try cursor.skip(NFSParser.stateID)
        default: throw .malformed
        }
    }

    private func write4(_ call: RPCCall, _ cursor: inout ByteCursor, _ request: Request, _ walk: Compound) throws(ParseError) {
        try cursor.skip(NFSParser.stateID)
        let offset = try cursor.u64()
        let isLast = try cursor.u32() == 2
        let data = try cursor.opaque()
        guard let handle = walk.handle, !data.isEmpty else { return }
        var transfer = request
        transfer.handle = handle
        transfer.fileName = name(of: handle)
        transfer.flavor = 0
        transfer.credentials = .none
        chunk(
            cursor.bytes.extracting(data), at: offset, of: transfer, xid: call.xid, procedure: NFSOperation.write, .toServer,
            isLast: isLast)
    }

    func reply4(_ reply: RPCReply, _ results: RawSpan, _ request: inout Request) throws(ParseError) {
        guard request.procedure == NFSParser.compound else { return }
        let main = request.transaction?.procedure
        var mainStatus: UInt32 = 0
        defer { finish(request, reply, status: mainStatus) }
        var cursor = ByteCursor(try unwrap(results, request.isWrapped))
        mainStatus = try cursor.u32()
        _ = try cursor.opaque()
        let count = Int(try cursor.u32())
        guard count <= NFSParser.mostOperations else { throw .overLimit }
        var isOpened = false
        for _ in 0..<count {
            let number = try cursor.u32()
            let status = try cursor.u32()
            if number == main { mainStatus = status }
            guard status == 0 else { return }
            switch number {
            case NFSOperation.open:
                isOpened = true
                guard try skipOpenResult(&cursor) else { return }
            case NFSOperation.getHandle:
                let handle = cursor.copied(try cursor.opaque())
                if isOpened { remember(request.fileName, for: handle) }
            case NFSOperation.putRootHandle:
                if request.fileName.isEmpty { request.fileName = Array("<mount_root>".utf8) }
            case NFSOperation.read:
                let isLast = try cursor.flag()
                let data = try cursor.opaque()
                chunk(
                    cursor.bytes.extracting(data), at: request.offset, of: request, xid: reply.xid, procedure: NFSOperation.read, .toClient,
                    isLast: isLast, reply: reply, status: status)
            default: guard try skipResult(number, &cursor) else { return }
            }
        }
    }

    private func skipOpenResult(_ cursor: inout ByteCursor) throws(ParseError) -> Bool {
        try cursor.skip(NFSParser.stateID + NFSParser.changeInfo + 4)
        try cursor.skipBitmap()
        switch try cursor.u32() {
        case 0: break
        case 1: try cursor.skip(NFSParser.stateID + 16)
        case 2: try cursor.skip(NFSParser.stateID + 28)
        default: return false
        }
        return true
    }

    /// Passes over the results of an operation that went well; false for those whose size is not known here.
    private func skipResult(_ number: UInt32, _ cursor: inout ByteCursor) throws(ParseError) -> Bool {
        switch number {
        case NFSOperation.putHandle, NFSOperation.putPublicHandle, NFSOperation.saveHandle, NFSOperation.restoreHandle,
            NFSOperation.lookup, NFSOperation.lookupParent, NFSOperation.renew, NFSOperation.setClientIDConfirm,
            NFSOperation.delegationReturn, NFSOperation.reclaimComplete, NFSOperation.destroySession, NFSOperation.destroyClientID:
            break
        case NFSOperation.access, NFSOperation.commit: try cursor.skip(8)
        case NFSOperation.close, NFSOperation.openConfirm, NFSOperation.setClientID, NFSOperation.write: try cursor.skip(16)
        case NFSOperation.remove: try cursor.skip(NFSParser.changeInfo)
        case NFSOperation.rename: try cursor.skip(2 * NFSParser.changeInfo)
        case NFSOperation.create:
            try cursor.skip(NFSParser.changeInfo)
            try cursor.skipBitmap()
        case NFSOperation.getAttributes: try cursor.skipAttributes()
        case NFSOperation.setAttributes: try cursor.skipBitmap()
        case NFSOperation.readLink: _ = try cursor.opaque()
        case NFSOperation.sequence: try cursor.skip(36)
        case NFSOperation.readDirectory:
            try cursor.skip(8)
            while try cursor.flag() {
                try cursor.skip(8)
                _ = try cursor.opaque()
                try cursor.skipAttributes()
            }
            try cursor.skip(4)
        case NFSOperation.exchangeID:
            try cursor.skip(16)
            guard try cursor.u32() == 0 else { return false }
            try cursor.skip(8)
            _ = try cursor.opaque()
            _ = try cursor.opaque()
            try cursor.skipImplementation()
        default: return false
        }
        return true
    }
}
