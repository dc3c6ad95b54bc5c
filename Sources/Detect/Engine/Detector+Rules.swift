import AppLayer
import Bytes
import Decode
import Flow

/// One rule against a packet or a stream.
extension Detector {
    /// Protocol, addresses, ports, direction and flow state.
    @inline(__always)
    func headerMatches(_ rule: Int) -> Bool {
        let entry = rules.headers.entries[rule]
        // A packet without IP has no traits.
        guard entry.forbidden.isDisjoint(with: traits) else { return false }
        if entry.isSpecial || packet.ipVersion == 0 { return specialHeaderMatches(rule) }
        if entry.protocols != 0, let facts, !rules.headers.admits(transactionProtocol ?? facts.appProtocol, entry) { return false }
        return memory.portsHold(entry, rules.headers, packet, hasPorts) && memory.addressesHold(entry, rules.headers, packet)
    }

    /// The same from the rule itself, for what the table of headers cannot say.
    @inline(never)
    func specialHeaderMatches(_ rule: Int) -> Bool {
        let program = program(rule)
        let proto = program.signature.proto
        if packet.ipVersion == 0 { return proto.admitsNonIP || (proto.ipProtocols.isEmpty && program.signature.kind == .decodeEvent) }
        if let version = proto.ipVersion, version != packet.ipVersion { return false }
        if !proto.ipProtocols.isEmpty, !proto.ipProtocols.contains(packet.ipProtocol) { return false }
        if let facts {
            guard program.signature.directions.contains(facts.direction) else { return false }
            if !proto.appProtocols.isEmpty, !proto.appProtocols.contains(transactionProtocol ?? facts.appProtocol) {
                return false
            }
        } else if !proto.appProtocols.isEmpty {
            return false
        }
        guard flowMatches(program.signature.flow) else { return false }
        if program.signature.isTransactional {
            return endsMatch(program.signature, packet.destination, packet.destinationPort, packet.source, packet.sourcePort)
        }
        if !program.signature.sourcePorts.isAny {
            guard hasPorts, program.signature.sourcePorts.contains(packet.sourcePort) else { return false }
        }
        if !program.signature.destinationPorts.isAny {
            guard hasPorts, program.signature.destinationPorts.contains(packet.destinationPort) else { return false }
        }
        return program.signature.source.contains(packet.source) && program.signature.destination.contains(packet.destination)
    }

    /// Addresses and ports of a rule whose source is the client, whoever sent the packet.
    private func endsMatch(
        _ signature: Signature, _ source: IPAddress, _ sourcePort: Port, _ destination: IPAddress, _ destinationPort: Port
    )
        -> Bool
    {
        signature.source.contains(source) && signature.destination.contains(destination) && signature.sourcePorts.contains(sourcePort)
            && signature.destinationPorts.contains(destinationPort)
    }

    func flowMatches(_ flow: FlowConditions) -> Bool {
        if flow.onlyFragments, !packet.flags.contains(.rebuilt) { return false }
        if flow.noFragments, packet.flags.contains(.rebuilt) { return false }
        guard let facts else { return flow.state == nil && flow.direction == nil }
        if let direction = flow.direction, direction != facts.direction { return false }
        switch flow.state {
        case .established: return facts.isEstablished
        case .notEstablished: return !facts.isEstablished
        case .stateless, nil: return true
        }
    }

    /// Runs a rule of a packet or stream whose header has matched.
    func check(_ rule: Int, payload: RawSpan?, isStream: Bool, _ frame: RawSpan) {
        let program = program(rule)
        if isStream, program.signature.proto.isPacketOnly || program.signature.flow.noStream { return }
        // Without anything to look for in the stream, tcp-stream is another word for tcp.
        let isStreamOnly = program.signature.proto.isStreamOnly && !program.inspections.isEmpty
        if !isStream, isStreamOnly || program.signature.flow.onlyStream { return }
        evaluated &+= 1
        guard packetTestsHold(program, transaction: nil) else { return }
        if !program.inspections.isEmpty {
            guard let payload else { return }
            evaluator.begin()
            for inspection in program.inspections {
                switch inspection.buffer {
                case .payload: guard payload.byteCount > 0, evaluator.matches(inspection, payload) else { return }
                case .base64Data: guard evaluator.matchesDecoded(inspection) else { return }
                case .header(let header):
                    guard !isStream || header.isAddress, matchesHeader(inspection, header, frame) else { return }
                case .field, .file: return
                }
            }
        }
        note(rule, nil, isStream)
    }

    func matchesHeader(_ inspection: CompiledInspection, _ header: PacketHeader, _ frame: RawSpan) -> Bool {
        guard !header.isAddress else {
            let address = header == .sourceAddress ? packet.source : packet.destination
            return address.withBytes { evaluator.matches(inspection, $0) }
        }
        guard let range = packet.range(of: header, in: frame) else { return false }
        return evaluator.matches(inspection, frame.extracting(range))
    }

    /// State tests, effects, and the place in the queue of alerts.
    func note(_ rule: Int, _ transaction: Transaction?, _ isStream: Bool, frame: ProtocolFrame? = nil) {
        // A rule alerts once per packet and transaction, however it matched.
        if matched.contains(where: {
            $0.rule == rule && ($0.isGuess ? nil : $0.transaction) === transaction && $0.frame?.id == frame?.id
        }) {
            return
        }
        let guess = transaction == nil && frame == nil ? guessedTransaction(rule) : nil
        let shown = transaction ?? guess
        matched.append(
            Alert(
                rule: rule, transactionID: shown?.id, transaction: shown, isGuess: guess != nil, isFromStream: isStream,
                action: program(rule).signature.action, frame: frame, context: evaluator.contexts,
                captured: evaluator.captured))
    }

    /// The transaction that a match in a packet or stream most likely belongs to: of a datagram the first that rules are not through
    /// with, of a stream the only one, where that is asked for.
    private func guessedTransaction(_ rule: Int) -> Transaction? {
        guard let parser, let facts else { return nil }
        let isDatagram = packet.transport == .udp && !program(rule).signature.proto.appProtocols.isEmpty
        guard isDatagram || rules.options.guessesTransactions else { return nil }
        let open = parser.transactions.lazy.filter { !self.isInspected($0, facts.direction) }
        guard let first = open.first, isDatagram || first === parser.transactions.last else { return nil }
        let inspection = first.inspection as? TransactionInspection ?? TransactionInspection()
        guard inspection.guesses < rules.options.guessesPerTransaction else { return nil }
        inspection.guesses += 1
        first.inspection = inspection
        return first
    }

    func packetTestsHold(_ program: Program, transaction: Transaction?) -> Bool {
        for test in program.signature.packetTests {
            guard PacketTests.holds(test, packet: packet, facts: facts, transaction: transaction) else { return false }
        }
        return true
    }
}
