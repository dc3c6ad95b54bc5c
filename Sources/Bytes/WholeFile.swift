import Glibc

/// Files read and written whole: short counts and interruptions are taken care of.
public enum WholeFile {
    /// The bytes of a file.
    ///
    /// - Returns: nil where it cannot be read or holds more than `limit` bytes; `errno` says why.
    public static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = OpenFile(path, O_RDONLY) else { return nil }
        var status = stat()
        let size = unsafe fstat(file.descriptor, &status) == 0 ? Int(status.st_size) : 0
        // What says its size is read in one piece; the byte more tells that it has not grown since. The rest tells its end by itself.
        var bytes: [UInt8] = []
        var piece = max(64 * 1024, min(size, limit) + 1)
        while true {
            let count = bytes.count
            var got = 0
            bytes.append(contentsOf: repeatElement(0, count: piece))
            while true {
                got = unsafe bytes.withUnsafeMutableBytes {
                    unsafe Glibc.read(file.descriptor, $0.baseAddress.map { unsafe $0 + count }, piece)
                }
                if got >= 0 || errno != EINTR { break }
            }
            guard got >= 0 else { return nil }
            bytes.removeLast(piece - got)
            if got == 0 { return bytes }
            if bytes.count > limit {
                errno = EFBIG
                return nil
            }
            piece = 64 * 1024
        }
    }

    /// Reads a file piece by piece; nothing of it is kept.
    ///
    /// - Returns: false where it cannot be read to its end or holds more than `limit` bytes; `errno` says why.
    public static func read(_ path: String, limit: Int, eachPiece body: (RawSpan) -> Void) -> Bool {
        guard let file = OpenFile(path, O_RDONLY) else { return false }
        var piece = [UInt8](repeating: 0, count: 256 * 1024)
        var count = 0
        while true {
            let got = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(file.descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return false }
            if got == 0 { return true }
            count += got
            if count > limit {
                errno = EFBIG
                return false
            }
            body(piece.rawSpan.prefix(got))
        }
    }

    /// The bytes at a place of an open file.
    ///
    /// - Returns: nil where not all of them can be had; `errno` says why.
    public static func read(_ descriptor: CInt, _ range: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < bytes.count {
            let (from, left) = (done, bytes.count - done)
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress.map { unsafe $0 + from }, left, off_t(range.lowerBound + from))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                if got == 0 { errno = ENODATA }
                return nil
            }
            done += got
        }
        return bytes
    }

    /// Writes bytes to an open file.
    ///
    /// - Returns: how many are written: fewer than there are where writing failed; `errno` says why.
    public static func write(_ bytes: RawSpan, to descriptor: CInt) -> Int {
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    if count == 0 { errno = ENOSPC }
                    break
                }
                done += count
            }
            return done
        }
    }
}
