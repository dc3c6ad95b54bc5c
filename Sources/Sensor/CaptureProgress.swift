import Capture
import Dispatch
import Glibc
import Synchronization

/// A bar on standard error while captures are read, where that is a terminal.
///
/// A thread of its own asks the kernel now and then where the file is read: packets cost nothing.
final class CaptureProgress {
    /// What both threads know.
    private final class Place: Sendable {
        struct State {
            var name = ""
            /// Shares the place in the file with the reader; -1 between two files.
            var descriptor: Int32 = -1
            var size: Int64 = 0
            /// Bytes of the files before, and of all.
            var done: Int64 = 0
            var total: Int64 = 0
        }

        let state = Mutex(State())
        let end = DispatchSemaphore(value: 0)
    }

    /// Something of it stands on the terminal now: messages clear the line first.
    static let isShown = Atomic<Bool>(false)

    private let place = Place()
    private let thread: WorkerThread?

    /// - Parameter files: all that will be read, for their sizes.
    init(_ files: [String]) {
        let total = files.reduce(Int64(0)) { $0 + CaptureProgress.size(of: $1) }
        guard total > 0, CaptureProgress.isWanted else {
            thread = nil
            return
        }
        place.state.withLock { $0.total = total }
        thread = try? WorkerThread("progress") { [place] in CaptureProgress.watch(place) }
    }

    /// A terminal that moves its cursor.
    private static var isWanted: Bool {
        guard isatty(2) == 1, let terminal = unsafe getenv("TERM") else { return false }
        return unsafe strcmp(terminal, "dumb") != 0
    }

    private static func size(of path: String) -> Int64 {
        var status = stat()
        guard path != "-", unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        return Int64(status.st_size)
    }

    /// A capture is opened.
    func begin(_ reader: borrowing CaptureFileReader) {
        guard thread != nil else { return }
        let path = reader.path
        let descriptor = reader.duplicateDescriptor()
        let size = CaptureProgress.size(of: path)
        place.state.withLock { state in
            state.name = path.split(separator: "/").last.map(String.init) ?? path
            state.descriptor = descriptor
            state.size = size
        }
    }

    /// It is read.
    func end() {
        guard thread != nil else { return }
        let descriptor = place.state.withLock { state in
            defer { state.descriptor = -1 }
            state.done += state.size
            state.size = 0
            return state.descriptor
        }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Takes the bar away.
    func finish() {
        guard let thread else { return }
        place.end.signal()
        thread.join()
    }

    private static func watch(_ place: Place) {
        let began = seconds
        // What takes less than this needs no bar.
        var pause = 0.5
        while place.end.wait(timeout: .now() + pause) == .timedOut {
            pause = 0.2
            let state = place.state.withLock { state -> Place.State in
                var now = state
                if now.descriptor >= 0 { now.done += min(now.size, Int64(max(0, lseek(now.descriptor, 0, SEEK_CUR)))) }
                return now
            }
            isShown.store(true, ordering: .relaxed)
            put("\r" + line(state.name, state.done, of: state.total, seconds: seconds - began, columns: columns) + "\u{1b}[K\r")
        }
        if isShown.exchange(false, ordering: .relaxed) { put("\r\u{1b}[K") }
    }

    /// `office.pcap [######........]  43%  120 of 280 MB  ~12 s`, no longer than a line.
    static func line(_ name: String, _ done: Int64, of total: Int64, seconds: Double, columns: Int) -> String {
        let share = min(1, max(0, Double(done) / Double(max(1, total))))
        var end = " \(Int(share * 100))%  \(done / 1_000_000) of \(total / 1_000_000) MB"
        if share > 0.02 { end += "  ~\(Int(seconds / share * (1 - share) + 0.5)) s" }
        let room = columns - 1 - end.utf8.count
        // Bytes that are no letters could move the cursor.
        let plain = String(
            name.unicodeScalars.map { $0.value >= 32 && $0.value < 127 ? Character($0) : "?" }.prefix(max(0, min(28, room - 16))))
        let width = min(40, room - plain.utf8.count - 3)
        guard width >= 5 else { return String(end.dropFirst()) }
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return (plain.isEmpty ? "" : plain + " ") + "[" + bar + "]" + end
    }

    private static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static var seconds: Double {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    private static func put(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}
