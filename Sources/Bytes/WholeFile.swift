import Glibc

/// Files read and written whole: short counts and interruptions are taken care of.
public enum WholeFile {
    /// The bytes of a file.
    ///
    /// - Returns: nil where it cannot be read or holds more than `limit` bytes; `errno` says why.
    public static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let got = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            if got == 0 { return bytes }
            bytes += piece[0..<got]
            if bytes.count > limit {
                errno = EFBIG
                return nil
            }
        }
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
