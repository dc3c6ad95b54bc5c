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
    /// -1 where lines are gathered for ``takeLines()``.
    private var descriptor: Int32
    /// Bytes that the system refused (a full disk) and that were given up, so that the sensor goes on.
    public private(set) var lostBytes: UInt64 = 0
    public private(set) var failure: WriteError?

    /// Opens `path` for appending, made with mode 0640 when it is not there.
    public init(path: String) throws(WriteError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw WriteError(path: path, reason: unsafe String(cString: strerror(errno))) }
    }

    /// Gathers lines for ``takeLines()`` and writes none itself.
    public init(gatheringFor path: String) {
        self.path = path
        descriptor = -1
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// To be called after each line.
    @inline(__always)
    public func lineWritten() {
        if json.buffer.count >= 64 * 1024, descriptor >= 0 { flush() }
    }

    /// The lines that were gathered, taken out.
    public func takeLines() -> [UInt8] {
        let lines = json.buffer.bytes.copied()
        json.buffer.removeAll()
        return lines
    }

    /// Writes lines that were gathered elsewhere.
    public func append(_ lines: RawSpan) {
        json.buffer.append(lines)
        lineWritten()
    }

    /// Opens the path anew, for who has moved the file away (logrotate). What was gathered goes into the old file.
    public func reopen() throws(WriteError) {
        flush()
        let opened = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard opened >= 0 else { throw WriteError(path: path, reason: unsafe String(cString: strerror(errno))) }
        close(descriptor)
        descriptor = opened
    }

    /// Writes out all that was gathered. What cannot be written is counted in ``lostBytes``, and ``failure`` says why.
    public func flush() {
        let count = json.buffer.count
        guard count > 0, descriptor >= 0 else { return }
        let done = WholeFile.write(json.buffer.bytes, to: descriptor)
        let code = errno
        if done < count {
            lostBytes += UInt64(count - wholeLines(done))
            if failure == nil { failure = WriteError(path: path, reason: unsafe String(cString: strerror(code))) }
        }
        json.buffer.removeAll()
    }

    /// Cuts off the torn line at the end of a write that stopped after `done` bytes, so that the next line does not stick to it.
    ///
    /// - Returns: how many of the bytes stay in the file.
    private func wholeLines(_ done: Int) -> Int {
        var status = stat()
        guard done > 0, unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return done }
        let kept = unsafe json.buffer.withUnsafeBytes { unsafe $0[..<done].lastIndex(of: 10).map { $0 + 1 } ?? 0 }
        guard kept < done, status.st_size >= done - kept else { return done }
        return ftruncate(descriptor, status.st_size - (done - kept)) == 0 ? kept : done
    }
}
