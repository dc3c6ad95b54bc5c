import Bytes

extension Decoder {
    /// TCP (RFC 9293 §3.1).
    func tcp(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 20 else { return packet.fail(.tcpPacketTooSmall) }
        let headerLength = Int(frame.byte(at: start &+ 12) >> 4) &* 4
        guard headerLength >= 20 else { return packet.fail(.tcpHeaderTooSmall) }
        guard headerLength <= end &- start else { return packet.fail(.tcpInvalidHeaderLength) }
        packet.transport = .tcp
        packet.sourcePort = Port(rawValue: frame.uint16(at: start))
        packet.destinationPort = Port(rawValue: frame.uint16(at: start &+ 2))
        packet.tcpSequence = frame.uint32(at: start &+ 4)
        packet.tcpAcknowledgment = frame.uint32(at: start &+ 8)
        packet.tcpFlags = TCPFlags(rawValue: frame.byte(at: start &+ 13))
        packet.tcpWindow = frame.uint16(at: start &+ 14)
        packet.transportHeaderLength = UInt16(truncatingIfNeeded: headerLength)
        packet.payloadOffset = Int32(truncatingIfNeeded: start &+ headerLength)
        packet.payloadLength = Int32(truncatingIfNeeded: end &- start &- headerLength)
        if headerLength > 20 { tcpOptions(frame, from: start &+ 20, to: start &+ headerLength, &packet) }
        if verifiesChecksums, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: end &- start, initial: Checksum.pseudoHeader(packet, length: end &- start)) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    private func tcpOptions(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        var offset = start
        var seen: UInt16 = 0
        while offset < end {
            let kind = frame.byte(at: offset)
            if kind == 0 { return }
            if kind == 1 {
                offset &+= 1
                continue
            }
            guard end &- offset >= 2 else { return packet.events.insert(.tcpOptionInvalidLength) }
            let length = Int(frame.byte(at: offset &+ 1))
            guard length >= 2, length <= end &- offset else { return packet.events.insert(.tcpOptionInvalidLength) }
            if let fixed = Decoder.optionLength(kind) {
                let bit: UInt16 = 1 << UInt16(kind)
                if length != fixed {
                    packet.events.insert(.tcpOptionInvalidLength)
                } else if seen & bit != 0 {
                    packet.events.insert(.tcpOptionDuplicate)
                } else {
                    seen |= bit
                }
            }
            // Selective acknowledgments (RFC 2018) are one to four pairs of numbers.
            if kind == 5, length < 10 || length > 34 || (length &- 2) & 7 != 0 { packet.events.insert(.tcpOptionInvalidLength) }
            if kind == 2, length == 4 { packet.tcpMSS = frame.uint16(at: offset &+ 2) }
            if kind == 3, length == 3 { packet.tcpWindowScale = frame.byte(at: offset &+ 2) }
            offset &+= length
        }
    }

    /// Options that have one length and stand at most once: MSS, window scale, SACK permitted, timestamps.
    private static func optionLength(_ kind: UInt8) -> Int? {
        switch kind {
        case 2: 4
        case 3: 3
        case 4: 2
        case 8: 10
        default: nil
        }
    }
}
