import Bytes

/// One message of IKEv1 or IKEv2, with what the conversation had settled when it came.
final class IKETransaction: MessageTransaction {
    enum Content {
        case version1(IKEv1Payloads, client: IKEv1Side, server: IKEv1Side, domainOfInterpretation: UInt32?)
        case version2(IKEv2Payloads, IKEv2Choice)
    }

    let header: IKEHeader
    let content: Content

    init(_ origin: MessageOrigin, _ header: IKEHeader, _ content: Content) {
        self.header = header
        self.content = content
        super.init(origin)
    }

    override func bytes(_ buffer: BufferID, _ instance: Int) -> [UInt8]? {
        if buffer == .ikeVendor {
            guard case .version1(let payloads, _, _, _) = content, instance < payloads.vendorIDs.count else { return nil }
            return payloads.vendorIDs[instance]
        }
        guard instance == 0 else { return nil }
        switch buffer {
        case .ikeInitiatorSPI: return IKEHeader.text(header.initiatorSPI)
        case .ikeResponderSPI: return IKEHeader.text(header.responderSPI)
        case .ikeKeyExchange: return keyExchange
        case .ikeNonce: return nonce
        default: return nil
        }
    }

    override func number(_ field: BufferID, _ instance: Int) -> UInt64? {
        guard instance == 0 else { return nil }
        switch field {
        case .ikeExchangeType: return UInt64(header.exchangeType)
        case .ikeKeyExchangeLength: return keyExchange.map { UInt64($0.count) }
        case .ikeNonceLength: return nonce.map { UInt64($0.count) }
        default:
            let index = Int(field.rawValue & 255) - 32
            guard direction == .toClient, field.rawValue >> 8 == UInt16(AppProtocol.ike.rawValue),
                IKEFields.chosenAttributes.indices.contains(index)
            else { return nil }
            return chosen(IKEFields.chosenAttributes[index])
        }
    }

    private var keyExchange: [UInt8]? {
        guard case .version1(let payloads, _, _, _) = content, !payloads.keyExchange.isEmpty else { return nil }
        return payloads.keyExchange
    }

    private var nonce: [UInt8]? {
        guard case .version1(let payloads, _, _, _) = content, !payloads.nonce.isEmpty else { return nil }
        return payloads.nonce
    }

    private func chosen(_ name: String) -> UInt64? {
        switch content {
        case .version1(let payloads, _, _, _):
            let attribute = payloads.transforms.first?.first { IKENames.attribute($0.type) == name && $0.number != nil }
            return attribute?.number.map { UInt64($0) }
        case .version2(_, let choice):
            let type: UInt8
            switch name {
            case "alg_enc": type = 1
            case "alg_prf": type = 2
            case "alg_auth": type = 3
            case "alg_dh": type = 4
            default: return nil
            }
            return choice.transforms.first { $0.type == type }.map { UInt64($0.id) }
        }
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObject(&json, isExtended: options.isExtended) }
}
