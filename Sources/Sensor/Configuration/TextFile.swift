import Glibc

/// Reading small files whole.
enum TextFile {
    struct ReadError: Error {}

    /// The bytes of a regular file; fails on folders and on files over `limit`, with errno set.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReadError() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let got = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if got < 0 {
                if errno == EINTR { continue }
                throw ReadError()
            }
            if got == 0 { return bytes }
            bytes += piece[0..<got]
            if bytes.count > limit {
                errno = EFBIG
                throw ReadError()
            }
        }
    }
}
