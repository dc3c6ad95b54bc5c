/// What is wrong with a proposal (RFC 8247 and the advice that Suricata follows).
enum IKEv2Weakness {
    private static let encryptionTransform: UInt8 = 1
    private static let functionTransform: UInt8 = 2
    private static let integrityTransform: UInt8 = 3
    private static let groupTransform: UInt8 = 4

    static func events(_ proposal: IKEv2Proposal) -> [IKEFields.Event] {
        var events: [IKEFields.Event] = []
        for transform in proposal.transforms {
            if let event = event(transform) { events.append(event) }
        }
        if !proposal.transforms.contains(where: { $0.type == groupTransform }) { events.append(.weakCryptoNoGroup) }
        if proposal.protocolID == IKEv2Proposal.authenticationHeader { events.append(.noEncryption) }
        // Going without integrity is right only where the cipher brings it.
        let hasIntegrity = proposal.transforms.contains { $0.type == integrityTransform && $0.id != 0 }
        if !hasIntegrity, !proposal.transforms.contains(where: { $0.type == encryptionTransform && isAuthenticated($0.id) }) {
            events.append(.weakCryptoNoAuthentication)
        }
        return events
    }

    private static func event(_ transform: IKEv2Transform) -> IKEFields.Event? {
        switch transform.type {
        case encryptionTransform:
            switch transform.id {
            case 1...9, 11: .weakCryptoEncryption
            default: nil
            }
        case functionTransform:
            switch transform.id {
            case 0: .invalidProposal
            case 1, 2: .weakCryptoFunction
            default: nil
            }
        case integrityTransform:
            switch transform.id {
            case 1...7: .weakCryptoAuthentication
            default: nil
            }
        case groupTransform:
            switch transform.id {
            case 0: .invalidProposal
            case 1, 2, 5, 22: .weakCryptoGroup
            default: nil
            }
        case 5: nil
        default: .unknownProposal
        }
    }

    /// Ciphers that authenticate too: AES and Camellia in CCM, AES in GCM, ChaCha20-Poly1305.
    private static func isAuthenticated(_ id: UInt16) -> Bool {
        switch id {
        case 14...16, 18...20, 25...28: true
        default: false
        }
    }
}
