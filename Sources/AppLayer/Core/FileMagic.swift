import Bytes
import CMagic

/// Why files cannot be told apart.
public struct FileMagicError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { "libmagic: \(reason)" }
}

/// Tells what a file is by its first bytes (libmagic). One worker's: a handle is not to be used from two threads.
@safe public final class FileMagic {
    /// Bytes that are waited for before a file that goes on is looked at.
    public static let enough = 512

    private let handle: magic_t

    /// - Parameter path: a database of its own; nil for the system's.
    public init(path: String? = nil) throws(FileMagicError) {
        guard let handle = unsafe magic_open(MAGIC_NONE) else { throw FileMagicError(reason: "out of memory") }
        guard unsafe magic_load(handle, path) == 0 else {
            let reason = unsafe magic_error(handle).map { unsafe String(cString: $0) } ?? "no database"
            unsafe magic_close(handle)
            throw FileMagicError(reason: reason)
        }
        unsafe self.handle = handle
    }

    deinit { unsafe magic_close(handle) }

    /// The description, such as `PDF document, version 1.4`; empty when there is none.
    public func describe(_ bytes: RawSpan) -> [UInt8] {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let text = unsafe magic_buffer(handle, buffer.baseAddress, buffer.count) else { return [] }
            return Array(unsafe String(cString: text).utf8)
        }
    }

    /// Describes a file as soon as enough of it is there.
    public func look(at file: TransferredFile) {
        guard file.magic.isEmpty, file.content.firstOffset == 0, file.content.end > 0 else { return }
        guard file.content.end >= UInt64(FileMagic.enough) || file.state != .open else { return }
        let bytes = file.content.bytes
        file.magic = describe(bytes.rawSpan)
    }
}
