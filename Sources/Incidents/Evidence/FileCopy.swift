import Digest
import Glibc

/// Reading files of any size in pieces, with their SHA-256.
enum FileCopy {
    private static let piece = 1 << 20

    /// Copies a file into a new one, on disk when this returns.
    static func copy(_ source: String, to target: String, mode: mode_t) throws(StoreError) -> (digest: SHA256Digest, size: Int64) {
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard output >= 0 else { throw WriteOnce.failure(target) }
        do throws(StoreError) {
            let result = try read(source) { bytes throws(StoreError) in
                var offset = 0
                while offset < bytes.count {
                    let count = bytes[offset...].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                    if count < 0 && errno == EINTR { continue }
                    guard count > 0 else { throw WriteOnce.failure(target) }
                    offset += count
                }
            }
            guard fsync(output) == 0 else { throw WriteOnce.failure(target) }
            close(output)
            return result
        } catch {
            close(output)
            unlink(target)
            throw error
        }
    }

    static func digest(of source: String) throws(StoreError) -> (digest: SHA256Digest, size: Int64) {
        try read(source) { _ throws(StoreError) in }
    }

    /// Hands over a file piece by piece.
    static func read(_ source: String, _ body: ([UInt8]) throws(StoreError) -> Void) throws(StoreError) -> (
        digest: SHA256Digest, size: Int64
    ) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw .cannotOpen(path: source, reason: String(cString: strerror(errno))) }
        defer { close(input) }
        var hash = Hash(.sha256)
        var size: Int64 = 0
        while true {
            var reason: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
                var found = 0
                repeat { found = Glibc.read(input, buffer.baseAddress, piece) } while found < 0 && errno == EINTR
                if found < 0 { reason = errno }
                count = max(0, found)
            }
            guard reason == 0 else { throw .cannotOpen(path: source, reason: String(cString: strerror(reason))) }
            if bytes.isEmpty { break }
            hash.update(bytes)
            size += Int64(bytes.count)
            try body(bytes)
        }
        guard let digest = SHA256Digest(bytes: hash.finish()) else { throw .failed(path: source, reason: "libcrypto gave no SHA-256") }
        return (digest, size)
    }
}
