import Bytes

/// A version of QUIC as it stands in long headers.
struct QUICVersion: RawRepresentable, Hashable {
    var rawValue: UInt32

    static let none = QUICVersion(rawValue: 0)
    static let version2 = QUICVersion(rawValue: 0x6b33_43cf)
    private static let google046: UInt32 = 0x5130_3436

    /// Google's own versions before they took the standard's headers.
    var isGoogle: Bool {
        switch rawValue {
        case 0x5130_3433...0x5130_3436: true
        default: false
        }
    }

    /// Google's versions whose long headers have types of their own.
    var hasGoogleTypes: Bool { isGoogle && rawValue != QUICVersion.google046 }

    /// As EVE prints it.
    var name: String {
        switch rawValue {
        case 0x5130_3339, 0x5130_3433...0x5130_3436:
            String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> (24 - 8 * UInt32($0))) }, as: UTF8.self)
        case QUICVersion.version2.rawValue: "v2"
        default: String(rawValue, radix: 16)
        }
    }

    /// The number in fingerprints of Google's hellos.
    var fingerprintNumber: String? {
        switch rawValue {
        case 0x5130_3433: "43"
        case 0x5130_3434, 0x5130_3435: "44"
        case 0x5130_3436: "46"
        default: nil
        }
    }
}

/// A packet's header (RFC 9000 §17, or Google's), up to the packet number.
struct QUICHeader {
    enum Kind { case initial, zeroRTT, handshake, retry, versionNegotiation, short }

    var kind: Kind
    var isLong: Bool
    var version: QUICVersion
    var destinationID: [UInt8] = []
    /// Bytes of the header.
    var size = 0
    /// Bytes of packet number and content after it.
    var length = 0

    /// Nil when the bytes are no header, or tell of more than there is.
    init?(_ bytes: RawSpan) {
        do throws(ParseError) {
            var cursor = ByteCursor(bytes)
            let first = try cursor.u8()
            isLong = first & 0x80 != 0
            kind = .short
            version = .none
            if isLong {
                try readLong(first, &cursor)
            } else if first & 0x40 == 0 {
                try readGoogle(first, &cursor)
            }
            size = cursor.offset
            if length == 0 { length = cursor.left }
            guard length <= 65535 else { return nil }
        } catch {
            return nil
        }
    }

    /// Google's public header (until version 43).
    private mutating func readGoogle(_ first: UInt8, _ cursor: inout ByteCursor) throws(ParseError) {
        let hasID = first & 8 != 0
        if hasID { destinationID = try cursor.take(8).copied() }
        if first & 4 != 0, !hasID { try cursor.skip(32) }
        if first & 1 != 0 {
            version = QUICVersion(rawValue: try cursor.u32())
            kind = .initial
        }
        try cursor.skip(1 + Int(first >> 4 & 3))
        // The hash over the message.
        if hasID { try cursor.skip(12) }
    }

    private mutating func readLong(_ first: UInt8, _ cursor: inout ByteCursor) throws(ParseError) {
        version = QUICVersion(rawValue: try cursor.u32())
        if version == .none {
            kind = .versionNegotiation
        } else if version.hasGoogleTypes {
            switch first & 0x7f {
            case 0x7f: kind = .initial
            case 0x7e: kind = .retry
            case 0x7d: kind = .handshake
            case 0x7c: kind = .zeroRTT
            default: throw .malformed
            }
        } else {
            let type = first >> 4 & 3
            // Version 2 numbers them anew (RFC 9369 §3.2).
            let kinds: [Kind] = version == .version2 ? [.retry, .initial, .zeroRTT, .handshake] : [.initial, .zeroRTT, .handshake, .retry]
            kind = kinds[Int(type)]
        }
        if version.isGoogle {
            let sizes = try cursor.u8()
            func size(_ code: UInt8) -> Int { code == 0 ? 0 : Int(code) + 3 }
            destinationID = try cursor.take(size(sizes >> 4)).copied()
            try cursor.skip(size(sizes & 15))
            // Packet number and hash.
            if kind == .initial { try cursor.skip(16) }
        } else {
            let destination = Int(try cursor.u8())
            destinationID = try cursor.take(destination).copied()
            let source = Int(try cursor.u8())
            try cursor.skip(source)
            if kind == .initial {
                let token = try QUICHeader.number(&cursor)
                guard token <= UInt64(cursor.left) else { throw .truncated }
                try cursor.skip(Int(token))
                let told = try QUICHeader.number(&cursor)
                guard told <= UInt64(cursor.left) else { throw .truncated }
                length = Int(told)
            }
        }
    }

    /// A variable-length integer (RFC 9000 §16).
    static func number(_ cursor: inout ByteCursor) throws(ParseError) -> UInt64 {
        let first = try cursor.u8()
        var value = UInt64(first & 0x3f)
        for _ in 1..<max(1, 1 << Int(first >> 6)) { value = value << 8 | UInt64(try cursor.u8()) }
        return value
    }
}
