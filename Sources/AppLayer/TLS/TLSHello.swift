import Bytes

/// A client's or server's hello (RFC 8446 §4.1.2, §4.1.3 and its forerunners), taken apart.
final class TLSHello {
    private(set) var isClient = false
    /// The version field of the message itself; TLS 1.3 says 1.2 here.
    var legacyVersion = TLSVersion.unknown
    /// The version that counts: from `supported_versions` where that extension is.
    var version = TLSVersion.unknown
    var random: [UInt8] = []
    var sessionID: [UInt8] = []
    var ciphers: [UInt16] = []
    var hasExtensions = false
    var extensions: [UInt16] = []
    var groups: [UInt16] = []
    var pointFormats: [UInt8] = []
    var signatureAlgorithms: [UInt16] = []
    var supportedVersions: [UInt16] = []
    var applicationProtocols: [[UInt8]] = []
    var serverName: [UInt8] = []
    var hasServerName = false
    /// What was wrong with it.
    var flaws: [TLSFields.Event] = []

    /// Reads the body of a handshake message. Nil when not even its fixed part is there.
    init?(_ body: RawSpan, isClient: Bool) {
        do throws(ParseError) {
            try read(body, isClient)
        } catch {
            return nil
        }
    }

    /// An SSLv2 client hello: what follows the message type.
    init?(version2 body: RawSpan) {
        do throws(ParseError) {
            var cursor = ByteCursor(body)
            legacyVersion = TLSVersion(rawValue: try cursor.u16())
            version = legacyVersion
            let cipherBytes = Int(try cursor.u16())
            let sessionBytes = Int(try cursor.u16())
            let challengeBytes = Int(try cursor.u16())
            let specs = try cursor.take(cipherBytes)
            for index in stride(from: 0, to: specs.byteCount - 2, by: 3) where specs.byte(at: index) == 0 {
                ciphers.append(specs.uint16(at: index + 1))
            }
            try cursor.skip(sessionBytes)
            isClient = true
            random = try cursor.take(challengeBytes).copied()
        } catch {
            return nil
        }
    }

    /// An SSLv2 server hello, from its message type on; nothing but the version is of use.
    init(version2Server message: RawSpan) {
        if message.byteCount >= 5 { legacyVersion = TLSVersion(rawValue: message.uint16(at: 3)) }
        version = legacyVersion
    }

    private func read(_ body: RawSpan, _ isClient: Bool) throws(ParseError) {
        self.isClient = isClient
        var cursor = ByteCursor(body)
        legacyVersion = TLSVersion(rawValue: try cursor.u16())
        version = legacyVersion
        random = try cursor.take(32).copied()
        // Until draft 21 a TLS 1.3 server hello had neither session nor compression.
        let isEarlyDraft = !isClient && (version == .tls13 || version.rawValue >> 8 == 0x7f)
        // Up to draft 15 the field said 1.3; the final version says 1.2 there.
        if !isClient, version == .tls13 { version = .tls13BeforeDraft16 }
        if !isEarlyDraft {
            let size = Int(try cursor.u8())
            guard size <= 32 else { throw .malformed }
            sessionID = try cursor.take(size).copied()
        }
        if isClient {
            let size = Int(try cursor.u16())
            let list = try cursor.take(size)
            ciphers = TLSHello.words(list)
            let methods = Int(try cursor.u8())
            try cursor.skip(methods)
        } else {
            ciphers = [try cursor.u16()]
            if !isEarlyDraft { try cursor.skip(1) }
        }
        guard cursor.left >= 2 else { return }
        let size = Int(try cursor.u16())
        hasExtensions = true
        let known = try cursor.take(min(size, cursor.left))
        if size > known.byteCount { flaws.append(.handshakeInvalidLength) }
        readExtensions(known, isClient)
    }

    private static func words(_ bytes: RawSpan) -> [UInt16] {
        stride(from: 0, to: bytes.byteCount - 1, by: 2).map { bytes.uint16(at: $0) }
    }

    /// The words of a list with its length in front.
    private static func list(_ bytes: RawSpan) -> [UInt16] {
        guard bytes.byteCount >= 2 else { return [] }
        return words(bytes.dropping(2).prefix(Int(bytes.uint16(at: 0))))
    }

    private func readExtensions(_ bytes: RawSpan, _ isClient: Bool) {
        var at = 0
        while bytes.byteCount - at >= 4 {
            let type = bytes.uint16(at: at)
            let size = Int(bytes.uint16(at: at + 2))
            guard bytes.byteCount - at - 4 >= size else {
                flaws.append(.handshakeInvalidLength)
                return
            }
            let data = bytes.extracting(at + 4..<at + 4 + size)
            at += 4 + size
            extensions.append(type)
            switch type {
            case 0 where isClient: readServerName(data)
            case 10: groups = TLSHello.list(data)
            case 11 where size > 0: pointFormats = data.dropping(1).prefix(Int(data.byte(at: 0))).copied()
            case 13: signatureAlgorithms = TLSHello.list(data)
            case 16: readApplicationProtocols(data)
            case 43 where isClient:
                guard size > 0 else { break }
                supportedVersions = TLSHello.words(data.dropping(1).prefix(Int(data.byte(at: 0)))).filter { !TLSVersion.isGREASE($0) }
                if let best = supportedVersions.max() { version = TLSVersion(rawValue: best) }
            case 43 where size >= 2: version = TLSVersion(rawValue: data.uint16(at: 0))
            default: break
            }
        }
    }

    /// RFC 6066 §3.
    private func readServerName(_ data: RawSpan) {
        guard !hasServerName else {
            flaws.append(.multipleSNIExtensions)
            return
        }
        // An empty list is what a server echoes and what some clients send.
        guard data.byteCount > 0 else { return }
        hasServerName = true
        guard data.byteCount >= 5 else {
            flaws.append(.invalidSNILength)
            return
        }
        guard data.byte(at: 2) == 0 else {
            flaws.append(.invalidSNIType)
            return
        }
        let size = Int(data.uint16(at: 3))
        guard size > 0, size <= 255, data.byteCount - 5 >= size else {
            flaws.append(.invalidSNILength)
            return
        }
        serverName = data.extracting(5..<5 + size).copied()
    }

    /// RFC 7301 §3.1.
    private func readApplicationProtocols(_ data: RawSpan) {
        guard data.byteCount >= 2, applicationProtocols.isEmpty else { return }
        let list = data.dropping(2).prefix(Int(data.uint16(at: 0)))
        var at = 0
        while at < list.byteCount {
            let size = Int(list.byte(at: at))
            guard size > 0, list.byteCount - at - 1 >= size else { return }
            applicationProtocols.append(list.extracting(at + 1..<at + 1 + size).copied())
            at += 1 + size
        }
    }
}
