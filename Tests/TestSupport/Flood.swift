/// Packets without end that somebody sends to exhaust a sensor's memory, made one after the other, the same for the same seed. Checksums
/// are not right: run the sensor with `-k none`.
public struct Flood {
    public enum Kind: String, Sendable, CaseIterable {
        /// Connections that are only asked for, each from another address.
        case syn
        /// One small datagram of each flow.
        case udp
        /// First fragments of IPv4 datagrams that never get whole.
        case fragments
        /// The same of IPv6.
        case fragments6
        /// Connections that say a piece of one HTTP header, and another piece, and never end it.
        case http
        /// The same of one line of mail.
        case smtp
        /// TLS handshake messages that are announced long and never end.
        case tls
        /// Segments behind a hole that is never filled.
        case holes
        /// DNS questions whose answers never come.
        case dns
        /// HTTP requests one after the other whose answers never come.
        case pipeline
        /// Small whole exchanges of many hosts, as offices have them.
        case office
    }

    public let kind: Kind
    private var random: SeededGenerator
    private let templates: [[UInt8]]
    /// Connections of the kinds that need some, used in turn.
    private let connections: Int
    private var step = 0
    private var sequences: [UInt32]

    public init(_ kind: Kind, seed: UInt64 = 1, connections: Int = 20_000) {
        self.kind = kind
        self.connections = connections
        random = SeededGenerator(seed: seed)
        var builder = PacketBuilder()
        switch kind {
        case .smtp: builder.serverPort = 25
        case .tls: builder.serverPort = 443
        case .udp: builder.serverPort = 5000
        case .dns: builder.serverPort = 53
        default: builder.serverPort = 80
        }
        let isLong = kind == .http || kind == .smtp || kind == .tls || kind == .holes || kind == .pipeline || kind == .office
        sequences = [UInt32](repeating: 1001, count: isLong ? connections : 0)
        let question: [UInt8] =
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7] + Array("example".utf8) + [3] + Array("com".utf8) + [0, 0, 1, 0, 1]
        switch kind {
        case .syn: templates = [builder.tcp(2, sequence: 1, acknowledgment: 0)]
        case .udp: templates = [builder.udp(Array("tiny".utf8))]
        case .dns: templates = [builder.udp(question)]
        case .fragments:
            var frame = builder.udp([UInt8](repeating: 0x41, count: 512))
            frame[20] = 0x20  // more fragments
            templates = [frame]
        case .fragments6:
            builder.client = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 1, count: 12)
            builder.server = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 2, count: 12)
            let fragment: [UInt8] = [17, 0, 0, 1, 0, 0, 0, 0] + [UInt8](repeating: 0x41, count: 512)
            templates = [builder.ethernet(builder.ip(44, fragment, toServer: true, checksumAt: nil))]
        case .http, .smtp, .tls, .holes, .pipeline, .office:
            let piece: [UInt8]
            let first: [UInt8]
            let text = [UInt8](repeating: 0x61, count: 1000)
            switch kind {
            case .http: (first, piece) = (Array("GET / HTTP/1.1\r\nHost: a\r\nX-Endless: ".utf8), text)
            case .smtp: (first, piece) = (Array("EHLO ".utf8), text)
            case .tls: (first, piece) = ([22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff, 3, 3], text)
            case .pipeline:
                (first, piece) = (Array("GET /0 HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("GET /n HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            case .office:
                (first, piece) = (
                    Array("GET /index.html HTTP/1.1\r\nHost: portal.example\r\nUser-Agent: x\r\n\r\n".utf8),
                    Array("HTTP/1.1 200 OK\r\nContent-Length: 600\r\nContent-Type: text/html\r\n\r\n".utf8)
                        + [UInt8](repeating: 0x62, count: 600)
                )
            default: (first, piece) = ([], text)
            }
            templates = [
                builder.tcp(2, sequence: 1000, acknowledgment: 0),
                builder.tcp(0x12, sequence: 5000, acknowledgment: 1001, toServer: false),
                builder.tcp(0x10, sequence: 1001, acknowledgment: 5001),
                builder.tcp(0x18, sequence: 1001, acknowledgment: 5001, first),
                builder.tcp(0x18, sequence: kind == .office ? 5001 : 1001, acknowledgment: 5001, piece, toServer: kind != .office),
                builder.tcp(0x11, sequence: 1001, acknowledgment: 5001),
                builder.tcp(0x11, sequence: 5001, acknowledgment: 1001, toServer: false),
                builder.tcp(0x10, sequence: 1001, acknowledgment: 5001),
            ]
        }
    }

    private static func set(_ frame: inout [UInt8], _ at: Int, _ value: UInt32) {
        for index in 0..<4 { frame[at + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
    }

    /// The next frame.
    public mutating func next() -> [UInt8] {
        defer { step += 1 }
        switch kind {
        case .syn, .udp, .dns, .fragments:
            var frame = templates[0]
            let value = random.next()
            Flood.set(&frame, 26, UInt32(truncatingIfNeeded: value))
            if kind == .fragments {
                frame[18] = UInt8(truncatingIfNeeded: value >> 32)
                frame[19] = UInt8(truncatingIfNeeded: value >> 40)
            } else {
                frame[34] = UInt8(truncatingIfNeeded: value >> 32) | 4
                frame[35] = UInt8(truncatingIfNeeded: value >> 40)
            }
            return frame
        case .fragments6:
            var frame = templates[0]
            let value = random.next()
            Flood.set(&frame, 34, UInt32(truncatingIfNeeded: value))
            Flood.set(&frame, 58, UInt32(truncatingIfNeeded: value >> 32))
            return frame
        case .office: return exchange()
        case .http, .smtp, .tls, .holes, .pipeline: return piece()
        }
    }

    /// The address and port of a connection into a frame.
    private func address(_ frame: inout [UInt8], _ connection: Int, toServer: Bool) {
        Flood.set(&frame, toServer ? 26 : 30, 0x0a00_0000 | UInt32(truncatingIfNeeded: connection / 40_000 + 1) << 8 | 9)
        let port = UInt16(10_000 + connection % 40_000)
        frame[toServer ? 34 : 36] = UInt8(port >> 8)
        frame[toServer ? 35 : 37] = UInt8(port & 255)
    }

    /// Each connection is opened, then gets a piece more in turn.
    private mutating func piece() -> [UInt8] {
        let opening = 4 * connections
        let connection = step < opening ? step / 4 : (step - opening) % connections
        var frame = templates[step < opening ? step % 4 : 4]
        let toServer = !(step < opening && step % 4 == 1)
        address(&frame, connection, toServer: toServer)
        guard step >= opening || step % 4 == 3 else { return frame }
        let length = UInt32(frame.count - 54)
        if kind == .holes {
            // A byte is missing before each.
            sequences[connection] &+= 1
        }
        Flood.set(&frame, 38, sequences[connection])
        sequences[connection] &+= length
        return frame
    }

    /// Eight packets of one whole connection after the other.
    private mutating func exchange() -> [UInt8] {
        let connection = step / 8
        let part = step % 8
        var frame = templates[part]
        let toServer = part != 1 && part != 4 && part != 6
        Flood.set(&frame, toServer ? 26 : 30, 0x0a00_0000 | UInt32(truncatingIfNeeded: connection % 5000 + 1))
        let port = UInt16(10_000 + connection / 5000 % 50_000)
        frame[toServer ? 34 : 36] = UInt8(port >> 8)
        frame[toServer ? 35 : 37] = UInt8(port & 255)
        let request = UInt32(templates[3].count - 54)
        let answer = UInt32(templates[4].count - 54)
        if part >= 4 {
            Flood.set(&frame, toServer ? 38 : 42, 1001 &+ request &+ (part == 7 ? 1 : 0))
            if toServer || part == 6 { Flood.set(&frame, toServer ? 42 : 38, 5001 &+ answer &+ (part == 7 ? 1 : 0)) }
            if part == 6 { Flood.set(&frame, 42, 1001 &+ request &+ 1) }
        }
        return frame
    }
}
