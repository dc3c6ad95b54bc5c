import Foundation
import Synchronization

/// A bar on standard error while something takes long. It shows only on a terminal, at most ten times a second, and leaves nothing behind.
public final class ProgressBar: Sendable {
    private let title: String
    private let total: Int
    private let isShown: Bool
    private let width: Int
    private let state = Mutex<(shown: Double, began: Double)>((0, 0))

    /// - Parameter total: how many steps there are.
    public init(_ title: String, total: Int, isTerminal: Bool, columns: Int = 80) {
        self.title = title
        self.total = max(1, total)
        isShown = isTerminal && total > 1
        width = max(10, min(40, columns - DisplayText.width(title) - 24))
        state.withLock { $0.began = ProgressBar.now }
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    /// Says how many steps are done.
    public func advance(to done: Int) {
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
