import Bytes
import Glibc

/// One packet record of a capture.
@frozen public struct CaptureRecord: Sendable, BitwiseCopyable {
    public var time: Timestamp
    public var wireLength: UInt32
    public var linkType: LinkType
    /// Where the captured bytes lie in the reader's buffer.
    var start: Int
    var count: Int
}

/// Reads pcap and pcapng files record by record through one buffer; the file's size does not matter.
///
/// Formats: classic pcap in both byte orders with micro- or nanoseconds (draft-ietf-opsawg-pcap), pcapng with several sections and
/// interfaces (draft-ietf-opsawg-pcapng). A last record that is cut off ends the file and is noted in ``isTruncated``.
public struct CaptureFileReader: ~Copyable {
    private enum Format {
        case pcap(swapped: Bool, nanoseconds: Bool, linkType: LinkType, extraHeader: Int)
        case pcapng
    }

    private struct Interface {
        var linkType: LinkType
        /// Units per second.
        var resolution: UInt64
        var offsetSeconds: Int64
    }

    /// Larger records are no packets but damage.
    private static var recordLimit: Int { 1 << 20 }

    public let path: String
    private let file: OpenFile
    private var buffer: [UInt8]
    private var position = 0
    private var filled = 0
    private var atEnd = false
    /// Bytes that a record needs and that ``nextHere()`` did not find in the buffer.
    private var missing = 0
    private var staysInBuffer = false
    private var format = Format.pcapng
    private var swapped = false
    private var interfaces: [Interface] = []
    /// The file ends in the middle of a record, or with damage; what came before was delivered.
    public private(set) var isTruncated = false

    private init(path: String, file: OpenFile) {
        self.path = path
        self.file = file
        buffer = [UInt8](repeating: 0, count: 1 << 20)
    }

    /// - Parameter path: a file, or `-` for standard input.
    public static func open(_ path: String) throws(CaptureError) -> CaptureFileReader {
        let file = try OpenFile(path)
        var reader = CaptureFileReader(path: path, file: file)
        try reader.readHeader()
        return reader
    }

    /// A second descriptor of the file, which shares the place up to which it is read: for who watches a long read. The caller closes it; -1 where
    /// there is none.
    public borrowing func duplicateDescriptor() -> Int32 { unsafe fcntl(file.descriptor, F_DUPFD_CLOEXEC, 3) }

    /// Makes at least `count` bytes available from the position; false at the end of the file.
    @inline(__always)
    private mutating func fill(_ count: Int) throws(CaptureError) -> Bool {
        if filled &- position >= count { return true }
        return try fillSlowly(count)
    }

    @inline(never)
    private mutating func fillSlowly(_ count: Int) throws(CaptureError) -> Bool {
        if staysInBuffer {
            missing = count
            return false
        }
        if position > 0 {
            let left = filled - position
            unsafe buffer.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { unsafe memmove(base, base + position, left) }
            }
            filled = left
            position = 0
        }
        while buffer.count < count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
        while filled < count, !atEnd {
            let room = buffer.count - filled
            let got = unsafe buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return unsafe read(file.descriptor, base + filled, room)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw .unreadable(path: path, reason: unsafe String(cString: strerror(errno)))
            }
            if got == 0 { atEnd = true }
            filled += got
        }
        return filled - position >= count
    }

    private mutating func readHeader() throws(CaptureError) {
        guard try fill(4) else {
            throw .unreadable(path: path, reason: filled == 0 ? "the file is empty" : "the file is too short for a capture")
        }
        let magic = buffer.rawSpan.littleEndianUInt32(at: 0)
        if magic == 0x0a0d_0d0a {
            format = .pcapng
            return
        }
        let swapped: Bool
        let nanoseconds: Bool
        var extra = 0
        switch magic {
        case 0xa1b2_c3d4: (swapped, nanoseconds) = (false, false)
        case 0xd4c3_b2a1: (swapped, nanoseconds) = (true, false)
        case 0xa1b2_3c4d: (swapped, nanoseconds) = (false, true)
        case 0x4d3c_b2a1: (swapped, nanoseconds) = (true, true)
        // Kuznetsov's patched libpcap: eight more bytes per record.
        case 0xa1b2_cd34: (swapped, nanoseconds, extra) = (false, false, 8)
        case 0x34cd_b2a1: (swapped, nanoseconds, extra) = (true, false, 8)
        default: throw .unreadable(path: path, reason: "it is neither pcap nor pcapng")
        }
        guard try fill(24) else { throw .unreadable(path: path, reason: "the file is too short for a capture") }
        self.swapped = swapped
        let link = word(20) & 0x0fff_ffff
        format = .pcap(
            swapped: swapped, nanoseconds: nanoseconds, linkType: LinkType(rawValue: Int32(bitPattern: link & 0xffff)), extraHeader: extra)
        position = 24
    }

    /// A 32-bit number at `offset` from the position, in the section's byte order.
    @inline(__always)
    private func word(_ offset: Int) -> UInt32 {
        let span = buffer.rawSpan
        return swapped ? span.uint32(at: position &+ offset) : span.littleEndianUInt32(at: position &+ offset)
    }

    private func half(_ offset: Int) -> UInt16 {
        let span = buffer.rawSpan
        return swapped ? span.uint16(at: position &+ offset) : span.littleEndianUInt16(at: position &+ offset)
    }

    /// The next record; nil at the end. Its bytes are in ``frame(_:)`` until the next call.
    public mutating func next() throws(CaptureError) -> CaptureRecord? {
        switch format {
        case .pcap(_, let nanoseconds, let linkType, let extra): return try nextClassic(nanoseconds, linkType, extra)
        case .pcapng: return try nextBlock()
        }
    }

    /// The next record that lies whole in the buffer; nil when there is none: then ``exchangeBuffer(_:)`` says whether there is more.
    ///
    /// All records since the last exchange keep their bytes.
    public mutating func nextHere() throws(CaptureError) -> CaptureRecord? {
        let wasTruncated = isTruncated
        staysInBuffer = true
        missing = 0
        defer { staysInBuffer = false }
        let record = try next()
        if record == nil, missing > 0 { isTruncated = wasTruncated }
        return record
    }

    /// Gives the buffer away with the records that came out of it, and reads on into another one.
    ///
    /// - Returns: false at the end of the capture.
    public mutating func exchangeBuffer(_ other: inout [UInt8]) throws(CaptureError) -> Bool {
        let left = missing > 0 ? filled - position : 0
        let needed = left + (1 << 16)
        if other.count < needed { other += repeatElement(0, count: max(buffer.count, needed) - other.count) }
        for index in 0..<left { other[index] = buffer[position + index] }
        swap(&buffer, &other)
        position = 0
        filled = left
        guard missing > 0 else { return false }
        // Says that the last record is cut off.
        if try !fillSlowly(missing) { _ = try next() }
        return filled > left
    }

    /// The captured bytes of a record in a buffer that was given away.
    @_lifetime(copy buffer)
    public static func frame(_ record: CaptureRecord, in buffer: RawSpan) -> RawSpan {
        buffer.extracting(record.start..<record.start + record.count)
    }

    /// The captured bytes of the record that ``next()`` gave last.
    @_lifetime(borrow self)
    public func frame(_ record: CaptureRecord) -> RawSpan {
        buffer.rawSpan.extracting(record.start..<record.start + record.count)
    }

    private mutating func nextClassic(_ nanoseconds: Bool, _ linkType: LinkType, _ extra: Int) throws(CaptureError) -> CaptureRecord? {
        guard try fill(16 + extra) else {
            if filled > position { isTruncated = true }
            return nil
        }
        let seconds = word(0)
        let fraction = word(4)
        let captured = Int(word(8))
        let wire = word(12)
        guard captured <= CaptureFileReader.recordLimit else {
            isTruncated = true
            return nil
        }
        guard try fill(16 + extra + captured) else {
            isTruncated = true
            return nil
        }
        let start = position + 16 + extra
        position = start + captured
        return CaptureRecord(
            time: Timestamp(seconds: Int64(seconds), microseconds: Int64(nanoseconds ? fraction / 1000 : fraction)),
            wireLength: max(wire, UInt32(captured)), linkType: linkType, start: start, count: captured)
    }

    private mutating func nextBlock() throws(CaptureError) -> CaptureRecord? {
        while true {
            guard try fill(12) else {
                if filled > position { isTruncated = true }
                return nil
            }
            if buffer.rawSpan.littleEndianUInt32(at: position) == 0x0a0d_0d0a {
                let order = buffer.rawSpan.littleEndianUInt32(at: position + 8)
                swapped = order == 0x4d3c_2b1a
                guard swapped || order == 0x1a2b_3c4d else {
                    isTruncated = true
                    return nil
                }
                interfaces = []
            }
            let type = word(0)
            let length = Int(word(4))
            guard length >= 12, length % 4 == 0, length <= CaptureFileReader.recordLimit + 4096, try fill(length) else {
                isTruncated = true
                return nil
            }
            let start = position
            var record: CaptureRecord?
            switch type {
            case 1 where length >= 20: interfaceBlock(length)
            case 6 where length >= 32: record = enhancedPacket(length)
            case 3 where length >= 16: record = simplePacket(length)
            case 2 where length >= 32: record = obsoletePacket(length)
            default: break
            }
            position = start + length
            if let record { return record }
        }
    }

    private mutating func interfaceBlock(_ length: Int) {
        var interface = Interface(linkType: LinkType(rawValue: Int32(half(8))), resolution: 1_000_000, offsetSeconds: 0)
        var at = 16
        while at + 4 <= length - 4 {
            let code = half(at)
            let size = Int(half(at + 2))
            guard code != 0, at + 4 + size <= length - 4 else { break }
            if code == 9, size >= 1 {
                let value = buffer[position + at + 4]
                let exponent = Int(value & 0x7f)
                if value & 0x80 != 0 {
                    interface.resolution = exponent < 64 ? 1 << UInt64(exponent) : 1_000_000
                } else {
                    interface.resolution = exponent < 19 ? (0..<exponent).reduce(1) { result, _ in result * 10 } : 1_000_000
                }
            }
            if code == 14, size == 8 {
                let low = word(at + 4)
                let high = word(at + 8)
                let (first, second) = swapped ? (low, high) : (high, low)
                interface.offsetSeconds = Int64(bitPattern: UInt64(first) << 32 | UInt64(second))
            }
            at += 4 + (size + 3) / 4 * 4
        }
        interfaces.append(interface)
    }

    private func time(_ interface: Interface, high: UInt32, low: UInt32) -> Timestamp {
        let units = UInt64(high) << 32 | UInt64(low)
        let seconds = Int64(truncatingIfNeeded: units / interface.resolution)
        let rest = units % interface.resolution
        let micros = rest.multipliedFullWidth(by: 1_000_000)
        let (quotient, _) = interface.resolution.dividingFullWidth((micros.high, micros.low))
        return Timestamp(seconds: seconds &+ interface.offsetSeconds, microseconds: Int64(truncatingIfNeeded: quotient))
    }

    private func enhancedPacket(_ length: Int) -> CaptureRecord? {
        let index = Int(word(8))
        let captured = Int(word(20))
        guard index < interfaces.count, captured <= length - 32 else { return nil }
        return CaptureRecord(
            time: time(interfaces[index], high: word(12), low: word(16)), wireLength: max(word(24), UInt32(captured)),
            linkType: interfaces[index].linkType, start: position + 28, count: captured)
    }

    private func simplePacket(_ length: Int) -> CaptureRecord? {
        guard let interface = interfaces.first else { return nil }
        let wire = word(8)
        return CaptureRecord(
            time: Timestamp(microseconds: 0), wireLength: wire, linkType: interface.linkType, start: position + 12,
            count: min(Int(wire), length - 16))
    }

    private func obsoletePacket(_ length: Int) -> CaptureRecord? {
        let index = Int(half(8))
        let captured = Int(word(20))
        guard index < interfaces.count, captured <= length - 32 else { return nil }
        return CaptureRecord(
            time: time(interfaces[index], high: word(12), low: word(16)), wireLength: max(word(24), UInt32(captured)),
            linkType: interfaces[index].linkType, start: position + 28, count: captured)
    }
}

/// A file descriptor that is closed with its owner.
private final class OpenFile {
    let descriptor: Int32

    init(_ path: String) throws(CaptureError) {
        if path == "-" {
            descriptor = 0
            return
        }
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: unsafe String(cString: strerror(errno))) }
    }

    deinit { if descriptor > 0 { close(descriptor) } }
}
