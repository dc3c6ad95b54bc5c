import Bytes

/// IKEv1 (RFC 2409) and IKEv2 (RFC 7296) over UDP.
final class IKEParser: DatagramParser {
    private var domainOfInterpretation: UInt32?
    private var client = IKEv1Side()
    private var server = IKEv1Side()
    private var choice = IKEv2Choice()

    init(limits: ParserLimits) { super.init(.ike, limits: limits, malformed: IKEFields.Event.malformedData.rawValue) }

    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        guard let header = IKEHeader(bytes) else { return nil }
        let body = bytes.dropping(IKEHeader.size)
        switch header.majorVersion {
        case 1: return version1(body, header, origin)
        case 2: return version2(body, header, origin)
        default: return nil
        }
    }

    private func version1(_ body: RawSpan, _ header: IKEHeader, _ origin: MessageOrigin) -> MessageTransaction? {
        var payloads = IKEv1Payloads(encrypted: header.nextPayload)
        var hasSeveralProposals = false
        if header.flags & IKEHeader.encryptedFlag == 0 {
            do throws(ParseError) {
                payloads = try IKEv1Payloads(body, first: header.nextPayload)
            } catch {
                return nil
            }
            domainOfInterpretation = payloads.domainOfInterpretation ?? domainOfInterpretation
            if origin.direction == .toServer {
                client.take(payloads)
            } else {
                let before = payloads.types.contains(IKEv1Payloads.securityAssociation) ? 0 : server.transformCount
                hasSeveralProposals = before <= 1 && before + payloads.transforms.count > 1
                server.take(payloads)
            }
        }
        let transaction = IKETransaction(
            origin, header, .version1(payloads, client: client, server: server, domainOfInterpretation: domainOfInterpretation))
        if hasSeveralProposals { transaction.raise(IKEFields.Event.multipleServerProposal.rawValue) }
        if payloads.hasExtraData { transaction.raise(IKEFields.Event.payloadExtraData.rawValue) }
        return transaction
    }

    private func version2(_ body: RawSpan, _ header: IKEHeader, _ origin: MessageOrigin) -> MessageTransaction? {
        let payloads = IKEv2Payloads(body, first: header.nextPayload)
        if origin.direction == .toClient { choice.take(payloads.proposals) }
        let transaction = IKETransaction(origin, header, .version2(payloads, choice))
        for proposal in payloads.proposals {
            for event in IKEv2Weakness.events(proposal) { transaction.raiseEach(event.rawValue) }
        }
        return transaction
    }
}

extension IKEParser {
    static let descriptor = ProtocolDescriptor(
        .ike, name: "ike", aliases: ["ikev2"], transports: .udp, ports: [500], requiresPort: true, buffers: IKEFields.buffers,
        numbers: IKEFields.numbers, events: IKEFields.events, eventType: "ike", probe: probe
    ) { limits, _ in IKEParser(limits: limits) }

    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard let header = IKEHeader(bytes) else { return .no }
        switch header.majorVersion {
        case 1: break
        case 2:
            guard header.minorVersion == 0, (34...37).contains(header.exchangeType), Int(header.length) == bytes.byteCount else {
                return .no
            }
        default: return .no
        }
        // Nobody has answered yet: whoever sends this is the client.
        return header.responderSPI == 0 && direction == .toClient ? .reversed : .certain
    }
}
