import Glibc
import Synchronization

/// A thread that runs one function and can be waited for.
@safe final class WorkerThread {
    private final class Start {
        let name: String
        let body: () -> Void

        init(_ name: String, _ body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private var thread = pthread_t()

    /// - Parameters:
    ///   - name: shown by `top -H`, up to 15 bytes.
    ///   - body: runs on the thread. What it captures belongs to the thread until ``join()`` comes back, or is safe to share.
    init(_ name: String, _ body: @escaping () -> Void) throws(ConfigurationError) {
        let start = unsafe Unmanaged.passRetained(Start(name, body))
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                WorkerThread.call(start.name)
                // The signals are the first thread's.
                var all = sigset_t()
                unsafe sigfillset(&all)
                unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
                start.body()
                return nil
            }, unsafe start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw ConfigurationError("threads", "\(name) cannot be started: \(unsafe String(cString: strerror(code)))")
        }
    }

    private static func call(_ name: String) {
        let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let bytes = Array(name.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    func join() { pthread_join(thread, nil) }
}
