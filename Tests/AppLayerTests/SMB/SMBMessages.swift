import Bytes

@testable import AppLayer

/// Builds SMB messages of the shapes that clients and servers send.
enum SMBMessages {
    static func little(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { little($0) } }

    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    /// The frame around a message.
    static func frame(_ message: [UInt8], type: UInt8 = 0) -> [UInt8] {
        [type, UInt8(message.count >> 16), UInt8(message.count >> 8 & 255), UInt8(message.count & 255)] + message
    }

    // MARK: SMB2

    static func smb2(
        _ command: UInt16, _ body: [UInt8], isAnswer: Bool = false, status: UInt32 = 0, message: UInt64 = 1, tree: UInt32 = 5,
        session: UInt64 = 77, next: UInt32 = 0, isAsync: Bool = false
    ) -> [UInt8] {
        [0xfe] + Array("SMB".utf8) + little(UInt16(64)) + [0, 0] + little(status) + little(command) + [1, 0]
            + little(UInt32(isAnswer ? 1 : 0) | (isAsync ? 2 : 0)) + little(next) + little(message) + little(UInt32(0))
            + little(tree) + little(session) + zeros(16) + body
    }

    static let guid = (1...16).map { UInt8($0) }

    static func create(_ name: String, options: UInt32 = 0, disposition: UInt32 = 1) -> [UInt8] {
        zeros(36) + little(disposition) + little(options) + little(UInt16(120)) + little(UInt16(wide(name).count)) + zeros(8) + wide(name)
    }

    static func createAnswer(size: UInt64 = 0) -> [UInt8] {
        zeros(8) + little(UInt64(131_569_582_000_000_000)) + zeros(24) + zeros(8) + little(size) + zeros(8) + guid + zeros(8)
    }

    static func write(_ data: [UInt8], at offset: UInt64 = 0) -> [UInt8] {
        little(UInt16(49)) + little(UInt16(112)) + little(UInt32(data.count)) + little(offset) + guid + zeros(16) + data
    }

    static func read(_ count: UInt32, at offset: UInt64 = 0) -> [UInt8] {
        little(UInt16(49)) + [0, 0] + little(count) + little(offset) + guid + zeros(17)
    }

    static func readAnswer(_ data: [UInt8]) -> [UInt8] { little(UInt16(17)) + [80, 0] + little(UInt32(data.count)) + zeros(8) + data }

    static let close = little(UInt16(24)) + zeros(6) + guid

    static func treeConnect(_ path: String) -> [UInt8] {
        little(UInt16(9)) + [0, 0] + little(UInt16(72)) + little(UInt16(wide(path).count)) + wide(path)
    }

    static func treeConnectAnswer(_ type: UInt8) -> [UInt8] { little(UInt16(16)) + [type, 0] + zeros(12) }

    static let negotiate =
        little(UInt16(36)) + little(UInt16(2)) + zeros(8) + guid + zeros(8) + little(UInt16(0x0202)) + little(UInt16(0x0311))

    static let negotiateAnswer =
        little(UInt16(65)) + [1, 0] + little(UInt16(0x0311)) + [0, 0] + guid + zeros(4) + little(UInt32(65536)) + little(UInt32(65536))
        + little(UInt32(65536)) + zeros(24)

    /// An NTLMSSP AUTHENTICATE message, alone.
    static func authenticate(domain: String, user: String, host: String) -> [UInt8] {
        let names = [domain, user, host].map(wide)
        var offset = 72
        var fields = little(UInt16(0)) + little(UInt16(0)) + little(UInt32(72)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt32(72))
        for name in names {
            fields += little(UInt16(name.count)) + little(UInt16(name.count)) + little(UInt32(offset))
            offset += name.count
        }
        fields += little(UInt16(0)) + little(UInt16(0)) + little(UInt32(72)) + little(UInt32(0xe288_8215))
        return Array("NTLMSSP\0".utf8) + little(UInt32(3)) + fields + [6, 1] + little(UInt16(7601)) + [0, 0, 0, 15] + names.flatMap { $0 }
    }

    static func sessionSetup(_ blob: [UInt8]) -> [UInt8] {
        little(UInt16(25)) + zeros(10) + little(UInt16(88)) + little(UInt16(blob.count)) + zeros(8) + blob
    }

    // MARK: SMB1

    static func smb1(
        _ command: UInt8, _ body: [UInt8], isAnswer: Bool = false, status: UInt32 = 0, flags2: UInt16 = 0xc001, tree: UInt16 = 3,
        user: UInt16 = 9, multiplex: UInt16 = 1
    ) -> [UInt8] {
        [0xff] + Array("SMB".utf8) + [command] + little(status) + [isAnswer ? 0x98 : 0x18] + little(flags2) + zeros(12) + little(tree)
            + [0, 0] + little(user) + little(multiplex) + body
    }

    /// WRITE_ANDX with `next` behind it.
    static func writeAndX(_ data: [UInt8], file: UInt16 = 0x4000) -> [UInt8] {
        [14, 0xff, 0] + little(UInt16(0)) + little(file) + zeros(4) + zeros(8) + little(UInt16(0)) + little(UInt16(data.count))
            + little(UInt16(64)) + zeros(4) + little(UInt16(data.count + 1)) + [0] + data
    }
}
