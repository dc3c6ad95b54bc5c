import Bytes

/// What XDR (RFC 4506) adds to big-endian numbers.
extension ByteCursor {
    /// Variable-length opaque data or a string: its place; what pads it to four bytes is passed over.
    @_lifetime(self: copy self)
    mutating func opaque() throws(ParseError) -> Range<Int> {
        let length = Int(try u32())
        guard left >= length else { throw .truncated }
        let start = try advance(length)
        // The last field of a record may come without its padding.
        try skip(min((4 - length & 3) & 3, left))
        return start..<start + length
    }

    @_lifetime(self: copy self)
    mutating func flag() throws(ParseError) -> Bool {
        let value = try u32()
        guard value <= 1 else { throw .malformed }
        return value == 1
    }

    func copied(_ range: Range<Int>) -> [UInt8] { bytes.extracting(range).copied() }
}

/// A call of ONC RPC (RFC 5531 §9), without the length that TCP puts before it.
struct RPCCall {
    enum Credentials {
        case none
        case unix(machine: [UInt8], user: UInt32, group: UInt32)
        /// RPCSEC_GSS (RFC 2203 §5): procedure and service.
        case gss(procedure: UInt32, service: UInt32)
    }

    /// Longest credentials and verifiers; Linux has 400.
    static let longestAuthentication = 4096
    static let unix: UInt32 = 1
    private static let gss: UInt32 = 6

    var xid: UInt32
    var program: UInt32
    var version: UInt32
    var procedure: UInt32
    var flavor: UInt32
    var credentials: Credentials
    /// Place of the arguments.
    var arguments: Range<Int>

    init(_ bytes: RawSpan) throws(ParseError) {
        var cursor = ByteCursor(bytes)
        xid = try cursor.u32()
        guard try cursor.u32() == 0 else { throw .malformed }
        guard try cursor.u32() == 2 else { throw .malformed }
        program = try cursor.u32()
        version = try cursor.u32()
        procedure = try cursor.u32()
        flavor = try cursor.u32()
        let place = try cursor.opaque()
        guard place.count < RPCCall.longestAuthentication else { throw .overLimit }
        credentials = try RPCCall.credentials(flavor, bytes.extracting(place))
        _ = try cursor.u32()
        guard try cursor.opaque().count < RPCCall.longestAuthentication else { throw .overLimit }
        arguments = cursor.offset..<bytes.byteCount
    }

    private static func credentials(_ flavor: UInt32, _ bytes: RawSpan) throws(ParseError) -> Credentials {
        var cursor = ByteCursor(bytes)
        switch flavor {
        case unix:
            _ = try cursor.u32()
            let machine = try cursor.opaque()
            guard machine.count < 256 else { throw .overLimit }
            return .unix(machine: cursor.copied(machine), user: try cursor.u32(), group: try cursor.u32())
        case gss:
            _ = try cursor.u32()
            let procedure = try cursor.u32()
            _ = try cursor.u32()
            return .gss(procedure: procedure, service: try cursor.u32())
        default: return .none
        }
    }
}

/// A reply of ONC RPC.
struct RPCReply {
    var xid: UInt32
    /// 0 accepted, 1 denied.
    var status: UInt32
    /// 0 success; nothing for denied calls.
    var acceptStatus: UInt32
    var results: Range<Int>

    init(_ bytes: RawSpan) throws(ParseError) {
        var cursor = ByteCursor(bytes)
        xid = try cursor.u32()
        guard try cursor.u32() == 1 else { throw .malformed }
        status = try cursor.u32()
        guard status <= 1 else { throw .malformed }
        _ = try cursor.u32()
        if status == 0 {
            guard try cursor.opaque().count < RPCCall.longestAuthentication else { throw .overLimit }
            acceptStatus = try cursor.u32()
        } else {
            acceptStatus = 0
        }
        results = cursor.offset..<bytes.byteCount
    }
}
