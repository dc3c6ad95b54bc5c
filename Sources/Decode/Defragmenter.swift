import Bytes

/// Which of two fragments that overlap is believed: as the receiving system would (rule-semantics T15).
public enum OverlapPolicy: String, Sendable, CaseIterable {
    case first, last, bsd, bsdRight = "bsd-right", linux, windows, solaris
}

/// Puts IPv4 and IPv6 datagrams together from their fragments. Fragments are rare; this is a path of its own beside the packets' path.
public struct Defragmenter: ~Copyable {
    /// Bounds, so that a flood of fragments costs bounded memory.
    public struct Limits: Sendable {
        public var timeoutSeconds: Int64 = 60
        public var maxDatagrams = 4096
        public var maxFragments = 1024
        public var maxBytes = 32 << 20
        public init() {}
    }

    private struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var id: UInt32
        var ipProtocol: UInt8
        var version: UInt8
        var vlan: UInt32
    }

    private struct Fragment {
        var offset: Int
        var bytes: [UInt8]
        var end: Int { offset + bytes.count }
    }

    private struct Datagram {
        var started: Timestamp
        /// Header of the first fragment, with IPv6 extension headers but without the fragment header.
        var header: [UInt8]?
        /// What stands in front of it.
        var link: [UInt8] = []
        /// In order of arrival.
        var fragments: [Fragment] = []
        /// Payload bytes in all, known when the last fragment is here.
        var total: Int?
    }

    private var datagrams: [Key: Datagram] = [:]
    private var bytesHeld = 0
    private let limits: Limits
    public var policy: OverlapPolicy
    /// The datagram that the last successful ``add(_:in:)`` completed.
    public private(set) var rebuilt: [UInt8] = []
    /// Where its IP header begins: behind the link header of its first fragment.
    public private(set) var rebuiltStart = 0
    /// Datagrams given up because a bound was reached.
    public private(set) var evicted: UInt64 = 0
    /// The fragment added last lay over another one.
    public private(set) var sawOverlap = false
    /// The fragment added last reached past the longest datagram there is.
    public private(set) var isTooLarge = false

    public init(policy: OverlapPolicy = .bsd, limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
    }

    /// Takes in a fragment.
    ///
    /// - Returns: true when ``rebuilt`` now holds the whole datagram.
    public mutating func add(_ packet: Packet, in frame: RawSpan) -> Bool {
        sawOverlap = false
        isTooLarge = false
        let key = Key(
            source: packet.source, destination: packet.destination, id: packet.ipID, ipProtocol: packet.ipProtocol,
            version: packet.ipVersion, vlan: UInt32(packet.vlan[0]) << 16 | UInt32(packet.vlan[1]))
        let payload = frame.extracting(packet.payloadRange)
        let offset = Int(packet.fragmentOffset)
        // The datagram would be longer than its length field can say.
        isTooLarge = offset + payload.byteCount > 65_535
        guard payload.byteCount > 0, offset + payload.byteCount <= 65_535 else { return false }
        var datagram = datagrams[key] ?? Datagram(started: packet.time)
        if packet.time.seconds - datagram.started.seconds > limits.timeoutSeconds {
            bytesHeld -= datagram.fragments.reduce(0) { $0 + $1.bytes.count }
            datagram = Datagram(started: packet.time)
        }
        guard datagram.fragments.count < limits.maxFragments else { return false }
        makeRoom(for: payload.byteCount, sparing: key)
        let fragment = Fragment(offset: offset, bytes: payload.copied())
        sawOverlap = datagram.fragments.contains { $0.offset < fragment.end && fragment.offset < $0.end }
        bytesHeld += fragment.bytes.count
        datagram.fragments.append(fragment)
        if !packet.flags.contains(.moreFragments) { datagram.total = fragment.end }
        if offset == 0, datagram.header == nil {
            datagram.header = header(of: packet, in: frame)
            datagram.link = frame.extracting(Int(packet.frameOffset)..<Int(packet.ipOffset)).copied()
        }
        if let total = datagram.total, let header = datagram.header, isCovered(datagram.fragments, to: total) {
            build(header, datagram.fragments, total: total, version: packet.ipVersion)
            rebuiltStart = datagram.link.count
            rebuilt = datagram.link + rebuilt
            bytesHeld -= datagram.fragments.reduce(0) { $0 + $1.bytes.count }
            datagrams[key] = nil
            return true
        }
        datagrams[key] = datagram
        return false
    }

    private mutating func makeRoom(for more: Int, sparing key: Key) {
        guard datagrams.count >= limits.maxDatagrams || bytesHeld + more > limits.maxBytes else { return }
        // Everything old goes at once, so that a flood does not search for the oldest at each fragment.
        let starts = datagrams.values.map(\.started).sorted()
        let cut = starts[starts.count / 2]
        for (other, datagram) in datagrams where other != key && datagram.started <= cut {
            bytesHeld -= datagram.fragments.reduce(0) { $0 + $1.bytes.count }
            datagrams[other] = nil
            evicted += 1
        }
    }

    private func header(of packet: Packet, in frame: RawSpan) -> [UInt8] {
        let start = Int(packet.ipOffset)
        let length = Int(packet.ipHeaderLength)
        var bytes = frame.extracting(start..<start + length).copied()
        if packet.ipVersion == 6, length >= 48 {
            // The fragment header is the last one: take it out and let the header before it point past it.
            let next = bytes[length - 8]
            bytes.removeLast(8)
            var at = 6
            var offset = 40
            while offset < bytes.count {
                at = offset
                offset += bytes[offset] == 51 ? (Int(bytes[offset + 1]) + 2) * 4 : (Int(bytes[offset + 1]) + 1) * 8
            }
            bytes[at] = next
        }
        return bytes
    }

    private func isCovered(_ fragments: [Fragment], to total: Int) -> Bool {
        var reached = 0
        for fragment in fragments.sorted(by: { $0.offset < $1.offset }) {
            if fragment.offset > reached { break }
            reached = max(reached, fragment.end)
        }
        return reached >= total
    }

    /// Whether `new` is believed over the bytes of `old` where both have them.
    private func prefers(_ new: Fragment, over old: Fragment) -> Bool {
        switch policy {
        case .first: false
        case .last: true
        case .bsd: new.offset < old.offset
        case .bsdRight: new.offset >= old.offset
        case .linux: new.offset <= old.offset
        case .windows: new.offset < old.offset && new.end > old.end
        case .solaris: new.offset < old.offset && new.end >= old.end
        }
    }

    private mutating func build(_ header: [UInt8], _ fragments: [Fragment], total: Int, version: UInt8) {
        var owner = [Int16](repeating: -1, count: total)
        var payload = [UInt8](repeating: 0, count: total)
        // A fragment may lie behind the one that says it is the last.
        for (index, fragment) in fragments.enumerated() where fragment.offset < total {
            for position in fragment.offset..<min(fragment.end, total) {
                let current = Int(owner[position])
                if current < 0 || prefers(fragment, over: fragments[current]) {
                    owner[position] = Int16(index)
                    payload[position] = fragment.bytes[position - fragment.offset]
                }
            }
        }
        rebuilt = header + payload
        if version == 4 {
            let length = min(rebuilt.count, 65_535)
            rebuilt[2] = UInt8(length >> 8)
            rebuilt[3] = UInt8(length & 255)
            rebuilt[6] = 0
            rebuilt[7] = 0
            rebuilt[10] = 0
            rebuilt[11] = 0
            let sum = Checksum.ones(rebuilt.rawSpan, from: 0, count: header.count, initial: 0)
            rebuilt[10] = UInt8(sum >> 8)
            rebuilt[11] = UInt8(sum & 255)
        } else {
            let length = min(rebuilt.count - 40, 65_535)
            rebuilt[4] = UInt8(length >> 8)
            rebuilt[5] = UInt8(length & 255)
        }
    }
}
