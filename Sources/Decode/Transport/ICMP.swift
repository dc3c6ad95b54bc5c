import Bytes

extension Decoder {
    /// ICMP (RFC 792). The payload begins after the eight bytes of header.
    func icmpv4(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 8 else { return packet.fail(.icmpv4PacketTooSmall) }
        packet.transport = .icmpv4
        common(frame, from: start, to: end, &packet)
        let hasUnknownCode = Decoder.highestCode(packet.icmpType).map { packet.icmpCode > $0 } ?? false
        if hasUnknownCode { packet.events.insert(.icmpv4UnknownCode) }
        switch packet.icmpType {
        case 0, 8, 13, 14, 15, 16, 17, 18:
            packet.icmpID = frame.uint16(at: start &+ 4)
            packet.icmpSequence = frame.uint16(at: start &+ 6)
        case 9: routerAdvertisement(frame, from: start, to: end, &packet)
        case 3, 4, 5, 11, 12: if !hasUnknownCode { quotation(frame, from: start, to: end, &packet) }
        default: packet.events.insert(.icmpv4UnknownType)
        }
        // These have fields of fixed length behind the eight bytes.
        let fixed = packet.icmpType == 13 || packet.icmpType == 14 ? 20 : packet.icmpType == 17 || packet.icmpType == 18 ? 12 : 8
        if fixed > 8 {
            guard end &- start >= fixed else { return packet.events.insert(.icmpv4IPv4TruncatedPacket) }
            packet.transportHeaderLength = UInt16(truncatingIfNeeded: fixed)
        }
        if verifiesChecksums, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: end &- start, initial: 0) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    /// The highest code that a type has; nil for types that use codes otherwise.
    private static func highestCode(_ type: UInt8) -> UInt8? {
        switch type {
        case 0, 4, 8, 12, 13...18: 0
        case 3: 15
        case 5: 3
        case 11: 1
        default: nil
        }
    }

    /// The packet that an error quotes: its header at least.
    private func quotation(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start > 8 else { return }
        guard end &- start >= 28 else { return packet.events.insert(.icmpv4IPv4TruncatedPacket) }
        if frame.byte(at: start &+ 8) >> 4 != 4 { packet.events.insert(.icmpv4IPv4UnknownVersion) }
        packet.icmpQuoteOffset = Int32(truncatingIfNeeded: start &+ 8)
    }

    /// RFC 1256 §3: a count of addresses, their size in words.
    private func routerAdvertisement(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        packet.icmpID = frame.uint16(at: start &+ 4)
        packet.icmpSequence = frame.uint16(at: start &+ 6)
        let length = 8 &+ Int(frame.byte(at: start &+ 4)) &* Int(frame.byte(at: start &+ 5)) &* 4
        guard end &- start >= length else { return packet.events.insert(.icmpv4IPv4TruncatedPacket) }
        packet.transportHeaderLength = UInt16(truncatingIfNeeded: length)
        // RFC 5944 gives mobile routers code 16.
        if packet.icmpCode != 0, packet.icmpCode != 16 { packet.events.insert(.icmpv4UnknownCode) }
    }

    /// ICMPv6 (RFC 4443).
    func icmpv6(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 8 else { return packet.fail(.icmpv6PacketTooSmall) }
        packet.transport = .icmpv6
        common(frame, from: start, to: end, &packet)
        let hasUnknownCode = Decoder.highestCodeV6(packet.icmpType).map { packet.icmpCode > $0 } ?? false
        if hasUnknownCode { packet.events.insert(.icmpv6UnknownCode) }
        switch packet.icmpType {
        case 128, 129:
            packet.icmpID = frame.uint16(at: start &+ 4)
            packet.icmpSequence = frame.uint16(at: start &+ 6)
        case 1, 2, 3, 4:
            if packet.icmpType == 2 {
                packet.icmpID = frame.uint16(at: start &+ 4)
                packet.icmpSequence = frame.uint16(at: start &+ 6)
            }
            if hasUnknownCode { break }
            if end &- start >= 48 {
                packet.icmpQuoteOffset = Int32(truncatingIfNeeded: start &+ 8)
                if frame.byte(at: start &+ 8) >> 4 != 6 { packet.events.insert(.icmpv6IPv6UnknownVersion) }
            } else {
                packet.events.insert(.icmpv6IPv6TruncatedPacket)
            }
        case 130...132: if packet.ttl != 1 { packet.events.insert(.icmpv6MLDMessageWithInvalidHopLimit) }
        case 133...159: break
        case 5...99, 102...126, 160...199, 202...254: packet.events.insert(.icmpv6UnassignedType)
        case 100, 101, 200, 201: packet.events.insert(.icmpv6ExperimentationType)
        default: packet.events.insert(.icmpv6UnknownType)
        }
        if verifiesChecksums, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: end &- start, initial: Checksum.pseudoHeader(packet, length: end &- start)) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    private static func highestCodeV6(_ type: UInt8) -> UInt8? {
        switch type {
        case 1: 7
        case 3: 1
        case 4: 2
        case 2, 128, 129, 130...137, 141...145: 0
        case 139, 140: 2
        default: nil
        }
    }

    private func common(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        packet.icmpType = frame.byte(at: start)
        packet.icmpCode = frame.byte(at: start &+ 1)
        packet.transportHeaderLength = 8
        packet.payloadOffset = Int32(truncatingIfNeeded: start &+ 8)
        packet.payloadLength = Int32(truncatingIfNeeded: end &- start &- 8)
    }
}
