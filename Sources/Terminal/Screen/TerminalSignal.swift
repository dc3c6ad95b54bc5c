import Glibc
import Synchronization

/// Signals while a program has the whole screen: those that ask it to end are noted, and those that kill it give the terminal back first.
enum TerminalSignal {
    private static let ended = Atomic<Int32>(0)
    private static let interrupts = Atomic<Bool>(false)
    /// What gives the terminal back, for a handler that may only call what is async-signal-safe: bytes, their count, the line's settings.
    private static let restoring = Atomic<UInt>(0)
    private static let restoringCount = Atomic<Int>(0)
    private static let settings = Atomic<UInt>(0)

    /// The signal that asked the program to end (SIGTERM, SIGHUP, SIGQUIT), or 0.
    static var end: Int32 { ended.load(ordering: .relaxed) }

    /// True once for each Ctrl-C.
    static func takeInterrupt() -> Bool { interrupts.exchange(false, ordering: .relaxed) }

    /// Catches signals from now on. Before the screen is opened: curses leaves alone what somebody else catches.
    static func install() {
        ended.store(0, ordering: .relaxed)
        interrupts.store(false, ordering: .relaxed)
        catchEnding()
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV, SIGFPE] { signal(number) { TerminalSignal.die($0) } }
        signal(SIGPIPE, SIG_IGN)
        // Whoever started the program may have left them blocked, also the one that tells of another size.
        var caught = sigset_t()
        sigemptyset(&caught)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT] { sigaddset(&caught, number) }
        pthread_sigmask(SIG_UNBLOCK, &caught, nil)
    }

    /// Without SA_RESTART: whoever waits for a key wakes up.
    private static func catchEnding() {
        var action = sigaction()
        sigemptyset(&action.sa_mask)
        action.__sigaction_handler.sa_handler = { TerminalSignal.ended.store($0, ordering: .relaxed) }
        for number in [SIGTERM, SIGHUP, SIGQUIT] { sigaction(number, &action, nil) }
        action.__sigaction_handler.sa_handler = { _ in TerminalSignal.interrupts.store(true, ordering: .relaxed) }
        sigaction(SIGINT, &action, nil)
    }

    /// Takes all of them from the program again.
    static func remove() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGSEGV, SIGFPE] { signal(number, SIG_DFL) }
    }

    /// Keeps what gives the terminal back. The memory stays for the life of the program: a handler may come at any time.
    static func keep(_ bytes: [UInt8], _ line: termios) {
        let text = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        for (index, byte) in bytes.enumerated() { text[index] = byte }
        let kept = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        kept.initialize(to: line)
        restoringCount.store(bytes.count, ordering: .relaxed)
        settings.store(UInt(bitPattern: kept), ordering: .relaxed)
        restoring.store(UInt(bitPattern: text), ordering: .releasing)
    }

    /// The program has failed: the terminal is given back, and the signal kills it as it would have.
    private static func die(_ number: Int32) {
        if let text = UnsafeRawPointer(bitPattern: restoring.load(ordering: .acquiring)) {
            _ = write(1, text, restoringCount.load(ordering: .relaxed))
        }
        if let line = UnsafePointer<termios>(bitPattern: settings.load(ordering: .relaxed)) { tcsetattr(0, TCSANOW, line) }
        signal(number, SIG_DFL)
        raise(number)
    }
}
