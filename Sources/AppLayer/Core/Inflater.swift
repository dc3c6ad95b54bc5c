import Bytes
import CZlib

/// Undoes gzip (RFC 1952), zlib (RFC 1950) or raw deflate (RFC 1951) compression piece by piece, with a bound on what comes out.
///
/// Servers mislabel: what is not of the format that it says is tried as the other, past a header that zlib refuses, and in the end passed
/// on as it is.
@safe final class Inflater {
    enum Format { case gzip, deflate }

    private var stream = unsafe z_stream()
    private var output = [UInt8](repeating: 0, count: 16 * 1024)
    private var isReady = false
    private var format: Format
    private var left: UInt64
    private var restarts = 0
    /// The data ended or are over the limit: what follows is ignored.
    private(set) var isDone = false
    /// The data are not compressed: the caller should pass what follows as it is.
    private(set) var isNotCompressed = false

    /// - Parameter limit: most bytes that may come out.
    init(_ format: Format, limit: UInt64) {
        self.format = format
        left = limit
        start(windowBits: format == .gzip ? 15 + 32 : -15)
    }

    private func start(windowBits: Int32) {
        if isReady { unsafe inflateEnd(&stream) }
        unsafe stream = z_stream()
        isReady = unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { unsafe inflateEnd(&stream) } }

    /// Calls `body` with each piece of decompressed data.
    func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {
        guard isReady, !isDone, input.byteCount > 0 else { return }
        var skipped = 0
        while !inflate(input.dropping(skipped), body) {
            guard let next = restart(input) else {
                isNotCompressed = true
                isDone = true
                return
            }
            skipped = next
        }
    }

    /// False when the data are not of the format.
    private func inflate(_ input: RawSpan, _ body: (RawSpan) -> Void) -> Bool {
        unsafe input.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            unsafe stream.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(bytes.count)
            while !isDone {
                let size = output.count
                let status = unsafe output.withUnsafeMutableBufferPointer { buffer in
                    unsafe stream.next_out = buffer.baseAddress
                    unsafe stream.avail_out = UInt32(size)
                    return unsafe CZlib.inflate(&stream, Z_SYNC_FLUSH)
                }
                let made = size - Int(unsafe stream.avail_out)
                let isDamaged = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR
                // What came out counts, even when the check sum after it is wrong.
                if isDamaged, unsafe stream.total_out == 0 { return false }
                if made > 0 {
                    let allowed = Int(min(left, UInt64(made)))
                    left -= UInt64(allowed)
                    let piece = output
                    body(piece.rawSpan.prefix(allowed))
                    if left == 0 { isDone = true }
                }
                if status == Z_STREAM_END || isDamaged { isDone = true }
                if status != Z_OK || (unsafe stream.avail_in == 0 && made < size) { break }
            }
            return true
        }
    }

    /// Begins anew another way; gives how many bytes of the input to pass over, or nil when every way was tried.
    private func restart(_ input: RawSpan) -> Int? {
        guard restarts < 3 else { return nil }
        if restarts > 0 { format = format == .gzip ? .deflate : .gzip }
        restarts += 1
        start(windowBits: format == .gzip ? 15 + 32 : -15)
        return isReady ? gzipHeaderLength(input) : nil
    }

    /// The length of a gzip header with flags that zlib may refuse; 0 for anything else.
    private func gzipHeaderLength(_ input: RawSpan) -> Int {
        guard input.byteCount >= 4, input.byte(at: 0) == 0x1f, input.byte(at: 1) == 0x8b else { return 0 }
        let flags = input.byte(at: 3)
        guard flags != 0 else { return 0 }
        var length = 10
        if flags & 0x18 != 0 {
            while length < input.byteCount, input.byte(at: length) != 0 { length += 1 }
            length += flags & 2 != 0 ? 3 : 1
        } else if flags & 2 != 0 {
            length = 12
        }
        return length <= input.byteCount ? length : 0
    }
}
