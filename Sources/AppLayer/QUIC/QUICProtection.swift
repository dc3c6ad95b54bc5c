import Bytes
import Digest

/// The keys of Initial packets (RFC 9001 §5.2): they come from the connection ID that the client chose, so that everybody can open them.
struct QUICProtection {
    private struct Keys {
        let packet: AES128
        let header: AES128
        let vector: [UInt8]

        init?(secret: [UInt8], isVersion2: Bool) {
            guard
                let packet = AES128(key: KeyDerivation.expand(secret, label: isVersion2 ? "quicv2 key" : "quic key", count: 16)),
                let header = AES128(key: KeyDerivation.expand(secret, label: isVersion2 ? "quicv2 hp" : "quic hp", count: 16))
            else { return nil }
            self.packet = packet
            self.header = header
            vector = KeyDerivation.expand(secret, label: isVersion2 ? "quicv2 iv" : "quic iv", count: AES128.nonceSize)
        }
    }

    private let client: Keys
    private let server: Keys

    /// Nil for versions whose first packets are not protected in this way.
    init?(version: QUICVersion, connectionID: [UInt8]) {
        guard let salt = QUICProtection.salt(version) else { return nil }
        let secret = KeyDerivation.extract(salt: salt, connectionID)
        let isVersion2 = version == .version2
        guard let client = Keys(secret: KeyDerivation.expand(secret, label: "client in", count: 32), isVersion2: isVersion2),
            let server = Keys(secret: KeyDerivation.expand(secret, label: "server in", count: 32), isVersion2: isVersion2)
        else { return nil }
        self.client = client
        self.server = server
    }

    private static func salt(_ version: QUICVersion) -> [UInt8]? {
        switch version.rawValue {
        case 0x5130_3530:
            [80, 69, 116, 239, 208, 102, 254, 47, 157, 148, 92, 252, 219, 211, 167, 240, 211, 181, 107, 69]
        // Drafts 29 to 32.
        case 0xff00_001d...0xff00_0020:
            [175, 191, 236, 40, 153, 147, 210, 76, 158, 151, 134, 241, 156, 97, 17, 224, 67, 144, 168, 153]
        // Drafts 23 to 28, and what Facebook called its second.
        case 0xface_b002, 0xff00_0017...0xff00_001c:
            [195, 238, 247, 18, 199, 46, 187, 90, 17, 167, 210, 67, 43, 180, 99, 101, 190, 249, 245, 2]
        // RFC 9001 §5.2 and drafts 33, 34.
        case 1, 0xff00_0021...0xff00_0022:
            [56, 118, 44, 247, 245, 89, 52, 179, 77, 23, 154, 230, 164, 200, 12, 173, 204, 187, 127, 10]
        // RFC 9369 §3.3.1.
        case QUICVersion.version2.rawValue:
            [13, 237, 227, 222, 247, 0, 166, 219, 129, 147, 129, 190, 110, 38, 157, 203, 249, 189, 46, 217]
        default: nil
        }
    }

    /// The frames of a packet (RFC 9001 §5.3, §5.4); nil when it does not open.
    ///
    /// - Parameters:
    ///   - packet: from its first byte to the end that its header tells.
    ///   - headerSize: bytes before the packet number.
    func open(_ packet: RawSpan, headerSize: Int, _ direction: FlowDirection) -> [UInt8]? {
        let keys = direction == .toServer ? client : server
        // The sample for header protection stands four bytes behind the start of the packet number.
        guard packet.byteCount - headerSize >= 4 + AES128.blockSize else { return nil }
        guard let mask = keys.header.encipher(packet.extracting(headerSize + 4..<headerSize + 4 + AES128.blockSize)) else { return nil }
        let first = packet.byte(at: 0) ^ (mask[0] & (packet.byte(at: 0) & 0x80 != 0 ? 0x0f : 0x1f))
        let numberSize = Int(first & 3) + 1
        var header = packet.prefix(headerSize + numberSize).copied()
        header[0] = first
        var nonce = keys.vector
        for index in 0..<numberSize {
            header[headerSize + index] ^= mask[1 + index]
            nonce[nonce.count - numberSize + index] ^= header[headerSize + index]
        }
        return keys.packet.open(packet.dropping(headerSize + numberSize), nonce: nonce, header: header)
    }
}
