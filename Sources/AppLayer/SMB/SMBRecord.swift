import Bytes

/// The frame around SMB: four bytes of type and length (RFC 1002 §4.3.1, with 24 bits of length as in [MS-SMB2] §2.1).
enum SMBRecord {
    static let sessionMessage: UInt8 = 0

    /// Session message, request, the three answers to it, keep-alive.
    static func isMessageType(_ type: UInt8) -> Bool { type == sessionMessage || (0x81...0x85).contains(type) }

    /// `\xffSMB`, `\xfeSMB` or `\xfdSMB`.
    static func isMagic(_ bytes: RawSpan, at offset: Int) -> Bool {
        guard offset >= 0, bytes.byteCount - offset >= 4 else { return false }
        return (0xfd...0xff).contains(bytes.byte(at: offset)) && bytes.uint24(at: offset + 1) == 0x534d42
    }

    /// A frame with an SMB message in it.
    static func beginsSMB(_ bytes: RawSpan) -> Bool { isMessageType(bytes.byte(at: 0)) && isMagic(bytes, at: 4) }

    /// A frame with an SMB message in it, or another message of a NetBIOS session.
    static func beginsRecord(_ bytes: RawSpan) -> Bool {
        guard isMessageType(bytes.byte(at: 0)) else { return false }
        return bytes.byte(at: 0) != sessionMessage || isMagic(bytes, at: 4) || bytes.uint24(at: 1) < 4
    }

    /// Where the first frame with an SMB message begins, for going on after a gap.
    static func search(_ bytes: RawSpan) -> Int? {
        var at = 0
        // The S of SMB, with the frame's header and the byte before it.
        while let found = bytes.firstOffset(of: 0x53, from: at) {
            if found >= 5, isMagic(bytes, at: found - 1), bytes.byte(at: found - 5) == sessionMessage { return found - 5 }
            at = found + 1
        }
        return nil
    }
}

/// The header of an SMB1 message ([MS-CIFS] §2.2.3.1).
struct SMB1Header {
    static let size = 32

    var command: UInt8
    var status: UInt32
    var flags: UInt8
    var flags2: UInt16
    var tree: UInt16
    var user: UInt16
    var multiplex: UInt16

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= SMB1Header.size, SMBRecord.isMagic(bytes, at: 0), bytes.byte(at: 0) == 0xff else { return nil }
        command = bytes.byte(at: 4)
        status = bytes.littleEndianUInt32(at: 5)
        flags = bytes.byte(at: 9)
        flags2 = bytes.littleEndianUInt16(at: 10)
        tree = bytes.littleEndianUInt16(at: 24)
        user = bytes.littleEndianUInt16(at: 28)
        multiplex = bytes.littleEndianUInt16(at: 30)
    }

    var isResponse: Bool { flags & 0x80 != 0 }
    var isUnicode: Bool { flags2 & 0x8000 != 0 }

    /// Without the flag for NT status codes the field holds an error class and code.
    var statusValue: SMBTransaction.Status {
        flags2 & 0x4000 != 0 ? .nt(status) : .dos(errorClass: UInt8(status & 0xff), code: UInt16(status >> 16))
    }

    func header(_ kind: SMBTransaction.Header.Kind) -> SMBTransaction.Header {
        SMBTransaction.Header(
            kind: kind, session: UInt64(user), tree: kind == .treeConnect ? 0 : UInt32(tree), message: UInt64(multiplex))
    }

    var messageKey: SMBMessageKey { SMBMessageKey(session: UInt64(user), tree: UInt32(tree), message: UInt64(multiplex)) }
    var treeKey: SMBMessageKey { SMBMessageKey(session: UInt64(user), tree: UInt32(tree), message: 0) }
    func file(_ number: UInt16) -> SMBFileID { .short(number, session: UInt32(user)) }
}

/// The header of an SMB2 message ([MS-SMB2] §2.2.1).
struct SMB2Header {
    static let size = 64

    var status: UInt32
    var command: UInt16
    var isResponse: Bool
    var message: UInt64
    /// 0 in asynchronous answers.
    var tree: UInt32
    var session: UInt64
    /// Bytes of the message with this header: up to the next message of a compound, or all.
    var length: Int

    init?(_ bytes: RawSpan, _ direction: FlowDirection) {
        guard bytes.byteCount >= SMB2Header.size, SMBRecord.isMagic(bytes, at: 0), bytes.byte(at: 0) == 0xfe else { return nil }
        let next = Int(bytes.littleEndianUInt32(at: 20))
        guard next <= bytes.byteCount else { return nil }
        length = next > SMB2Header.size ? next : bytes.byteCount
        let flags = bytes.littleEndianUInt32(at: 16)
        isResponse = flags & 1 != 0
        status = direction == .toClient ? bytes.littleEndianUInt32(at: 8) : 0
        command = bytes.littleEndianUInt16(at: 12)
        message = bytes.littleEndianUInt64(at: 24)
        tree = direction == .toClient && flags & 2 != 0 ? 0 : bytes.littleEndianUInt32(at: 36)
        session = bytes.littleEndianUInt64(at: 40)
    }

    func header(_ kind: SMBTransaction.Header.Kind) -> SMBTransaction.Header {
        SMBTransaction.Header(kind: kind, session: session, tree: kind == .treeConnect ? 0 : tree, message: message)
    }

    var messageKey: SMBMessageKey { SMBMessageKey(session: session, tree: tree, message: message) }
    /// For what an asynchronous answer must find.
    var treelessKey: SMBMessageKey { SMBMessageKey(session: session, tree: 0, message: message) }
    var treeKey: SMBMessageKey { SMBMessageKey(session: session, tree: tree, message: 0) }
}
