import Bytes
import Decode

/// The bytes that one side of a TCP connection sends, put in order.
///
/// Stream offsets count from the first byte after the SYN. What has arrived in order is in `buffer`; what came too early waits in
/// `early`. Up to three readers take from the buffer at their own pace (``StreamReader``); the front slides when all have passed.
struct TCPStream {
    /// A segment that came before the bytes in front of it.
    struct Early {
        var offset: Int64
        var bytes: [UInt8]
        var end: Int64 { offset + Int64(bytes.count) }
    }

    struct Marks: OptionSet {
        let rawValue: UInt8

        /// The SYN brought a clock.
        static let usesClock = Marks(rawValue: 1 << 0)
        /// It stood at zero.
        static let zeroClock = Marks(rawValue: 1 << 1)
        /// The other side sent a reset that may be forged.
        static let resetReceived = Marks(rawValue: 1 << 2)
        /// The sender asked whether the other side is there.
        static let keptAlive = Marks(rawValue: 1 << 3)
    }

    /// Which readers read, as bits.
    struct Wants: Equatable {
        static let none = Wants(bits: 0)

        private var bits: UInt8

        private init(bits: UInt8) { self.bits = bits }

        /// Frames are read where something asks for them.
        init() {
            self.init(bits: 0)
            insert(.application)
            insert(.raw)
        }

        @inline(__always)
        func contains(number: Int) -> Bool { bits &>> UInt8(truncatingIfNeeded: number) & 1 != 0 }

        @inline(__always)
        func contains(_ reader: StreamReader) -> Bool { contains(number: reader.rawValue) }

        mutating func insert(_ reader: StreamReader) { bits |= 1 << UInt8(reader.rawValue) }

        mutating func remove(_ reader: StreamReader) { bits &= ~(1 << UInt8(reader.rawValue)) }
    }

    /// Where a segment lay when it came.
    struct Extent: Equatable {
        var offset: Int64
        var end: Int64
    }

    // What the state machine goes by.
    var isSeen = false
    var initialSequence: UInt32 = 0
    /// Sequence number after all that was sent, as far as believed.
    var next: UInt32 = 0
    var lastAcknowledgment: UInt32 = 0
    /// Bytes that the receiver offers room for, and the sequence number where that room ends.
    var window: UInt32 = 0
    var nextWindow: UInt32 = 0
    var windowScale: UInt8 = 0
    /// Bytes behind the acknowledgment that the receiver has all the same.
    var selective: UInt32 = 0
    /// The sender's clock with its newest segment in order (RFC 7323), and when that was.
    var clock: UInt32 = 0
    var clockSeconds: Int64 = 0
    var marks: Marks = []
    var flagsSeen: TCPFlags = []
    /// Urgent bytes so far that are in no stream.
    var urgentBytes: UInt32 = 0
    /// The receiving system; nil until it matters.
    var policy: HostPolicy?

    // What the bytes are.
    /// Stream offset of the buffer's first byte.
    var base: Int64 = 0
    var buffer = StreamBuffer()
    /// Segments that reach past the window's front, by offset and length: which bytes win where others lie over them goes by their bounds.
    var extents: [Extent] = []
    var early: [Early] = []
    var earlyBytes = 0
    /// Stream offset up to which the other side has acknowledged.
    var acknowledged: Int64 = 0
    /// Highest stream offset seen, in sequence space without SYN and FIN.
    var highest: Int64 = 0
    /// Stream offset of the FIN, once seen.
    var finOffset: Int64?
    var hadGap = false
    /// Bytes missing after the window, which the other side has acknowledged all the same.
    var gap: Int64 = 0
    /// Stream offsets that the readers have reached.
    var readers: InlineArray<3, Int64> = [0, 0, 0]
    var wants = Wants()
    /// Bytes that all have passed are kept for as long as the window is wide.
    var keepsWindow = false
    /// Stream offset from which rules on raw data see nothing: encrypted records begin there.
    var rawEnd = Int64.max
    /// No more bytes will come.
    var isEnded = false
    /// Everything that has arrived may be read, acknowledged or not.
    var readsAll = false
    /// The reassembly depth is reached: later bytes are counted and dropped.
    var isDepthReached = false

    /// Stream offset after the last byte in order.
    @inline(__always)
    var end: Int64 { base &+ Int64(buffer.count) }

    /// Where a sequence number lies in the stream, as the signed distance nearest to what was seen.
    @inline(__always)
    func offset(of sequence: UInt32) -> Int64 {
        let reference = UInt32(truncatingIfNeeded: highest) &+ initialSequence &+ 1
        return highest &+ Int64(Int32(bitPattern: sequence &- reference))
    }

    /// Bytes that stay behind the place of ``StreamReader/raw``, for patterns that begin in what was inspected before.
    static let seam: Int64 = 64

    /// Lets the front of the window go where every reader that still reads has passed it, and closes a gap that all have seen.
    mutating func slide() {
        var low = end &+ gap
        for index in 0..<3 where wants.contains(number: index) { low = min(low, readers[index]) }
        let kept = keepsWindow ? Int64(window == 0 ? 4096 : min(window, 1 << 20)) : wants.contains(.raw) ? TCPStream.seam : 0
        let inWindow = min(low, end) &- base &- kept
        if inWindow > 0 {
            buffer.drop(Int(inWindow))
            base &+= inWindow
            forgetExtents()
        }
        if gap > 0, low >= end &+ gap {
            base = end &+ gap
            gap = 0
            buffer.clear()
            forgetExtents()
            takeEarly()
        }
    }

    @inline(__always)
    private mutating func forgetExtents() {
        var passed = 0
        while passed < extents.count, extents[passed].end <= base { passed += 1 }
        if passed > 0 { extents.removeFirst(passed) }
    }

    /// Moves segments that have become next in order into the window.
    mutating func takeEarly() {
        while gap == 0, let first = early.first, first.offset <= end {
            early.removeFirst()
            earlyBytes -= first.bytes.count
            guard first.end > end else { continue }
            let skip = Int(end - first.offset)
            _ = buffer.append(first.bytes.rawSpan.dropping(skip))
        }
    }

    mutating func release() {
        buffer.release()
        early = []
        earlyBytes = 0
        extents = []
    }
}

/// Who reads a stream.
@frozen public enum StreamReader: Int, Sendable {
    /// The protocol parser.
    case application = 0
    /// Rules on raw stream data.
    case raw = 1
    /// What looks at frames: it lets go of bytes when no frame needs them any more.
    case frames = 2
}

/// What a reader finds at its place in a stream.
@frozen public enum StreamChunk: Sendable {
    case none
    /// `count` bytes from the stream offset `offset` on are ready.
    case data(offset: Int64, count: Int)
    /// `count` bytes never arrived.
    case gap(count: Int)
}
