import Bytes
import CZlib

/// Undoes gzip (RFC 1952), zlib (RFC 1950) or raw deflate (RFC 1951) compression piece by piece, with a bound on what comes out.
///
/// Servers mislabel: what is not of the format that it says is tried as the other, past a header that zlib refuses, and in the end passed
/// on as it is.
@safe final class Inflater: BodyDecoder {
    enum Format {
        case gzip, deflate
        /// Messages of permessage-deflate (RFC 7692): raw deflate that goes on from one to the next, and nothing else.
        case message
    }

    private var stream = unsafe z_stream()
    private var output = [UInt8](repeating: 0, count: 16 * 1024)
    private var isReady = false
    private var format: Format
    private var restarts = 0
    /// A guess at the format proved right.
    private var hasBegun = false

    /// - Parameter limit: most bytes that may come out.
    init(_ format: Format, limit: UInt64) {
        self.format = format
        super.init(limit: limit)
        start(windowBits: format == .gzip ? 15 + 32 : -15)
    }

    private func start(windowBits: Int32) {
        if isReady { unsafe inflateEnd(&stream) }
        unsafe stream = z_stream()
        isReady = unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { unsafe inflateEnd(&stream) } }

    /// Calls `body` with each piece of decompressed data.
    override func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {
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

    /// The text of one message, and whether it was decoded to its end: otherwise the next one cannot be read with this decoder.
    func message(_ payload: [UInt8], limit: UInt64) -> (text: [UInt8], isWhole: Bool) {
        left = limit
        var text: [UInt8] = []
        // Senders leave away the end of the last block (RFC 7692 §7.2.1).
        let whole = payload + [0, 0, 0xff, 0xff]
        write(whole.rawSpan) { text += $0.copied() }
        return (text, !isDone)
    }

    /// False when the data are not of the format.
    private func inflate(_ input: RawSpan, _ body: (RawSpan) -> Void) -> Bool {
        // Almost anything begins like raw deflate: where that is only a guess, what comes out counts when all of it can be read.
        let isGuess = restarts > 0 && !hasBegun
        var held: [UInt8] = []
        return unsafe input.withUnsafeBytes { bytes in
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
                if isDamaged, isGuess || (unsafe stream.total_out == 0) { return false }
                let piece = output
                if isGuess {
                    held += piece.rawSpan.prefix(made).copied()
                    if UInt64(held.count) >= left { break }
                } else {
                    emit(piece.rawSpan.prefix(made), body)
                }
                if status == Z_STREAM_END || isDamaged { isDone = true }
                if status != Z_OK || (unsafe stream.avail_in == 0 && made < size) { break }
            }
            if isGuess {
                let whole = held
                emit(whole.rawSpan, body)
                hasBegun = !whole.isEmpty
            }
            return true
        }
    }

    /// Begins anew another way; gives how many bytes of the input to pass over, or nil when every way was tried.
    private func restart(_ input: RawSpan) -> Int? {
        guard restarts < 3, format != .message else { return nil }
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
