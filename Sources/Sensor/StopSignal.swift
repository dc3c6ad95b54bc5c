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
