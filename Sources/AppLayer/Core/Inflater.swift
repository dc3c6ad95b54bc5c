import Bytes
import CZlib

/// Undoes gzip (RFC 1952), zlib (RFC 1950) or raw deflate (RFC 1951) compression piece by piece, with a bound on what comes out.
@safe final class Inflater {
    enum Format { case gzip, deflate }

    private var stream = unsafe z_stream()
    private var output = [UInt8](repeating: 0, count: 16 * 1024)
    private var isReady = false
    private var isFirst = true
    private let format: Format
    private var left: UInt64
    /// The data end, are damaged, or are over the limit: what follows is ignored.
    private(set) var isDone = false
    /// The first bytes are not of the format: the caller should pass the data as they are.
    private(set) var isNotCompressed = false

    /// - Parameter limit: most bytes that may come out.
    init(_ format: Format, limit: UInt64) {
        self.format = format
        left = limit
        start(windowBits: format == .gzip ? 15 + 32 : 15)
    }

    private func start(windowBits: Int32) {
        isReady = unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { unsafe inflateEnd(&stream) } }

    /// Calls `body` with each piece of decompressed data.
    func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {
        guard isReady, !isDone, input.byteCount > 0 else { return }
        if isFirst {
            isFirst = false
            let first = input.byte(at: 0)
            if format == .gzip, first != 0x1f {
                isNotCompressed = true
                isDone = true
                return
            }
            // "deflate" is zlib by the standard and raw by habit.
            if format == .deflate, first & 0x0f != 8 || input.byteCount > 1 && input.uint16(at: 0) % 31 != 0 {
                unsafe inflateEnd(&stream)
                unsafe stream = z_stream()
                start(windowBits: -15)
            }
        }
        unsafe input.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe stream.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(bytes.count)
            while !isDone {
                let size = output.count
                let status = unsafe output.withUnsafeMutableBufferPointer { buffer in
                    unsafe stream.next_out = buffer.baseAddress
                    unsafe stream.avail_out = UInt32(size)
                    return unsafe inflate(&stream, Z_SYNC_FLUSH)
                }
                let made = size - Int(unsafe stream.avail_out)
                if made > 0 {
                    let allowed = Int(min(left, UInt64(made)))
                    left -= UInt64(allowed)
                    let piece = output
                    body(piece.rawSpan.prefix(allowed))
                    if left == 0 { isDone = true }
                }
                if status != Z_OK {
                    if status != Z_BUF_ERROR { isDone = true }
                    break
                }
                if unsafe stream.avail_in == 0, made < size { break }
            }
        }
    }
}
