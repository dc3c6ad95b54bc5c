/// Makes frames for tests: Ethernet, IPv4 or IPv6, TCP or UDP, with right lengths and checksums.
public struct PacketBuilder: Sendable {
    public var client: [UInt8] = [10, 0, 0, 1]
    public var server: [UInt8] = [192, 0, 2, 80]
    public var clientPort: UInt16 = 40_000
    public var serverPort: UInt16 = 80
    public var vlans: [UInt16] = []

    public init() {}

    static func word(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    static func long(_ value: UInt32) -> [UInt8] { word(UInt16(value >> 16)) + word(UInt16(value & 0xffff)) }

    public static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        var index = 0
        while index < bytes.count {
            sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
            index += 2
        }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }

    /// IP packet around a transport segment whose checksum field lies at `checksumAt`.
    public func ip(_ proto: UInt8, _ segment: [UInt8], toServer: Bool, checksumAt: Int?) -> [UInt8] {
        let source = toServer ? client : server
        let destination = toServer ? server : client
        var segment = segment
        if let checksumAt {
            let sum: [UInt8]
            if source.count == 4 {
                sum = source + destination + [0, proto] + PacketBuilder.word(UInt16(segment.count))
            } else {
                sum = source + destination + PacketBuilder.long(UInt32(segment.count)) + [0, 0, 0, proto]
            }
            let value = PacketBuilder.checksum(sum + segment)
            segment[checksumAt] = UInt8(value >> 8)
            segment[checksumAt + 1] = UInt8(value & 255)
        }
        if source.count == 16 {
            return [0x60, 0, 0, 0] + PacketBuilder.word(UInt16(segment.count)) + [proto, 64] + source + destination + segment
        }
        var header: [UInt8] =
            [0x45, 0] + PacketBuilder.word(UInt16(20 + segment.count)) + [0, 1, 0x40, 0, 64, proto, 0, 0] + source + destination
        let value = PacketBuilder.checksum(header)
        header[10] = UInt8(value >> 8)
        header[11] = UInt8(value & 255)
        return header + segment
    }

    /// Ethernet frame around an IP packet.
    public func ethernet(_ packet: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        for vlan in vlans { frame += [0x81, 0x00] + PacketBuilder.word(vlan) }
        return frame + (packet[0] >> 4 == 6 ? [0x86, 0xdd] : [0x08, 0x00]) + packet
    }

    /// A frame inside of VXLAN (RFC 7348), network 1.
    public static func vxlan(around frame: [UInt8]) -> [UInt8] {
        var builder = PacketBuilder()
        builder.serverPort = 4789
        return builder.udp([8, 0, 0, 0, 0, 0, 1, 0] + frame)
    }

    public func udp(_ payload: [UInt8], toServer: Bool = true) -> [UInt8] {
        let ports = toServer ? (clientPort, serverPort) : (serverPort, clientPort)
        let segment =
            PacketBuilder.word(ports.0) + PacketBuilder.word(ports.1) + PacketBuilder.word(UInt16(8 + payload.count)) + [0, 0] + payload
        return ethernet(ip(17, segment, toServer: toServer, checksumAt: 6))
    }

    public func tcp(_ flags: UInt8, sequence: UInt32, acknowledgment: UInt32, _ payload: [UInt8] = [], toServer: Bool = true) -> [UInt8] {
        let ports = toServer ? (clientPort, serverPort) : (serverPort, clientPort)
        let segment =
            PacketBuilder.word(ports.0) + PacketBuilder.word(ports.1) + PacketBuilder.long(sequence) + PacketBuilder.long(acknowledgment)
            + [0x50, flags, 0xff, 0xff, 0, 0, 0, 0] + payload
        return ethernet(ip(6, segment, toServer: toServer, checksumAt: 16))
    }
}

/// A TCP conversation, frame by frame: handshake, what each side says with an acknowledgment after it, and the end.
public struct TCPConversation: Sendable {
    public private(set) var frames: [[UInt8]] = []
    public let builder: PacketBuilder
    private var client: UInt32 = 1000
    private var server: UInt32 = 5000

    public init(_ builder: PacketBuilder = PacketBuilder(), handshake: Bool = true) {
        self.builder = builder
        guard handshake else { return }
        frames.append(builder.tcp(0x02, sequence: client, acknowledgment: 0))
        frames.append(builder.tcp(0x12, sequence: server, acknowledgment: client + 1, toServer: false))
        client += 1
        server += 1
        frames.append(builder.tcp(0x10, sequence: client, acknowledgment: server))
    }

    /// The client says something and the server acknowledges it.
    public mutating func request(_ text: String) { request(Array(text.utf8)) }

    public mutating func request(_ bytes: [UInt8]) {
        frames.append(builder.tcp(0x18, sequence: client, acknowledgment: server, bytes))
        client &+= UInt32(bytes.count)
        frames.append(builder.tcp(0x10, sequence: server, acknowledgment: client, toServer: false))
    }

    /// The server says something and the client acknowledges it.
    public mutating func response(_ text: String) { response(Array(text.utf8)) }

    public mutating func response(_ bytes: [UInt8]) {
        frames.append(builder.tcp(0x18, sequence: server, acknowledgment: client, bytes, toServer: false))
        server &+= UInt32(bytes.count)
        frames.append(builder.tcp(0x10, sequence: client, acknowledgment: server))
    }

    /// Both sides end.
    public mutating func finish() {
        frames.append(builder.tcp(0x11, sequence: client, acknowledgment: server))
        frames.append(builder.tcp(0x11, sequence: server, acknowledgment: client + 1, toServer: false))
        frames.append(builder.tcp(0x10, sequence: client + 1, acknowledgment: server + 1))
    }
}
