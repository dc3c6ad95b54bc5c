import Wording

/// Where an incident stands in its life.
public enum IncidentState: String, Sendable, CaseIterable, Codable {
    /// Made by correlation; nobody has looked yet.
    case new
    case confirmed
    case falseAlarm = "false_alarm"
    case duplicate
    case contained
    case eradicated
    case recovered
    case closed

    /// Work is still to be done.
    public var isOpen: Bool {
        switch self {
        case .new, .confirmed, .contained, .eradicated, .recovered: true
        case .falseAlarm, .duplicate, .closed: false
        }
    }

    /// A person said that it is a real incident; only these enter statutory tables.
    public var isConfirmed: Bool {
        switch self {
        case .confirmed, .contained, .eradicated, .recovered, .closed: true
        case .new, .falseAlarm, .duplicate: false
        }
    }

    /// The states that a responder may lead to from this one (TT 20/2017 Đ11: containment, removal, restoration, summary).
    public var successors: Set<IncidentState> {
        switch self {
        case .new: [.confirmed, .falseAlarm, .duplicate]
        case .confirmed: [.contained, .closed, .falseAlarm, .duplicate]
        case .contained: [.eradicated, .recovered, .closed]
        case .eradicated: [.recovered, .closed]
        case .recovered: [.closed]
        case .falseAlarm: [.new]
        case .duplicate: []
        case .closed: [.confirmed]
        }
    }

    public var vietnamese: String {
        switch self {
        case .new: "mới"
        case .confirmed: "đã xác nhận"
        case .falseAlarm: "báo động nhầm"
        case .duplicate: "trùng"
        case .contained: "đã ngăn chặn"
        case .eradicated: "đã gỡ bỏ"
        case .recovered: "đã khôi phục"
        case .closed: "đã kết thúc"
        }
    }

    public var english: String {
        switch self {
        case .new: "new"
        case .confirmed: "confirmed"
        case .falseAlarm: "a false alarm"
        case .duplicate: "a duplicate"
        case .contained: "contained"
        case .eradicated: "eradicated"
        case .recovered: "recovered"
        case .closed: "closed"
        }
    }
}

/// Who handled an incident: the columns of TT 20/2017 Mẫu 05.
public enum HandlingMode: String, Sendable, CaseIterable, Codable {
    /// Số tự xử lý.
    case alone = "self"
    /// Hỗ trợ từ các tổ chức khác.
    case helped
    /// Hỗ trợ từ tổ chức nước ngoài.
    case foreign
    /// Đề nghị cơ quan điều phối hỗ trợ.
    case coordinator

    /// As reports and the responder's screen say it.
    public var name: BilingualText {
        switch self {
        case .alone: BilingualText("Tự xử lý", "Alone")
        case .helped: BilingualText("Tổ chức khác hỗ trợ", "Helped by others")
        case .foreign: BilingualText("Tổ chức nước ngoài hỗ trợ", "Helped from abroad")
        case .coordinator: BilingualText("Đề nghị cơ quan điều phối hỗ trợ", "Asked the coordinator")
        }
    }
}
