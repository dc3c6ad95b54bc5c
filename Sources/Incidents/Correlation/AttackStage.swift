/// A stage of an attack: the tactics of MITRE ATT&CK that a network shows, in the order in which attacks usually go through them.
public enum AttackStage: String, Sendable, CaseIterable, Comparable {
    case reconnaissance
    case initialAccess = "initial_access"
    case execution
    case persistence
    case credentialAccess = "credential_access"
    case lateralMovement = "lateral_movement"
    case commandAndControl = "command_and_control"
    case exfiltration
    case impact

    /// The tactic's number in ATT&CK.
    public var tactic: String {
        switch self {
        case .reconnaissance: "TA0043"
        case .initialAccess: "TA0001"
        case .execution: "TA0002"
        case .persistence: "TA0003"
        case .credentialAccess: "TA0006"
        case .lateralMovement: "TA0008"
        case .commandAndControl: "TA0011"
        case .exfiltration: "TA0010"
        case .impact: "TA0040"
        }
    }

    public var vietnamese: String {
        switch self {
        case .reconnaissance: "trinh sát"
        case .initialAccess: "xâm nhập ban đầu"
        case .execution: "thực thi mã"
        case .persistence: "duy trì hiện diện"
        case .credentialAccess: "chiếm tài khoản"
        case .lateralMovement: "lây lan nội bộ"
        case .commandAndControl: "điều khiển từ xa"
        case .exfiltration: "lấy dữ liệu ra"
        case .impact: "gây hại"
        }
    }

    public var english: String { rawValue.replacing("_", with: " ") }

    private var order: Int { AttackStage.allCases.firstIndex(of: self) ?? 0 }

    public static func < (a: AttackStage, b: AttackStage) -> Bool { a.order < b.order }
}
