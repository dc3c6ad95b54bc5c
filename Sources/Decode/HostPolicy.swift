import Bytes

/// The system whose habits decide where segments, fragments and clocks are doubtful (`host-os-policy`).
public enum HostPolicy: String, Sendable, CaseIterable {
    case bsd, bsdRight = "bsd-right", oldLinux = "old-linux", linux, oldSolaris = "old-solaris", solaris, hpux10, hpux11, irix, macos
    case windows, vista, windows2k3, first, last

    /// Which fragment such a system believes where two overlap.
    public var fragments: OverlapPolicy {
        switch self {
        case .bsd, .hpux10, .irix: .bsd
        case .bsdRight: .bsdRight
        case .oldLinux, .linux: .linux
        case .oldSolaris, .hpux11, .macos, .first: .first
        case .solaris: .solaris
        case .windows, .vista, .windows2k3: .windows
        case .last: .last
        }
    }

    /// The one that TCP goes by: some differ in fragments only.
    public var streams: HostPolicy {
        switch self {
        case .bsdRight: .bsd
        case .oldSolaris: .solaris
        default: self
        }
    }
}

/// Which systems have which addresses.
public struct HostPolicies: Sendable {
    private var entries: [(prefix: IPPrefix, policy: HostPolicy)] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Of two that hold an address the longer prefix counts, of the same twice the later.
    public mutating func add(_ prefix: IPPrefix, _ policy: HostPolicy) {
        entries.removeAll { $0.prefix == prefix }
        let place = entries.firstIndex { $0.prefix.length <= prefix.length } ?? entries.count
        entries.insert((prefix, policy), at: place)
    }

    /// The system at an address; BSD where nothing was said.
    public func policy(of address: IPAddress) -> HostPolicy {
        for entry in entries where entry.prefix.contains(address) { return entry.policy }
        return .bsd
    }
}
