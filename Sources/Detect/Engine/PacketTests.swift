import AppLayer
import Bytes
import Decode
import Flow

/// Tests on a packet's headers, its flow, and numbers of the transaction.
enum PacketTests {
    static func holds(_ test: PacketTest, packet: Packet, facts: FlowFacts?, transaction: Transaction?) -> Bool {
        switch test {
        case .integer(let field, let range): return number(field, packet, facts).map(range.contains) ?? false
        case .tcpFlags(let wanted, let mode, let ignored):
            guard packet.transport == .tcp else { return false }
            return tcpFlags(packet.tcpFlags, wanted, ignored, mode)
        case .fragmentBits(let wanted, let mode):
            guard packet.ipVersion == 4 else { return false }
            var have: FragmentBits = []
            if packet.flags.contains(.moreFragments) { have.insert(.more) }
            if packet.flags.contains(.dontFragment) { have.insert(.dont) }
            if packet.flags.contains(.reservedBit) { have.insert(.reserved) }
            // `+` wants another bit beside those, as in Suricata.
            if mode == .all, have == wanted { return false }
            return flags(have.rawValue, wanted.rawValue, mode)
        case .ipOptions(let wanted): return packet.ipVersion == 4 && !packet.ipOptions.isDisjoint(with: wanted)
        case .streamSize(let side, let range):
            guard let facts, packet.transport == .tcp else { return false }
            let client = range.contains(facts.streamSizeClient)
            let server = range.contains(facts.streamSizeServer)
            switch side {
            case .client: return client
            case .server: return server
            case .both: return client && server
            case .either: return client || server
            }
        case .sameAddress: return packet.source == packet.destination
        case .ipProtocol(let numbers, let isNegated): return numbers.contains(packet.ipProtocol) != isNegated
        case .decodeEvent(let event): return packet.events.contains(event)
        case .streamEvent(let bit): return facts?.streamEvents.contains(StreamEvent(rawValue: bit)) ?? false
        case .detectionEvent(let event): return facts?.detectionEvents.contains(DetectionEvents(event)) ?? false
        case .applicationEvent(_, let event): return transaction?.events.contains(event) ?? false
        case .applicationProtocol(let protocols, let isNegated, let mode):
            guard let facts else { return false }
            return applicationProtocol(protocols, isNegated, mode, facts)
        case .flowStart: return facts?.isFirstInDirection ?? false
        case .transactionNumber(let buffer, let range):
            return anyNumber(buffer, transaction, facts) { range.contains($0) }
        case .transactionNumberAt(let buffer, let range, let choice):
            return number(buffer, transaction, facts, choice) { range.contains($0) }
        case .transactionBits(let buffer, let mask, let isNegated):
            return anyNumber(buffer, transaction, facts) { ($0 & mask != 0) != isNegated }
        case .transactionNumbers(let buffer, let ranges):
            return anyNumber(buffer, transaction, facts) { number in ranges.contains { $0.contains(number) } }
        case .transaction(let test):
            guard let transaction, let facts else { return false }
            return test.holds(transaction, facts.direction)
        case .dcerpcInterface(let test):
            guard let transaction, let facts else { return false }
            var instance = 0
            var found = false
            while instance < 256, !found,
                transaction.withBuffer(.dcerpcInterface, facts.direction, instance: instance, { if test.holds($0) { found = true } })
            { instance += 1 }
            return found
        case .ftpBounce:
            guard let facts else { return false }
            let client = facts.direction == .toServer ? packet.source : packet.destination
            return anyNumber(.ftpDataAddress, transaction, facts) { IPAddress(v4: UInt32(truncatingIfNeeded: $0)) != client }
        case .checksum(let field, let isValid): return checksum(field, packet).map { $0 == isValid } ?? false
        case .vlanID(let range, let layer): return vlan(range, layer, packet)
        case .reputation(let test): return packet.ipVersion != 0 && test.holds(packet.source, packet.destination)
        case .country(let test): return packet.ipVersion != 0 && test.holds(packet.source, packet.destination)
        }
    }

    /// Whether a packet's header alone says that a test does not hold on it.
    static func isRefused(_ test: PacketTest, byHeaderOf packet: Packet) -> Bool {
        switch test {
        case .integer(.flowAge, _), .integer(.flowPacketsToServer, _), .integer(.flowPacketsToClient, _), .integer(.flowBytesToServer, _),
            .integer(.flowBytesToClient, _):
            false
        case .integer, .tcpFlags, .fragmentBits, .ipOptions, .sameAddress, .ipProtocol, .decodeEvent, .checksum, .vlanID:
            !holds(test, packet: packet, facts: nil, transaction: nil)
        default: false
        }
    }

    private static func vlan(_ range: IntegerRange, _ layer: VLANLayer, _ packet: Packet) -> Bool {
        let count = min(Int(packet.vlanCount), 3)
        switch layer {
        case .any: return (0..<count).contains { range.contains(UInt64(packet.vlan[$0])) }
        case .all: return count > 0 && (0..<count).allSatisfy { range.contains(UInt64(packet.vlan[$0])) }
        case .index(let index):
            let place = index < 0 ? count + index : index
            return (0..<count).contains(place) && range.contains(UInt64(packet.vlan[place]))
        }
    }

    private static func applicationProtocol(
        _ protocols: [AppProtocol], _ isNegated: Bool, _ mode: ProtocolTestMode, _ facts: FlowFacts
    ) -> Bool {
        let found: AppProtocol
        switch mode {
        case .direction:
            let own = facts.direction == .toServer ? facts.detected.toServer : facts.detected.toClient
            found = own == .unknown ? facts.appProtocol : own
        case .toServer: found = facts.detected.toServer
        case .toClient: found = facts.detected.toClient
        case .either:
            if protocols.contains(facts.detected.toServer) || protocols.contains(facts.detected.toClient) { return !isNegated }
            found = facts.appProtocol
        case .final: found = facts.appProtocol
        case .original: found = facts.originalProtocol
        }
        return found != .unknown && protocols.contains(found) != isNegated
    }

    private static var beginningOrEnd: TCPFlags { [.syn, .rst, .fin] }
    private static var unusual: TCPFlags { [.urg, .ece, .cwr] }

    /// As in Suricata, a rule that names a flag of the connection's beginning and end (or an unusual one) looks only at packets that carry
    /// one of them, even where it says that the flag is not set.
    private static func tcpFlags(_ have: TCPFlags, _ wanted: TCPFlags, _ ignored: TCPFlags, _ mode: FlagsMode) -> Bool {
        if !wanted.isDisjoint(with: beginningOrEnd), have.isDisjoint(with: beginningOrEnd) { return false }
        if !wanted.isDisjoint(with: unusual), have.isDisjoint(with: unusual) { return false }
        return flags(have.subtracting(ignored).rawValue, wanted.rawValue, mode)
    }

    private static func flags(_ have: UInt8, _ wanted: UInt8, _ mode: FlagsMode) -> Bool {
        switch mode {
        case .exactly: have == wanted
        case .all: have & wanted == wanted
        case .any: have & wanted != 0
        case .none: have & wanted != wanted
        }
    }

    private static func anyNumber(
        _ buffer: BufferID, _ transaction: Transaction?, _ facts: FlowFacts?, _ body: (UInt64) -> Bool
    ) -> Bool {
        guard let transaction, let facts else { return false }
        var instance = 0
        var found = false
        while !found, instance < 2048,
            transaction.withBuffer(
                buffer, facts.direction, instance: instance,
                { bytes in if bytes.byteCount == 8, body(bytes.uint64(at: 0)) { found = true } })
        {
            instance += 1
        }
        return found
    }

    /// Whether the chosen number satisfies `body`. A place that holds no number is passed over, but counted.
    private static func number(
        _ buffer: BufferID, _ transaction: Transaction?, _ facts: FlowFacts?, _ choice: InstanceChoice, _ body: (UInt64) -> Bool
    ) -> Bool {
        guard let transaction, let facts else { return false }
        var verdicts: [Bool?] = []
        while verdicts.count < 1024,
            transaction.withBuffer(
                buffer, facts.direction, instance: verdicts.count,
                { bytes in verdicts.append(bytes.byteCount == 8 ? body(bytes.uint64(at: 0)) : nil) })
        {}
        switch choice {
        case .any: return verdicts.contains(true)
        case .all: return !verdicts.isEmpty && !verdicts.contains(false)
        case .at(let place):
            let index = place < 0 ? verdicts.count + place : place
            return verdicts.indices.contains(index) && verdicts[index] == true
        }
    }

    private static func checksum(_ field: ChecksumField, _ packet: Packet) -> Bool? {
        let transportIsValid = !packet.flags.contains(.badTransportChecksum)
        switch field {
        case .ipv4: return packet.ipVersion == 4 ? !packet.flags.contains(.badIPChecksum) : nil
        case .tcpv4: return packet.transport == .tcp && packet.ipVersion == 4 ? transportIsValid : nil
        case .tcpv6: return packet.transport == .tcp && packet.ipVersion == 6 ? transportIsValid : nil
        case .udpv4: return packet.transport == .udp && packet.ipVersion == 4 ? transportIsValid : nil
        case .udpv6: return packet.transport == .udp && packet.ipVersion == 6 ? transportIsValid : nil
        case .icmpv4: return packet.transport == .icmpv4 ? transportIsValid : nil
        case .icmpv6: return packet.transport == .icmpv6 ? transportIsValid : nil
        }
    }

    /// The number behind a field, or nil where the packet has none.
    private static func number(_ field: PacketField, _ packet: Packet, _ facts: FlowFacts?) -> UInt64? {
        let isTCP = packet.transport == .tcp
        let isICMP = packet.transport == .icmpv4 || packet.transport == .icmpv6
        switch field {
        case .payloadSize:
            return packet.ipVersion == 0 || packet.flags.contains(.isWrapper) ? nil : UInt64(max(0, packet.payloadLength))
        case .ttl: return packet.ipVersion == 0 ? nil : UInt64(packet.ttl)
        case .tos: return packet.ipVersion == 0 ? nil : UInt64(packet.tos)
        case .ipID: return packet.ipVersion == 4 ? UInt64(packet.ipID) : nil
        case .fragmentOffset: return packet.ipVersion == 0 ? nil : UInt64(packet.fragmentOffset / 8)
        case .icmpType: return isICMP ? UInt64(packet.icmpType) : nil
        case .icmpCode: return isICMP ? UInt64(packet.icmpCode) : nil
        case .icmpID: return packet.hasICMPIdentifier ? UInt64(packet.icmpID) : nil
        case .icmpSequence: return packet.hasICMPIdentifier ? UInt64(packet.icmpSequence) : nil
        case .icmpMTU: return packet.icmpMTU.map { UInt64($0) }
        case .tcpSequence: return isTCP ? UInt64(packet.tcpSequence) : nil
        case .tcpAcknowledgment: return isTCP ? UInt64(packet.tcpAcknowledgment) : nil
        case .tcpWindow: return isTCP ? UInt64(packet.tcpWindow) : nil
        case .tcpMSS: return isTCP && packet.tcpMSS != 0 ? UInt64(packet.tcpMSS) : nil
        case .tcpWindowScale: return isTCP && packet.tcpWindowScale != 255 ? UInt64(packet.tcpWindowScale) : nil
        case .vlanLayers: return UInt64(packet.vlanCount)
        case .flowAge: return facts?.ageSeconds
        case .flowPacketsToServer: return facts?.packetsToServer
        case .flowPacketsToClient: return facts?.packetsToClient
        case .flowBytesToServer: return facts?.bytesToServer
        case .flowBytesToClient: return facts?.bytesToClient
        case .udpLength: return packet.transport == .udp ? UInt64(max(0, packet.payloadLength)) + 8 : nil
        }
    }
}
