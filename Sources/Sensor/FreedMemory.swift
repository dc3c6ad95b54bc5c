import Glibc

/// Memory that was freed and not given back to the system.
enum FreedMemory {
    /// Gives back what it can. After rules were read that is some ten megabytes in pieces between those that stay.
    static func giveBack() {
        // glibc has it, and no other C library needs it; Swift's module of glibc leaves its header out.
        guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return }
        typealias Trim = @convention(c) (Int) -> CInt
        _ = unsafe unsafeBitCast(symbol, to: Trim.self)(0)
    }
}
