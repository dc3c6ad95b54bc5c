import Bytes
import CPcap
import Glibc

/// Packets from a network interface by libpcap.
@safe public final class LiveCapture {
    public struct Options: Sendable {
        public var snapLength: Int32 = 262_144
        public var isPromiscuous = true
        /// Kernel ring, in bytes.
        public var bufferSize: Int32 = 32 << 20
        /// How long the kernel gathers packets into a batch, in milliseconds.
        public var timeoutMilliseconds: Int32 = 50
        /// BPF expression; empty for everything.
        public var filter = ""
        /// How packets are spread where several captures watch one interface together.
        public var spread = FanoutSpread.pairs
        /// The number of their group; nil for one that nobody else has.
        public var groupID: UInt16?
        /// The kernel puts fragments together before it spreads packets otherwise than by pairs.
        public var defragments = true

        public init() {}
    }

    /// Counters since the capture began.
    public struct Statistics: Sendable {
        public var received: UInt64 = 0
        public var droppedByKernel: UInt64 = 0
        public var droppedByInterface: UInt64 = 0

        public init(received: UInt64 = 0, droppedByKernel: UInt64 = 0, droppedByInterface: UInt64 = 0) {
            self.received = received
            self.droppedByKernel = droppedByKernel
            self.droppedByInterface = droppedByInterface
        }

        public mutating func add(_ other: Statistics) {
            received &+= other.received
            droppedByKernel &+= other.droppedByKernel
            droppedByInterface &+= other.droppedByInterface
        }
    }

    /// What ``next()`` came back with.
    public enum Event: Sendable {
        case packet(time: Timestamp, wireLength: UInt32)
        /// Nothing is there.
        case idle
    }

    public let interface: String
    public let linkType: LinkType
    private let handle: OpaquePointer
    /// To wait on.
    private let descriptor: Int32
    /// The packet socket.
    private let file: Int32
    private var bytes: UnsafePointer<UInt8>?
    private var count = 0

    /// Several captures that watch one interface together, each with a part of its packets.
    ///
    /// - Parameter count: how many, at least 1.
    public static func group(_ count: Int, on interface: String, options: Options) throws(CaptureError) -> [LiveCapture] {
        guard count > 1 else { return [try LiveCapture(interface: interface, options: options)] }
        var captures: [LiveCapture] = []
        var number = options.groupID
        for _ in 0..<count {
            let capture = try LiveCapture(interface: interface, options: options, isClosed: true)
            guard let joined = Fanout.join(capture.file, id: number, spread: options.spread, defragments: options.defragments) else {
                let reason = unsafe String(cString: strerror(errno))
                throw .interface(
                    name: interface,
                    reason: "\(count) threads cannot share it: \(reason); is its cluster-id taken? (threads: 1 shares nothing)")
            }
            number = joined
            captures.append(capture)
        }
        // Until it had joined, each socket was for all packets. They were refused, but a block of the ring may still be on its way.
        usleep(UInt32(options.timeoutMilliseconds) * 2000)
        for capture in captures { while case .packet = try capture.next() {} }
        for capture in captures { try capture.setFilter(options.filter) }
        return captures
    }

    public convenience init(interface: String, options: Options = Options()) throws(CaptureError) {
        try self.init(interface: interface, options: options, isClosed: false)
    }

    /// - Parameter isClosed: no packet is let through before ``setFilter(_:)``.
    private init(interface: String, options: Options, isClosed: Bool) throws(CaptureError) {
        self.interface = interface
        var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(interface, &reason) else {
            throw .interface(name: interface, reason: LiveCapture.text(reason))
        }
        unsafe self.handle = handle
        unsafe pcap_set_snaplen(handle, options.snapLength)
        unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
        unsafe pcap_set_timeout(handle, options.timeoutMilliseconds)
        unsafe pcap_set_buffer_size(handle, options.bufferSize)
        let status = unsafe pcap_activate(handle)
        descriptor = status >= 0 ? unsafe pcap_get_selectable_fd(handle) : -1
        file = status >= 0 ? unsafe pcap_fileno(handle) : -1
        linkType = LinkType(rawValue: status >= 0 ? unsafe pcap_datalink(handle) : 0)
        guard status >= 0 else {
            let detail = unsafe String(cString: pcap_geterr(handle))
            let name = unsafe String(cString: pcap_statustostr(status))
            throw .interface(name: interface, reason: detail.isEmpty ? name : "\(name): \(detail)")
        }
        if isClosed {
            var refuse = bpf_insn(code: 0x06, jt: 0, jf: 0, k: 0)
            let code = unsafe withUnsafeMutablePointer(to: &refuse) { pointer in
                var program = unsafe bpf_program(bf_len: 1, bf_insns: pointer)
                return unsafe pcap_setfilter(handle, &program)
            }
            guard code == 0 else { throw .interface(name: interface, reason: unsafe String(cString: pcap_geterr(handle))) }
        } else if !options.filter.isEmpty {
            try setFilter(options.filter)
        }
        // libpcap itself would wait without an end on a silent interface, whatever the time-out says: see ``wait(for:milliseconds:)``.
        guard unsafe pcap_setnonblock(handle, 1, &reason) == 0 else {
            throw .interface(name: interface, reason: LiveCapture.text(reason))
        }
    }

    private func setFilter(_ expression: String) throws(CaptureError) {
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, expression, 1, UInt32(PCAP_NETMASK_UNKNOWN)) == 0 else {
            throw .filter(expression: expression, reason: unsafe String(cString: pcap_geterr(handle)))
        }
        unsafe pcap_setfilter(handle, &program)
        unsafe pcap_freecode(&program)
    }

    deinit { unsafe pcap_close(handle) }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Sleeps until one of the interfaces has packets, a signal arrives, or the time is over.
    public static func wait(for captures: [LiveCapture], milliseconds: Int32) {
        var waiting = captures.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        _ = unsafe poll(&waiting, nfds_t(waiting.count), milliseconds)
    }

    /// The next packet, if one is there. Its bytes are in ``frame`` until the next call.
    public func next() throws(CaptureError) -> Event {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        let status = unsafe pcap_next_ex(handle, &header, &data)
        if status == 1, let header = unsafe header {
            unsafe bytes = data
            let record = unsafe header.pointee
            count = Int(record.caplen)
            return .packet(
                time: Timestamp(seconds: Int64(record.ts.tv_sec), microseconds: Int64(record.ts.tv_usec)), wireLength: record.len)
        }
        if status == 0 || status == PCAP_ERROR_BREAK { return .idle }
        throw .interface(name: interface, reason: unsafe String(cString: pcap_geterr(handle)))
    }

    /// The bytes of the packet that ``next()`` gave last, in libpcap's ring.
    public var frame: RawSpan {
        @_lifetime(borrow self)
        get {
            guard let bytes = unsafe bytes else { return RawSpan() }
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(bytes), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    public var statistics: Statistics {
        var raw = pcap_stat()
        guard unsafe pcap_stats(handle, &raw) == 0 else { return Statistics() }
        return Statistics(
            received: UInt64(raw.ps_recv), droppedByKernel: UInt64(raw.ps_drop), droppedByInterface: UInt64(raw.ps_ifdrop))
    }
}
