import Bytes

/// An attribute of a transform (RFC 2409 appendix A).
struct IKEAttribute: Equatable {
    var type: UInt16
    /// The value itself where it is a short one, else the length of what follows; names are looked up by it.
    var value: UInt16
    /// Short values, and long ones of four bytes.
    var number: UInt32?
    /// Long values of other lengths.
    var bytes: [UInt8]?

    /// The attributes of a transform, as far as they are whole.
    static func list(_ bytes: RawSpan) -> [IKEAttribute] {
        var list: [IKEAttribute] = []
        var at = 0
        while bytes.byteCount - at >= 4 {
            let type = bytes.uint16(at: at)
            var attribute = IKEAttribute(type: type & 0x7fff, value: bytes.uint16(at: at + 2))
            at += 4
            if type & 0x8000 != 0 {
                attribute.number = UInt32(attribute.value)
            } else {
                let length = Int(attribute.value)
                guard bytes.byteCount - at >= length else { break }
                if length == 4 {
                    attribute.number = bytes.uint32(at: at)
                } else {
                    attribute.bytes = bytes.extracting(at..<at + length).copied()
                }
                at += length
            }
            list.append(attribute)
        }
        return list
    }
}

/// What the payloads of an IKEv1 message hold (RFC 2408 §3, RFC 2407 §4.6).
struct IKEv1Payloads {
    static let securityAssociation: UInt8 = 1
    private static let proposal: UInt8 = 2
    private static let transform: UInt8 = 3
    private static let keyExchangeType: UInt8 = 4
    private static let nonceType: UInt8 = 10
    private static let vendorID: UInt8 = 13
    /// Payloads within payloads: association, proposal, transform, and no more.
    private static let deepest = 4

    /// Types in order of appearance, each once.
    private(set) var types: [UInt8]
    private(set) var domainOfInterpretation: UInt32?
    private(set) var keyExchange: [UInt8] = []
    private(set) var nonce: [UInt8] = []
    private(set) var transforms: [[IKEAttribute]] = []
    private(set) var vendorIDs: [[UInt8]] = []
    /// Bytes behind the last payload.
    private(set) var hasExtraData = false

    /// Nothing but the first type: the rest is encrypted.
    init(encrypted first: UInt8) { types = [first] }

    init(_ bytes: RawSpan, first: UInt8) throws(ParseError) {
        types = [first]
        let end = try read(bytes, first: first, depth: 0)
        hasExtraData = end < bytes.byteCount
    }

    private mutating func read(_ bytes: RawSpan, first: UInt8, depth: Int) throws(ParseError) -> Int {
        let chain = IKEPayloadChain(bytes, first: first)
        for payload in chain.payloads { try read(payload.type, bytes.extracting(payload.content), depth) }
        return chain.end
    }

    private mutating func read(_ type: UInt8, _ content: RawSpan, _ depth: Int) throws(ParseError) {
        guard depth < IKEv1Payloads.deepest else { throw .overLimit }
        if !types.contains(type) { types.append(type) }
        switch type {
        case IKEv1Payloads.securityAssociation:
            guard content.byteCount >= 4 else { throw .truncated }
            let domain = content.uint32(at: 0)
            // 1 is IPsec: four bytes of situation follow, then the proposals.
            guard domain == 1 else {
                domainOfInterpretation = domain
                return
            }
            guard content.byteCount >= 8 else { throw .truncated }
            domainOfInterpretation = domain
            _ = try read(content.dropping(8), first: IKEv1Payloads.proposal, depth: depth + 1)
        case IKEv1Payloads.proposal:
            guard content.byteCount >= 4, content.byteCount - 4 >= Int(content.byte(at: 2)) else { throw .truncated }
            _ = try read(content.dropping(4 + Int(content.byte(at: 2))), first: IKEv1Payloads.transform, depth: depth + 1)
        case IKEv1Payloads.transform:
            if content.byteCount >= 4 { transforms.append(IKEAttribute.list(content.dropping(4))) }
        case IKEv1Payloads.keyExchangeType: keyExchange = content.copied()
        case IKEv1Payloads.nonceType: nonce = content.copied()
        case IKEv1Payloads.vendorID:
            vendorIDs.append((0..<2 * content.byteCount).map { ASCII.hexDigit(content.byte(at: $0 / 2) >> ($0 & 1 == 0 ? 4 : 0)) })
        default: break
        }
    }
}

/// What one side of an IKEv1 conversation has said so far.
struct IKEv1Side {
    private(set) var keyExchange: [UInt8] = []
    private(set) var nonce: [UInt8] = []
    private(set) var transformCount = 0
    /// The first transform of the association.
    private(set) var transform: [IKEAttribute] = []

    mutating func take(_ payloads: IKEv1Payloads) {
        // A new association means a new key exchange in the same flow.
        if payloads.types.contains(IKEv1Payloads.securityAssociation) { self = IKEv1Side() }
        keyExchange = payloads.keyExchange
        nonce = payloads.nonce
        if transformCount == 0, let first = payloads.transforms.first { transform = first }
        transformCount += payloads.transforms.count
    }
}
