import Bytes

/// Binds and their answers (C706 §12.6.4.3 and §12.6.4.4).
enum DCERPCBinding {
    /// Interfaces that one connection remembers.
    static let mostInterfaces = 256

    /// The interfaces that a bind asks for; at most `limit`. Nil when it is too short.
    static func interfaces(_ header: DCERPCHeader, _ pdu: RawSpan, limit: Int) -> [DCERPCInterface]? {
        guard pdu.byteCount >= 28 else { return nil }
        var interfaces: [DCERPCInterface] = []
        var at = 28
        for _ in 0..<pdu.byte(at: 24) {
            guard pdu.byteCount - at >= 24, interfaces.count < limit else { break }
            let transfers = Int(pdu.byte(at: at + 2))
            let first = DCERPCHeader.word(pdu, at + 20, header.isLittleEndian)
            let second = DCERPCHeader.word(pdu, at + 22, header.isLittleEndian)
            interfaces.append(
                DCERPCInterface(
                    contextID: DCERPCHeader.word(pdu, at, header.isLittleEndian),
                    uuid: DCERPCHeader.uuid(pdu, at + 4, isLittleEndian: header.isLittleEndian), version: first, minorVersion: second,
                    isFirstFragment: header.isFirst))
            at += 24 + 20 * transfers
        }
        return interfaces
    }

    /// What the answer to a bind says of each interface: 0 accepted, others refused. Nil when it is too short.
    static func results(_ header: DCERPCHeader, _ pdu: RawSpan) -> [(result: UInt16, reason: UInt16)]? {
        guard pdu.byteCount >= 26 else { return nil }
        // The secondary address, then the results at a multiple of four.
        var at = (26 + Int(DCERPCHeader.word(pdu, 24, header.isLittleEndian)) + 3) & ~3
        guard pdu.byteCount - at >= 4 else { return nil }
        let count = Int(pdu.byte(at: at))
        at += 4
        var results: [(result: UInt16, reason: UInt16)] = []
        for _ in 0..<count {
            guard pdu.byteCount - at >= 24 else { break }
            results.append(
                (DCERPCHeader.word(pdu, at, header.isLittleEndian), DCERPCHeader.word(pdu, at + 2, header.isLittleEndian)))
            at += 24
        }
        return results
    }
}
