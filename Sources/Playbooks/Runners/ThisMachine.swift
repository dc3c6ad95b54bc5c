import Bytes
import Glibc

/// What this machine is called: commands for it run here, those for another do not.
enum ThisMachine {
    /// Whether a name or an address is this machine's.
    static func isCalled(_ host: String) -> Bool {
        let host = host.lowercased()
        if ["localhost", "localhost.localdomain"].contains(host) { return true }
        if let address = IPAddress(host) { return addresses.contains(address) || host.hasPrefix("127.") || host == "::1" }
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return false }
        let own = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
        return host == own || host == own.prefix { $0 != "." }
    }

    /// Of its interfaces.
    private static var addresses: Set<IPAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<IPAddress> = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, [AF_INET, AF_INET6].contains(Int32(address.pointee.sa_family)) else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = Int32(address.pointee.sa_family) == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            guard getnameinfo(address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { continue }
            let written = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let address = IPAddress(String(written.prefix { $0 != "%" })) { found.insert(address) }
        }
        return found
    }
}
