import Bytes

/// The fixed and the optional fields of GRE version 0 (RFC 1701, RFC 2784, RFC 2890) and version 1 (RFC 2637, PPTP).
struct GREHeader {
    /// EtherType of what is inside.
    var proto: UInt16
    /// With all optional fields.
    var length: Int
    var hasSequence: Bool

    /// Nil with the reason in `flaw` where the header cannot be followed.
    init?(_ frame: RawSpan, at start: Int, flaw: inout DecodeEvent?) {
        guard frame.byteCount &- start >= 4 else {
            flaw = .grePacketTooSmall
            return nil
        }
        let flags = frame.uint16(at: start)
        proto = frame.uint16(at: start &+ 2)
        length = 4
        hasSequence = flags & 0x1000 != 0
        if hasSequence { length &+= 4 }
        switch flags & 7 {
        case 0:
            if flags & 0x2000 != 0 { length &+= 4 }
            if flags & 0xc000 != 0 { length &+= 4 }
            if flags & 0x0700 != 0 {
                flaw = .greVersion0Recursion
            } else if flags & 0x00f8 != 0 {
                flaw = .greVersion0Flags
            } else if length > frame.byteCount &- start {
                flaw = .greVersion0HeaderTooBig
            } else if flags & 0x4000 != 0, !skipRoutes(frame, start) {
                flaw = .greVersion0MalformedSREHeader
            }
        case 1:
            length &+= 4
            if flags & 0x0080 != 0 { length &+= 4 }
            if flags & 0x8000 != 0 {
                flaw = .greVersion1Checksum
            } else if flags & 0x4000 != 0 {
                flaw = .greVersion1Route
            } else if flags & 0x0800 != 0 {
                flaw = .greVersion1SSR
            } else if flags & 0x0700 != 0 {
                flaw = .greVersion1Recursion
            } else if flags & 0x0078 != 0 {
                flaw = .greVersion1Flags
            } else if proto != 0x880b {
                flaw = .greVersion1WrongProtocol
            } else if flags & 0x2000 == 0 {
                flaw = .greVersion1NoKey
            } else if length > frame.byteCount &- start {
                flaw = .greVersion1HeaderTooBig
            }
        default: flaw = .greWrongVersion
        }
        if flaw != nil { return nil }
    }

    /// Source routes (RFC 1701): a family, an offset and a length each, ended by an empty one.
    private mutating func skipRoutes(_ frame: RawSpan, _ start: Int) -> Bool {
        while true {
            guard length &+ 4 <= frame.byteCount &- start else { return false }
            let family = frame.uint16(at: start &+ length)
            let size = Int(frame.byte(at: start &+ length &+ 3))
            length &+= 4
            if family == 0, size == 0 { return true }
            length &+= size
            guard length <= frame.byteCount &- start else { return false }
        }
    }
}

extension Decoder {
    /// The header of a GRE packet, for its events; ``gre(_:at:_:)`` goes inside.
    func greHeader(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        packet.transport = .gre
        var flaw: DecodeEvent?
        _ = GREHeader(frame.prefix(end), at: start, flaw: &flaw)
        if let flaw { packet.fail(flaw) }
    }

    func gre(_ frame: RawSpan, at start: Int, _ inner: inout Packet) -> Bool {
        var flaw: DecodeEvent?
        guard let header = GREHeader(frame, at: start, flaw: &flaw) else { return false }
        let offset = start &+ header.length
        guard frame.byteCount > offset else { return false }
        inner.tunnelKind = .gre
        inner.begin(at: offset, of: frame)
        switch header.proto {
        case 0x880b: ppp(frame, at: offset, &inner)
        case 0x88be: erspan(frame, at: offset, hasHeader: header.hasSequence, &inner)
        case 0x6558: ethernet(frame, at: offset, &inner)
        default: etherPayload(frame, at: offset, type: header.proto, &inner)
        }
        // PPP carries much that is no IP, and says so by an event; ARP is no IP either.
        return inner.ipVersion != 0 || inner.etherType == ARPMessage.etherType || (header.proto == 0x880b && !inner.events.isEmpty)
    }

    /// Cisco ERSPAN: type I has no header, type II one of eight bytes with the VLAN of the mirrored frame.
    private func erspan(_ frame: RawSpan, at start: Int, hasHeader: Bool, _ inner: inout Packet) {
        guard hasHeader else { return ethernet(frame, at: start, &inner) }
        guard frame.byteCount &- start >= 8 else { return inner.fail(.erspanHeaderTooSmall) }
        let word = frame.uint16(at: start)
        guard word >> 12 == 1 else { return inner.fail(.erspanUnsupportedVersion) }
        if word & 0x0fff != 0 {
            inner.vlan[0] = word & 0x0fff
            inner.vlanCount = 1
        }
        ethernet(frame, at: start &+ 8, &inner)
    }
}
