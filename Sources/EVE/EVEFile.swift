import Bytes
import Glibc

/// An output file for lines of JSON. Lines are gathered and written 64 KiB at a time, or when asked.
public final class EVEFile {
    /// Why a line could not be written.
    public struct WriteError: Error, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "\(path): cannot be written: \(reason)" }
    }

    public let path: String
    public var json = JSONWriter(capacity: 128 * 1024)
    private let descriptor: Int32
    /// Bytes that the system refused (a full disk) and that were given up, so that the sensor goes on.
    public private(set) var lostBytes: UInt64 = 0
    public private(set) var failure: WriteError?

    /// Opens `path` for appending, made with mode 0640 when it is not there.
    public init(path: String) throws(WriteError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw WriteError(path: path, reason: unsafe String(cString: strerror(errno))) }
    }

    deinit { close(descriptor) }

    /// To be called after each line.
    @inline(__always)
    public func lineWritten() {
        if json.buffer.count >= 64 * 1024 { flush() }
    }

    /// Writes out all that was gathered. What cannot be written is counted in ``lostBytes``, and ``failure`` says why.
    public func flush() {
        let count = json.buffer.count
        guard count > 0 else { return }
        var done = 0
        unsafe json.buffer.withUnsafeBytes { bytes in
            while done < count {
                guard let start = bytes.baseAddress else { break }
                let written = unsafe write(descriptor, start + done, count - done)
                if written > 0 {
                    done += written
                } else if errno != EINTR {
                    break
                }
            }
        }
        if done < count {
            lostBytes += UInt64(count - done)
            if failure == nil { failure = WriteError(path: path, reason: unsafe String(cString: strerror(errno))) }
        }
        json.buffer.removeAll()
    }
}
