import Bytes
import Digest

/// The Community ID of a flow, version 1 (https://github.com/corelight/community-id-spec): the same text from every tool that saw it.
public enum CommunityID {
    /// Writes `1:` and the Base64 SHA-1 as a quoted JSON string.
    public static func write(_ subject: EventSubject, seed: UInt16, to json: inout JSONWriter) {
        var sides = (
            first: (address: subject.source, port: subject.sourcePort.rawValue),
            second: (address: subject.destination, port: subject.destinationPort.rawValue)
        )
        var hasPorts = subject.hasPorts
        var oneWay = false
        if subject.ipProtocol == 1 || subject.ipProtocol == 58 {
            hasPorts = true
            sides.first.port = UInt16(subject.icmpType)
            if let reply = counterpart(of: subject.icmpType, isV6: subject.ipProtocol == 58) {
                sides.second.port = UInt16(reply)
            } else {
                sides.second.port = UInt16(subject.icmpCode)
                oneWay = true
            }
        }
        let ordered =
            oneWay || sides.first.address < sides.second.address
            || (sides.first.address == sides.second.address && sides.first.port <= sides.second.port)
        if !ordered { swap(&sides.first, &sides.second) }
        var bytes: [UInt8] = [UInt8(seed >> 8), UInt8(seed & 255)]
        for address in [sides.first.address, sides.second.address] {
            if subject.ipVersion == 4 {
                append(UInt64(address.v4), count: 4, to: &bytes)
            } else {
                append(address.high, count: 8, to: &bytes)
                append(address.low, count: 8, to: &bytes)
            }
        }
        bytes += [subject.ipProtocol, 0]
        if hasPorts {
            append(UInt64(sides.first.port), count: 2, to: &bytes)
            append(UInt64(sides.second.port), count: 2, to: &bytes)
        }
        json.beginText()
        json.buffer.append("1:")
        Base64.encode(Hash.digest(.sha1, of: bytes.rawSpan).rawSpan, into: &json.buffer)
        json.endText()
    }

    private static func append(_ value: UInt64, count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    /// The type that answers an ICMP type, for those that come in pairs.
    private static func counterpart(of type: UInt8, isV6: Bool) -> UInt8? {
        if isV6 {
            switch type {
            case 128: return 129
            case 129: return 128
            case 133: return 134
            case 134: return 133
            case 135: return 136
            case 136: return 135
            case 130: return 131
            case 131: return 130
            case 144: return 145
            case 145: return 144
            default: return nil
            }
        }
        switch type {
        case 8: return 0
        case 0: return 8
        case 13: return 14
        case 14: return 13
        case 15: return 16
        case 16: return 15
        case 17: return 18
        case 18: return 17
        case 10: return 9
        case 9: return 10
        default: return nil
        }
    }
}
