import Glibc
import Synchronization

/// Whether somebody asked the program to end (SIGINT, SIGTERM). Reading it costs one load.
enum StopSignal {
    private static let flag = Atomic<Bool>(false)

    static var isRaised: Bool { flag.load(ordering: .relaxed) }

    /// Catches the signals from now on.
    static func install() {
        // Made here, since a handler must not be the first to touch a lazy static.
        flag.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in StopSignal.flag.store(true, ordering: .relaxed) }
        signal(SIGTERM) { _ in StopSignal.flag.store(true, ordering: .relaxed) }
        signal(SIGPIPE, SIG_IGN)
        // A file at its size limit is an error of that write, not the end of the program.
        signal(SIGXFSZ, SIG_IGN)
        // Whoever started the program may have left them blocked.
        var both = sigset_t()
        unsafe sigemptyset(&both)
        unsafe sigaddset(&both, SIGINT)
        unsafe sigaddset(&both, SIGTERM)
        unsafe pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }
}

/// Whether somebody asked for other rules (SIGUSR2), or for that and for output files opened anew (SIGHUP).
enum ReloadSignal {
    private static let rules = Atomic<Bool>(false)
    private static let files = Atomic<Bool>(false)

    /// Catches the signals from now on.
    static func install() {
        rules.store(false, ordering: .relaxed)
        files.store(false, ordering: .relaxed)
        signal(SIGUSR2) { _ in ReloadSignal.rules.store(true, ordering: .relaxed) }
        signal(SIGHUP) { _ in
            ReloadSignal.files.store(true, ordering: .relaxed)
            ReloadSignal.rules.store(true, ordering: .relaxed)
        }
        var both = sigset_t()
        unsafe sigemptyset(&both)
        unsafe sigaddset(&both, SIGUSR2)
        unsafe sigaddset(&both, SIGHUP)
        unsafe pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }

    /// True once for each time that it was asked.
    static func takeRules() -> Bool { rules.exchange(false, ordering: .relaxed) }
    static func takeFiles() -> Bool { files.exchange(false, ordering: .relaxed) }
}
