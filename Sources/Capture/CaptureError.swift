/// Why a capture could not be opened or read on.
public enum CaptureError: Error, Sendable, CustomStringConvertible {
    /// A file that cannot be opened or is no capture; `reason` is the system's or libpcap's own word.
    case unreadable(path: String, reason: String)
    case interface(name: String, reason: String)
    case filter(expression: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read as a capture: \(reason)"
        case .interface(let name, let reason): "interface \(name): \(reason)"
        case .filter(let expression, let reason): "BPF filter \"\(expression)\": \(reason)"
        }
    }
}
