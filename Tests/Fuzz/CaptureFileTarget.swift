import Bytes
import Capture
import Glibc

/// pcap and pcapng files.
enum CaptureFileTarget {
    static func run(_ bytes: [UInt8]) {
        MemoryFile.with(bytes) { path in
            do {
                var reader = try CaptureFileReader.open(path)
                var total = 0
                while let record = try reader.next() { total += reader.frame(record).byteCount }
                if total > bytes.count { fail("\(total) bytes of frames in a file of \(bytes.count)") }
            } catch {
                if "\(error)".isEmpty { fail("an error without words") }
            }
        }
    }
}

/// Bytes behind a path, for code that reads files by path. A pipe holds more than the longest input.
enum MemoryFile {
    static func with(_ bytes: [UInt8], _ body: (String) -> Void) {
        var ends: [CInt] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { fail("pipe: \(errno)") }
        defer { close(ends[0]) }
        guard unsafe write(ends[1], bytes, bytes.count) == bytes.count else { fail("write: \(errno)") }
        close(ends[1])
        body("/proc/self/fd/\(ends[0])")
    }
}
