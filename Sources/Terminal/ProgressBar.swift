import Dispatch
import Foundation
import Synchronization

/// A bar on standard error while something takes long. It shows only on a terminal, at most ten times a second, and leaves nothing behind.
public final class ProgressBar: Sendable {
    private let title: String
    private let isShown: Bool
    private let width: Int
    private let state = Mutex<(shown: Double, began: Double)>((0, 0))

    public init(_ title: String, isTerminal: Bool, columns: Int = 80) {
        self.title = title
        isShown = isTerminal
        width = max(10, min(40, columns - DisplayText.width(title) - 24))
        state.withLock { $0.began = ProgressBar.now }
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    /// Says how many steps are done, of how many.
    public func advance(to done: Int, of total: Int) {
        guard isShown else { return }
        let moment = Self.now
        let begun = state.withLock { state -> Double? in
            guard moment - state.shown >= 0.1, moment - state.began >= 0.5 else { return nil }
            state.shown = moment
            return state.began
        }
        guard let begun else { return }
        let line = Self.line(title, done: done, of: total, seconds: moment - begun, width: width)
        FileHandle.standardError.write(Data(("\r" + line + "\u{1b}[K").utf8))
    }

    /// Takes the bar away.
    public func finish() {
        guard isShown, state.withLock({ $0.shown > 0 }) else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
    }

    /// `Kiểm tra [#####.....]  50%  còn 12 s`.
    public static func line(_ title: String, done: Int, of total: Int, seconds: Double, width: Int) -> String {
        let share = min(1, max(0, Double(done) / Double(max(1, total))))
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let left = share > 0.02 ? "  ~\(Int(seconds / share * (1 - share) + 0.5)) s" : ""
        return "\(title) [\(bar)] \(Int(share * 100))%\(left)"
    }
}

/// A line on standard error while something takes long that nobody can say the end of: `Dàn trang PDF … 12 s`.
public final class WaitingLine: Sendable {
    private let end = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isShown: Bool

    public init(_ title: String, isTerminal: Bool) {
        isShown = isTerminal
        guard isShown else { return }
        let began = Date()
        Thread.detachNewThread { [end, ended] in
            var isThere = false
            while end.wait(timeout: .now() + 1) == .timedOut {
                isThere = true
                FileHandle.standardError.write(Data("\r\(title) … \(Int(Date().timeIntervalSince(began))) s\u{1b}[K".utf8))
            }
            if isThere { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
            ended.signal()
        }
    }

    /// Takes the line away.
    public func finish() {
        guard isShown else { return }
        end.signal()
        ended.wait()
    }
}
