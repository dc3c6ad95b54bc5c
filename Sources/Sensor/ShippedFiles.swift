import Glibc

/// Finds what ships with the program: beside it (a checkout, an unpacked archive) or under /usr/share/vonggac.
enum ShippedFiles {
    static let installed = "/usr/share/vonggac"

    /// The path of a shipped file such as `Rules/classification.config`; nil when it is nowhere.
    static func path(_ relative: String) -> String? {
        var folder = executableFolder()
        // .build/<triple>/<configuration>/program lies three levels below a checkout.
        for _ in 0..<5 {
            let candidate = folder + "/" + relative
            if unsafe access(candidate, R_OK) == 0 { return candidate }
            guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { break }
            folder = String(folder[..<slash])
        }
        let candidate = installed + "/" + relative
        return unsafe access(candidate, R_OK) == 0 ? candidate : nil
    }

    private static func executableFolder() -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let size = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard size > 0 else { return "." }
        let path = String(decoding: buffer[0..<size].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}
