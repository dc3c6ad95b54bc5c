import Bytes
import CZlib

/// Undoes compression of data that are whole and meant to be of one format, for rules that ask for it.
public enum WholeInflate {
    public enum Format: Sendable {
        /// RFC 1952.
        case gzip
        /// RFC 1950.
        case zlib
    }

    /// - Parameter limit: most bytes that come out; what is over it is left.
    /// - Returns: nil when the data are not of the format.
    public static func decompressed(_ input: RawSpan, _ format: Format, limit: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        let windowBits: Int32 = format == .gzip ? 15 + 16 : 15
        guard unsafe inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: max(1, limit))
        let status = unsafe input.withUnsafeBytes { bytes in
            unsafe stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
            unsafe stream.avail_in = UInt32(clamping: bytes.count)
            return unsafe output.withUnsafeMutableBufferPointer { buffer in
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = UInt32(clamping: buffer.count)
                return unsafe inflate(&stream, Z_SYNC_FLUSH)
            }
        }
        let made = Int(unsafe stream.total_out)
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, made > 0 || status == Z_STREAM_END else { return nil }
        output.removeLast(output.count - min(made, output.count))
        return output
    }
}
