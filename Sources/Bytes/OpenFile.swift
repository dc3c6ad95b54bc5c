import Glibc

/// An open file that closes itself when nobody needs it any more.
public final class OpenFile: Sendable {
    public let descriptor: CInt

    /// - Parameter descriptor: open, and nobody else's to close.
    public init(descriptor: CInt) { self.descriptor = descriptor }

    /// - Parameter flags: as of open(2); the file is not handed on to other programs.
    /// - Returns: nil where it cannot be opened; `errno` says why.
    public convenience init?(_ path: String, _ flags: CInt) {
        let descriptor = unsafe open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.init(descriptor: descriptor)
    }

    deinit { close(descriptor) }
}
