import Bytes

/// A transform of a proposal (RFC 7296 §3.3.2).
struct IKEv2Transform: Equatable {
    /// 1 encryption, 2 pseudo-random function, 3 integrity, 4 Diffie-Hellman group, 5 extended sequence numbers.
    var type: UInt8
    var id: UInt16
}

struct IKEv2Proposal: Equatable {
    static let authenticationHeader: UInt8 = 2

    var protocolID: UInt8
    var transforms: [IKEv2Transform]
}

/// What the payloads of an IKEv2 message hold (RFC 7296 §3).
struct IKEv2Payloads {
    private static let securityAssociation: UInt8 = 33
    private static let keyExchange: UInt8 = 34
    private static let notify: UInt8 = 41

    /// The first type, then what each header names as the next one; so the last is 0 (none). Empty when a payload is malformed.
    private(set) var types: [UInt8] = []
    private(set) var proposals: [IKEv2Proposal] = []
    private(set) var notifications: [UInt16] = []

    init(_ bytes: RawSpan, first: UInt8) {
        let chain = IKEPayloadChain(bytes, first: first)
        var read = IKEv2Payloads()
        for payload in chain.payloads {
            guard read.take(payload.type, bytes.extracting(payload.content)) else { return }
        }
        guard !chain.payloads.isEmpty else { return }
        self = read
        types = [first] + chain.payloads.map(\.next)
    }

    private init() {}

    private mutating func take(_ type: UInt8, _ content: RawSpan) -> Bool {
        switch type {
        case IKEv2Payloads.securityAssociation:
            var at = 0
            while content.byteCount - at >= 8 {
                let size = Int(content.uint16(at: at + 2))
                guard size >= 8, content.byteCount - at >= size,
                    let proposal = IKEv2Payloads.proposal(content.extracting(at..<at + size))
                else { break }
                proposals.append(proposal)
                at += size
            }
            return at > 0
        case IKEv2Payloads.keyExchange: return content.byteCount >= 4
        case IKEv2Payloads.notify:
            guard content.byteCount >= 4, content.byteCount - 4 >= Int(content.byte(at: 1)) else { return false }
            notifications.append(content.uint16(at: 2))
            return true
        default: return true
        }
    }

    private static func proposal(_ bytes: RawSpan) -> IKEv2Proposal? {
        var proposal = IKEv2Proposal(protocolID: bytes.byte(at: 5), transforms: [])
        let count = Int(bytes.byte(at: 7))
        var at = 8 + Int(bytes.byte(at: 6))
        for _ in 0..<count {
            guard bytes.byteCount - at >= 8 else { return nil }
            let size = Int(bytes.uint16(at: at + 2))
            guard size >= 8, bytes.byteCount - at >= size else { return nil }
            proposal.transforms.append(IKEv2Transform(type: bytes.byte(at: at + 4), id: bytes.uint16(at: at + 6)))
            at += size
        }
        return proposal
    }
}

/// The algorithms that the responder of an IKEv2 conversation has chosen.
struct IKEv2Choice {
    /// Kept of all answers of one flow.
    private static let mostTransforms = 256

    /// By transform type: encryption 11 and the others 0 mean "none".
    private(set) var encryption: UInt16 = 11
    private(set) var pseudoRandomFunction: UInt16 = 0
    private(set) var integrity: UInt16 = 0
    private(set) var group: UInt16 = 0
    private(set) var extendedSequenceNumbers: UInt16 = 0
    private(set) var transforms: [IKEv2Transform] = []

    mutating func take(_ proposals: [IKEv2Proposal]) {
        for transform in proposals.lazy.flatMap(\.transforms) where transforms.count < IKEv2Choice.mostTransforms {
            transforms.append(transform)
            switch transform.type {
            case 1: encryption = transform.id
            case 2: pseudoRandomFunction = transform.id
            case 3: integrity = transform.id
            case 4: group = transform.id
            case 5: extendedSequenceNumbers = transform.id
            default: break
            }
        }
    }
}
