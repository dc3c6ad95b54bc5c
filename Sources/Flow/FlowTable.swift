import Bytes
import Decode

/// How long a flow may be silent, in seconds (rule-semantics T17).
public struct FlowTimeouts: Sendable {
    public var tcpNew: Int64 = 60
    public var tcpEstablished: Int64 = 600
    public var tcpClosed: Int64 = 60
    public var udpNew: Int64 = 30
    public var udpEstablished: Int64 = 300
    public var icmpNew: Int64 = 30
    public var icmpEstablished: Int64 = 300
    public var otherNew: Int64 = 30
    public var otherEstablished: Int64 = 300

    public init() {}

    @inline(__always)
    func seconds(_ flow: FlowRecord) -> Int64 {
        switch (flow.ipProtocol, flow.state) {
        case (6, .new): tcpNew
        case (6, .established): tcpEstablished
        case (6, _): tcpClosed
        case (17, .new): udpNew
        case (17, _): udpEstablished
        case (1, .new), (58, .new): icmpNew
        case (1, _), (58, _): icmpEstablished
        case (_, .new): otherNew
        default: otherEstablished
        }
    }
}

/// What looking up a packet's flow gave.
@frozen public enum FlowLookup: Sendable {
    case found(FlowID, FlowDirection)
    case created(FlowID)
    /// This flow must end first (silent too long, or the table is full): finish and remove it, then look up again.
    case mustEnd(FlowID)
}

/// All flows of one worker: a slab of records and an open-addressing index over it. Allocates only when the number of flows reaches a new high.
public struct FlowTable: ~Copyable {
    @usableFromInline var records: [FlowRecord] = []
    /// By place in `records`: after this time, in microseconds, the flow has been silent too long; never, where the place is free.
    private var deadlines: [Int64] = []
    private var free: [UInt32] = []
    /// Index into `records` plus one; 0 for an empty bucket.
    private var buckets: [UInt32]
    private var mask: Int
    private var hand = 0
    private let seed: UInt64
    public let timeouts: FlowTimeouts
    /// Most flows at once.
    public let limit: Int
    public private(set) var count = 0
    /// Flows that were ended early because the table was full.
    public private(set) var evicted: UInt64 = 0
    /// How often the table became full, and how often a third of it was free again after that.
    public private(set) var emergencies: (begun: UInt64, over: UInt64) = (0, 0)
    /// What a flow of `flow.memcap` counts, its place in the index and its share of growth included.
    public static let bytesPerFlow = 512
    public var usesVLAN = true
    /// The same ends inside and outside of a tunnel are two flows.
    public var usesTunnelDepth = true

    /// - Parameters:
    ///   - limit: most flows at once; when it is reached, a flow that was silent for long ends early.
    ///   - seed: of the hash; different per run on live traffic, so that nobody can aim at one bucket.
    public init(limit: Int = 262_144, timeouts: FlowTimeouts = FlowTimeouts(), seed: UInt64 = 0x5651_4741_4321) {
        self.limit = max(16, limit)
        self.timeouts = timeouts
        self.seed = seed
        buckets = [UInt32](repeating: 0, count: 4096)
        mask = 4095
        records.reserveCapacity(2048)
    }

    @inlinable @inline(__always)
    public subscript(id: FlowID) -> FlowRecord {
        _read { yield records[Int(id.index)] }
        _modify { yield &records[Int(id.index)] }
    }

    /// In-place access for the per-packet path.
    @inline(__always)
    public mutating func update(_ id: FlowID, packet: Packet, direction: FlowDirection) {
        let index = Int(id.index)
        records[index].last = max(records[index].last, packet.time)
        if direction == .toServer {
            records[index].ttlToServer.take(packet.ttl, isFirst: records[index].packetsToServer == 0)
            records[index].packetsToServer &+= 1
            records[index].bytesToServer &+= UInt64(packet.wireLength)
            if packet.transport == .tcp { records[index].tcpFlagsToServer.formUnion(packet.tcpFlags) }
        } else {
            records[index].ttlToClient.take(packet.ttl, isFirst: records[index].packetsToClient == 0)
            records[index].packetsToClient &+= 1
            records[index].bytesToClient &+= UInt64(packet.wireLength)
            if packet.transport == .tcp { records[index].tcpFlagsToClient.formUnion(packet.tcpFlags) }
        }
        if packet.transport != .tcp, records[index].state == .new, records[index].packetsToServer > 0, records[index].packetsToClient > 0 {
            records[index].state = .established
        }
        deadlines[index] = deadline(index)
    }

    @inline(__always)
    private func deadline(_ index: Int) -> Int64 {
        records[index].last.microseconds &+ timeouts.seconds(records[index]) &* 1_000_000
    }

    public mutating func setFlags(_ id: FlowID, _ flags: FlowFlags) { records[Int(id.index)].flags.formUnion(flags) }

    public mutating func clearFlags(_ id: FlowID, _ flags: FlowFlags) { records[Int(id.index)].flags.subtract(flags) }

    /// Notes that an exception of that number came up.
    public mutating func noteException(_ id: FlowID, _ number: UInt8) { records[Int(id.index)].exceptions |= 1 << (number & 7) }

    public mutating func setState(_ id: FlowID, _ state: FlowState) {
        records[Int(id.index)].state = state
        deadlines[Int(id.index)] = deadline(Int(id.index))
    }

    public mutating func setSession(_ id: FlowID, _ session: UInt32) { records[Int(id.index)].session = session }

    /// Exchanges client and server: the first packet that was seen came from the server.
    public mutating func swapEnds(_ id: FlowID) {
        let index = Int(id.index)
        var record = records[index]
        swap(&record.client, &record.server)
        swap(&record.clientPort, &record.serverPort)
        swap(&record.bytesToServer, &record.bytesToClient)
        swap(&record.packetsToServer, &record.packetsToClient)
        swap(&record.ttlToServer, &record.ttlToClient)
        swap(&record.tcpFlagsToServer, &record.tcpFlagsToClient)
        records[index] = record
    }

    @inline(__always)
    private func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = (a ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: b ^ 0xbf58_476d_1ce4_e5b9)
        return high ^ low
    }

    /// The same for both directions.
    @inline(__always)
    private func hash(_ packet: Packet, _ sourcePort: UInt16, _ destinationPort: UInt16) -> UInt32 {
        let one = mix(packet.source.high ^ seed, packet.source.low ^ UInt64(sourcePort) << 40)
        let two = mix(packet.destination.high ^ seed, packet.destination.low ^ UInt64(destinationPort) << 40)
        let rest =
            UInt64(packet.ipProtocol) | (usesTunnelDepth ? UInt64(packet.tunnelDepth) << 8 : 0)
            | (usesVLAN ? UInt64(packet.vlan[0]) << 16 | UInt64(packet.vlan[1]) << 32 : 0)
        let all = mix(one ^ two, rest &+ 1)
        return UInt32(truncatingIfNeeded: all ^ all >> 32)
    }

    /// The numbers that take the place of ports: ports, or the types of an ICMP message and of its answer.
    @inline(__always)
    private func ports(_ packet: Packet) -> (UInt16, UInt16) {
        switch packet.transport {
        case .tcp, .udp, .sctp: (packet.sourcePort.rawValue, packet.destinationPort.rawValue)
        case .icmpv4: (UInt16(packet.icmpType), UInt16(FlowTable.answer(v4: packet.icmpType)))
        case .icmpv6: (UInt16(packet.icmpType), UInt16(FlowTable.answer(v6: packet.icmpType)))
        default: (0, 0)
        }
    }

    /// The type that answers an ICMP message, or that it answers (RFC 792, RFC 950); 0 for those without.
    private static func answer(v4 type: UInt8) -> UInt8 {
        switch type {
        case 0: 8
        case 8: 0
        case 13, 15, 17: type &+ 1
        case 14, 16, 18: type &- 1
        default: 0
        }
    }

    /// The same for ICMPv6 (RFC 4443, RFC 4861, RFC 2710, RFC 6275).
    private static func answer(v6 type: UInt8) -> UInt8 {
        switch type {
        case 128, 130, 133, 135, 139, 144, 146: type &+ 1
        case 129, 131, 134, 136, 140, 145, 147: type &- 1
        default: 0
        }
    }

    /// Finds the packet's flow or begins one. Only for packets with IP.
    public mutating func lookup(_ packet: Packet) -> FlowLookup {
        let (sourcePort, destinationPort) = ports(packet)
        let hash = hash(packet, sourcePort, destinationPort)
        var at = Int(hash) & mask
        while true {
            let entry = buckets[at]
            if entry == 0 { break }
            let index = Int(entry &- 1)
            if records[index].hash == hash, let direction = match(index, packet, sourcePort, destinationPort) {
                let id = FlowID(index: UInt32(index), generation: records[index].generation)
                if hasEnded(index, packet) { return .mustEnd(id) }
                return .found(id, direction)
            }
            at = (at &+ 1) & mask
        }
        if count >= limit { return .mustEnd(victim()) }
        return .created(insert(packet, hash, sourcePort, destinationPort))
    }

    /// The flow of a packet, when there is one; none is begun.
    public func find(_ packet: Packet) -> FlowID? {
        let (sourcePort, destinationPort) = ports(packet)
        let hash = hash(packet, sourcePort, destinationPort)
        var at = Int(hash) & mask
        while buckets[at] != 0 {
            let index = Int(buckets[at] &- 1)
            if records[index].hash == hash, match(index, packet, sourcePort, destinationPort) != nil {
                return FlowID(index: UInt32(index), generation: records[index].generation)
            }
            at = (at &+ 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func match(_ index: Int, _ packet: Packet, _ sourcePort: UInt16, _ destinationPort: UInt16) -> FlowDirection? {
        let record = records[index]
        guard record.ipProtocol == packet.ipProtocol, !usesTunnelDepth || record.tunnelDepth == packet.tunnelDepth,
            !usesVLAN || (record.vlan[0] == packet.vlan[0] && record.vlan[1] == packet.vlan[1] && record.vlan[2] == packet.vlan[2])
        else { return nil }
        if record.client == packet.source, record.server == packet.destination, record.clientPort.rawValue == sourcePort,
            record.serverPort.rawValue == destinationPort
        {
            return .toServer
        }
        if record.server == packet.source, record.client == packet.destination, record.serverPort.rawValue == sourcePort,
            record.clientPort.rawValue == destinationPort
        {
            return .toClient
        }
        return nil
    }

    @inline(__always)
    private func hasEnded(_ index: Int, _ packet: Packet) -> Bool {
        packet.time.microseconds &- records[index].last.microseconds > timeouts.seconds(records[index]) &* 1_000_000
    }

    private mutating func insert(_ packet: Packet, _ hash: UInt32, _ sourcePort: UInt16, _ destinationPort: UInt16) -> FlowID {
        if (count + 1) * 2 > buckets.count { grow() }
        var record = FlowRecord(
            client: packet.source, server: packet.destination, clientPort: Port(rawValue: sourcePort),
            serverPort: Port(rawValue: destinationPort), ipProtocol: packet.ipProtocol, ipVersion: packet.ipVersion,
            tunnelDepth: packet.tunnelDepth, hash: hash, start: packet.time, last: packet.time, vlan: packet.vlan,
            vlanCount: packet.vlanCount, icmpType: packet.icmpType, icmpCode: packet.icmpCode)
        let index: Int
        if let reused = free.popLast() {
            index = Int(reused)
            record.generation = records[index].generation &+ 1
            records[index] = record
        } else {
            index = records.count
            records.append(record)
            deadlines.append(.max)
        }
        deadlines[index] = deadline(index)
        count &+= 1
        place(index)
        return FlowID(index: UInt32(index), generation: record.generation)
    }

    private mutating func place(_ index: Int) {
        var at = Int(records[index].hash) & mask
        while buckets[at] != 0 { at = (at &+ 1) & mask }
        buckets[at] = UInt32(index) &+ 1
    }

    private mutating func grow() {
        mask = buckets.count * 2 - 1
        buckets = [UInt32](repeating: 0, count: mask + 1)
        for index in records.indices where records[index].isUsed { place(index) }
    }

    /// The flow that was silent longest among some that the hand passes.
    private mutating func victim() -> FlowID {
        evicted &+= 1
        if emergencies.begun == emergencies.over { emergencies.begun &+= 1 }
        var best = -1
        for _ in 0..<64 {
            hand = hand + 1 < records.count ? hand + 1 : 0
            if records[hand].isUsed, best < 0 || records[hand].last < records[best].last { best = hand }
        }
        while best < 0 {
            hand = hand + 1 < records.count ? hand + 1 : 0
            if records[hand].isUsed { best = hand }
        }
        return FlowID(index: UInt32(best), generation: records[best].generation)
    }

    /// Looks at a few flows on each call and returns one that has been silent too long at `now`. Call it once per packet.
    @inline(__always)
    public mutating func nextExpired(now: Timestamp) -> FlowID? {
        for _ in 0..<2 {
            guard !deadlines.isEmpty else { return nil }
            hand = hand &+ 1 < deadlines.count ? hand &+ 1 : 0
            if now.microseconds > deadlines[hand] {
                return FlowID(index: UInt32(hand), generation: records[hand].generation)
            }
        }
        return nil
    }

    /// Any flow that is still there, in slab order from `index` on; for the end of a capture.
    public func next(from index: inout Int) -> FlowID? {
        while index < records.count {
            let current = index
            index += 1
            if records[current].isUsed { return FlowID(index: UInt32(current), generation: records[current].generation) }
        }
        return nil
    }

    /// Takes a flow out. Its place may be given to another flow at once.
    public mutating func remove(_ id: FlowID) {
        let index = Int(id.index)
        guard index < records.count, records[index].isUsed, records[index].generation == id.generation else { return }
        var at = Int(records[index].hash) & mask
        while buckets[at] != UInt32(index) &+ 1 {
            at = (at &+ 1) & mask
        }
        // Close the hole: entries that probed past it move back (Knuth 6.4 R).
        var hole = at
        var next = (at &+ 1) & mask
        while buckets[next] != 0 {
            let home = Int(records[Int(buckets[next] &- 1)].hash) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                buckets[hole] = buckets[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        buckets[hole] = 0
        records[index].isUsed = false
        deadlines[index] = .max
        free.append(UInt32(index))
        count &-= 1
        if emergencies.begun != emergencies.over, count < limit / 10 * 7 { emergencies.over &+= 1 }
    }
}
