import Bytes
import CPcap
import Glibc

/// A compiled BPF filter in tcpdump's language, for frames of one link type.
@safe public struct BPFFilter: ~Copyable {
    private var program = unsafe bpf_program()

    public init(_ expression: String, linkType: LinkType) throws(CaptureError) {
        guard let handle = unsafe pcap_open_dead(linkType.rawValue, 262_144) else {
            throw .filter(expression: expression, reason: "out of memory")
        }
        defer { unsafe pcap_close(handle) }
        guard unsafe pcap_compile(handle, &program, expression, 1, UInt32(PCAP_NETMASK_UNKNOWN)) == 0 else {
            throw .filter(expression: expression, reason: unsafe String(cString: pcap_geterr(handle)))
        }
    }

    deinit {
        var program = unsafe program
        unsafe pcap_freecode(&program)
    }

    /// Whether the frame passes.
    public func matches(_ frame: RawSpan, wireLength: UInt32) -> Bool {
        var header = pcap_pkthdr()
        header.caplen = UInt32(frame.byteCount)
        header.len = wireLength
        var program = unsafe program
        return unsafe frame.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe pcap_offline_filter(&program, &header, base.assumingMemoryBound(to: UInt8.self)) != 0
        }
    }
}

/// A filter expression over captures whose records may differ in link type: compiled anew where the type changes.
public struct CaptureFilter: ~Copyable {
    private let expression: String
    private var compiled: BPFFilter?
    private var linkType: LinkType?

    /// - Parameter expression: in tcpdump's language; empty lets everything pass.
    public init(_ expression: String) { self.expression = expression }

    /// Whether the frame passes.
    ///
    /// - Throws: where the expression means nothing for the record's link type.
    public mutating func passes(_ frame: RawSpan, _ record: CaptureRecord) throws(CaptureError) -> Bool {
        guard !expression.isEmpty else { return true }
        if linkType != record.linkType {
            compiled = try BPFFilter(expression, linkType: record.linkType)
            linkType = record.linkType
        }
        return compiled?.matches(frame, wireLength: record.wireLength) ?? true
    }
}
