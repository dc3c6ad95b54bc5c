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
        /// Of one datagram.
        public var maxFragments = 1024
        /// Of all datagrams.
        public var maxHeld = 65_535
        /// Payloads, headers, and what keeping them costs.
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
        /// Bytes at its front that a later fragment took over.
        var trim = 0
        /// Whether it is the datagram's end.
        var isLast: Bool
        var end: Int { offset + bytes.count }
        /// Nothing of it is left.
        var isSpent: Bool { trim >= bytes.count }
    }

    private struct Datagram {
        var started: Timestamp
        /// Header of the first fragment, with IPv6 extension headers but without the fragment header.
        var header: [UInt8]?
        /// What stands in front of it.
        var link: [UInt8] = []
        /// By offset, of the same one in order of arrival.
        var fragments: [Fragment] = []
        var hasLast = false
        /// Bytes of all fragments.
        var size = 0
    }

    private var datagrams: [Key: Datagram] = [:]
    /// Bytes that all of them take.
    public private(set) var bytesHeld = 0
    private var fragmentsHeld = 0
    /// What a datagram and a fragment cost besides their bytes.
    private static let overhead = (datagram: 256, fragment: 64)
    /// How often a bound was reached: of datagrams, of fragments (of all, or of one datagram), of bytes.
    public private(set) var reached: (datagrams: UInt64, fragments: UInt64, bytes: UInt64) = (0, 0, 0)
    private let limits: Limits
    /// Which systems the addresses have.
    private let hosts: HostPolicies
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

    public init(hosts: HostPolicies = HostPolicies(), limits: Limits = Limits()) {
        self.hosts = hosts
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
        makeRoom(for: payload.byteCount, sparing: key)
        // Taken out, so that what is changed is not shared with the dictionary and need not be copied.
        var datagram: Datagram
        if let known = datagrams.removeValue(forKey: key) {
            uncount(known)
            datagram = known
        } else {
            datagram = Datagram(started: packet.time)
        }
        if packet.time.seconds - datagram.started.seconds > limits.timeoutSeconds { datagram = Datagram(started: packet.time) }
        guard datagram.fragments.count < limits.maxFragments else {
            reached.fragments += 1
            count(datagram)
            datagrams[key] = datagram
            return false
        }
        var fragment = Fragment(offset: offset, bytes: payload.copied(), isLast: !packet.flags.contains(.moreFragments))
        let policy = hosts.policy(of: packet.destination).fragments
        if let trim = Defragmenter.makePlace(for: fragment, in: &datagram, policy, &sawOverlap), trim <= payload.byteCount {
            if trim > 0 {
                fragment.offset += trim
                fragment.bytes.removeFirst(trim)
            }
            let place = datagram.fragments.firstIndex { $0.offset > fragment.offset } ?? datagram.fragments.count
            datagram.size += fragment.bytes.count
            if fragment.isLast { datagram.hasLast = true }
            datagram.fragments.insert(fragment, at: place)
        }
        if offset == 0, datagram.header == nil {
            datagram.header = header(of: packet, in: frame)
            datagram.link = frame.extracting(Int(packet.frameOffset)..<Int(packet.ipOffset)).copied()
        }
        if datagram.hasLast, let header = datagram.header, isWhole(datagram.fragments) {
            build(datagram.link, header, datagram.fragments, version: packet.ipVersion)
            return true
        }
        count(datagram)
        datagrams[key] = datagram
        return false
    }

    private static func cost(_ datagram: Datagram) -> Int {
        overhead.datagram + (datagram.header?.count ?? 0) + datagram.link.count + datagram.size
            + datagram.fragments.count * overhead.fragment
    }

    private mutating func count(_ datagram: Datagram) {
        bytesHeld += Defragmenter.cost(datagram)
        fragmentsHeld += datagram.fragments.count
    }

    private mutating func uncount(_ datagram: Datagram) {
        bytesHeld -= Defragmenter.cost(datagram)
        fragmentsHeld -= datagram.fragments.count
    }

    private mutating func makeRoom(for more: Int, sparing key: Key) {
        let isFull = (
            datagrams: datagrams.count >= limits.maxDatagrams, fragments: fragmentsHeld >= limits.maxHeld,
            bytes: bytesHeld + more + 2 * Defragmenter.overhead.datagram > limits.maxBytes
        )
        guard isFull.datagrams || isFull.fragments || isFull.bytes else { return }
        if isFull.datagrams { reached.datagrams += 1 }
        if isFull.fragments { reached.fragments += 1 }
        if isFull.bytes { reached.bytes += 1 }
        guard !datagrams.isEmpty else { return }
        // Everything old goes at once, so that a flood does not search for the oldest at each fragment.
        let starts = datagrams.values.map(\.started).sorted()
        let cut = starts[starts.count / 2]
        for (other, datagram) in datagrams where other != key && datagram.started <= cut {
            uncount(datagram)
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

    /// Whether fragments reach from the front to one that is the end; what lies behind that one does not count.
    private func isWhole(_ fragments: [Fragment]) -> Bool {
        var reached = 0
        for fragment in fragments {
            if fragment.offset > reached { return false }
            reached = max(reached, fragment.end)
            if fragment.isLast, fragment.end == reached { return true }
        }
        return false
    }

    /// What a new fragment does to those that are there, and they to it.
    private enum Verdict {
        /// Nothing: look at the next.
        case beside
        /// The new one is not taken.
        case refused
        /// The new one is taken without its first bytes.
        case taken
    }

    /// Lets the policy decide between a new fragment and those around it.
    ///
    /// - Returns: how many of the new one's first bytes do not count; nil when it is not taken at all.
    private static func makePlace(
        for new: Fragment, in datagram: inout Datagram, _ policy: OverlapPolicy, _ overlaps: inout Bool
    ) -> Int? {
        var trim = 0
        // BSD looks at all of them, the others from the one before the new one's place on.
        let first = policy == .bsd ? 0 : max(0, (datagram.fragments.firstIndex { $0.offset >= new.offset } ?? 0) - 1)
        for index in first..<max(first, datagram.fragments.count) {
            // What ends in front of the new one is beside it, whatever the policy.
            if datagram.fragments[index].end <= new.offset, !datagram.fragments[index].isSpent { continue }
            if new.offset < datagram.fragments[index].end, datagram.fragments[index].offset < new.end { overlaps = true }
            switch decide(policy, new, &datagram.fragments[index], &trim) {
            case .beside: continue
            case .refused: return nil
            case .taken:
                if datagram.fragments[index].isSpent {
                    datagram.size -= datagram.fragments[index].bytes.count
                    datagram.fragments.remove(at: index)
                }
                return trim
            }
        }
        return trim
    }

    private static func decide(
        _ policy: OverlapPolicy, _ new: Fragment, _ old: inout Fragment, _ trim: inout Int
    ) -> Verdict {
        switch policy {
        case .bsd:
            if new.offset >= old.offset {
                trim = max(trim, old.end - new.offset)
            } else if new.end > old.offset {
                old.trim = max(old.trim, new.end - old.offset)
            }
            return .beside
        case .solaris:
            guard new.offset < old.end else { return .beside }
            if new.offset >= old.offset { trim = old.end - new.offset }
            if new.offset < old.offset, new.end >= old.end { old.trim = old.bytes.count }
            return .taken
        case .linux:
            if old.offset + old.trim < new.offset + trim, old.end > new.offset + trim { trim += old.end - new.offset }
            if new.offset + trim < old.offset + old.trim, new.end > old.offset + old.trim {
                old.trim += new.end - (old.offset + old.trim)
                return .taken
            }
            if new.offset + trim <= old.offset + old.trim, new.end >= old.end {
                old.trim = old.bytes.count
                return .taken
            }
            return .beside
        case .windows:
            if new.offset >= old.offset, new.end <= old.end { return .refused }
            if new.offset < old.offset, new.end > old.end {
                old.trim = old.bytes.count
                return .taken
            }
            let isInside = new.offset + trim > old.offset + old.trim && new.offset + trim < old.end
            if isInside || new.offset == old.offset && new.end > old.end {
                trim += old.end - new.offset
                return .taken
            }
            return .beside
        case .first:
            if new.offset >= old.offset, new.end <= old.end { return .refused }
            if new.offset < old.offset { return .taken }
            guard new.offset < old.end else { return .beside }
            trim = old.end - new.offset
            return .taken
        case .last:
            guard new.offset <= old.offset else { return .beside }
            if new.end > old.offset { old.trim = new.end - old.offset }
            return .taken
        case .bsdRight: return .beside
        }
    }

    /// Puts the datagram into ``rebuilt``: link header, IP header with its new length, payload.
    private mutating func build(_ link: [UInt8], _ header: [UInt8], _ fragments: [Fragment], version: UInt8) {
        let start = link.count
        rebuiltStart = start
        rebuilt.removeAll(keepingCapacity: true)
        rebuilt += link
        rebuilt += header
        let payload = rebuilt.count
        for fragment in fragments where !fragment.isSpent {
            // A fragment at the front counts whole.
            let trim = fragment.offset == 0 ? 0 : fragment.trim
            let place = payload + fragment.offset + trim
            let end = payload + fragment.end
            if place == rebuilt.count {
                rebuilt += fragment.bytes[trim...]
            } else {
                if end > rebuilt.count { rebuilt += repeatElement(0, count: end - rebuilt.count) }
                rebuilt.replaceSubrange(place..<end, with: fragment.bytes[trim...])
            }
            if fragment.isLast { break }
        }
        if version == 4 {
            put(min(rebuilt.count - start, 65_535), at: start + 2)
            put(0, at: start + 6)
            put(0, at: start + 10)
            put(Int(Checksum.ones(rebuilt.rawSpan, from: start, count: header.count, initial: 0)), at: start + 10)
        } else {
            put(min(rebuilt.count - start - 40, 65_535), at: start + 4)
        }
    }

    /// Writes a field of 16 bits into ``rebuilt``.
    private mutating func put(_ value: Int, at place: Int) {
        rebuilt[place] = UInt8(value >> 8)
        rebuilt[place + 1] = UInt8(value & 255)
    }
}
