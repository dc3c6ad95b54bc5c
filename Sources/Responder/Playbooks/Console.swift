import Foundation
import Glibc
import Synchronization

/// The terminal of a run whose branches speak at the same time: lines are written whole, and a question keeps the others waiting.
final class Console: Sendable {
    private struct State {
        var isAsking = false
        var held: [String] = []
        var isBroken = false
    }

    private let state = Mutex(State())
    /// One question at a time.
    private let turn = NSLock()

    func say(_ lines: [String]) {
        state.withLock {
            if $0.isAsking {
                $0.held += lines
            } else {
                for line in lines where !Self.write(line + "\n") { $0.isBroken = true }
            }
        }
    }

    /// Whoever read the output has gone.
    var isBroken: Bool { state.withLock { $0.isBroken } }

    @discardableResult
    private static func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Lines and questions that belong together.
    func dialogue<Value>(_ body: (Dialogue) throws -> Value) rethrows -> Value {
        turn.lock()
        state.withLock { $0.isAsking = true }
        defer {
            state.withLock {
                $0.isAsking = false
                for line in $0.held { Self.write(line + "\n") }
                $0.held = []
            }
            turn.unlock()
        }
        return try body(Dialogue())
    }

    struct Dialogue {
        func say(_ line: String) { Console.write(line + "\n") }

        /// A line from the person; nil at the end of input, when the moment has passed, or when it no longer matters.
        func ask(_ prompt: String, deadline: ContinuousClock.Instant? = nil, isOver: () -> Bool = { false }) -> String? {
            Console.write(prompt + " ")
            var line: [UInt8] = []
            while true {
                if isOver() || deadline.map({ ContinuousClock.now >= $0 }) ?? false {
                    Console.write("\n")
                    return nil
                }
                var waiting = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 200) > 0 else { continue }
                var byte: UInt8 = 0
                let count = read(0, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return line.isEmpty ? nil : Self.text(line) }
                if byte == 0x0a { return Self.text(line) }
                if line.count < 64 * 1024 { line.append(byte) }
            }
        }

        private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces) }
    }
}
