import Wording

/// Something was asked for by a name that nothing has. Exit code 3.
public struct NotFoundError: BilingualError, Hashable {
    public enum Kind: String, Sendable {
        case incident, alert, evidence, sensor, agency, run, clock
    }

    public var kind: Kind
    public var name: String

    public init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    public var vietnamese: String {
        let noun =
            switch kind {
            case .incident: "sự cố"
            case .alert: "cảnh báo"
            case .evidence: "chứng cứ"
            case .sensor: "cảm biến"
            case .agency: "cơ quan"
            case .run: "lượt chạy kịch bản"
            case .clock: "thời hạn"
            }
        return "không tìm thấy \(noun) \(name)"
    }

    public var english: String { "no \(kind.rawValue) \(name)" }
}

/// A rule of the house forbids it. Exit code 4.
public enum HouseRuleError: BilingualError, Hashable {
    /// From this state there is no way to that one.
    case transition(code: String, from: IncidentState, to: IncidentState)
    /// The step demands something that was not given.
    case missing(code: String, Requirement)
    /// Somebody else changed the incident since it was read.
    case changedMeanwhile(code: String, expected: Int64, found: Int64)
    /// A merged or duplicate incident is not worked on; the other one is.
    case superseded(code: String, by: String)
    case mergeWithItself(code: String)
    /// Agencies whose networks claim the same addresses.
    case overlap(network: String, first: String, second: String)
    /// A deadline that is met stays met.
    case clockMet(code: String, incident: String)
    case runEnded(id: Int64)
    /// Fewer days than the level of an agency's system demands.
    case retentionTooShort(days: Int, minimum: Int, level: Int)

    public enum Requirement: String, Sendable, Hashable {
        case reason, summary, handlingMode, actor
    }

    public var vietnamese: String {
        switch self {
        case .transition(let code, let from, let to):
            "\(code) đang ở trạng thái “\(from.vietnamese)”, không chuyển sang “\(to.vietnamese)” được\(from == .new ? "; hãy xác nhận sự cố trước" : "")"
        case .missing(let code, .reason): "\(code): cần nêu lý do"
        case .missing(let code, .summary): "\(code): cần phần tổng kết trước khi đóng sự cố"
        case .missing(let code, .handlingMode): "\(code): cần cách thức xử lý trước khi đóng sự cố"
        case .missing(let code, .actor): "\(code): cần tên người thực hiện"
        case .changedMeanwhile(let code, _, _): "\(code) vừa được người khác sửa; hãy xem lại rồi thử lại"
        case .superseded(let code, let other): "\(code) đã gộp vào \(other); hãy làm việc với \(other)"
        case .mergeWithItself(let code): "không gộp \(code) vào chính nó được"
        case .overlap(let network, let first, let second): "mạng \(network) thuộc cả \(first) lẫn \(second); mỗi mạng chỉ thuộc một cơ quan"
        case .clockMet(let code, let incident): "\(incident): thời hạn \(code) đã hoàn thành"
        case .runEnded(let id): "lượt chạy kịch bản \(id) đã kết thúc"
        case .retentionTooShort(let days, let minimum, let level):
            "không giữ \(days) ngày được: hệ thống cấp độ \(level) phải giữ ít nhất \(minimum) ngày"
        }
    }

    public var english: String {
        switch self {
        case .transition(let code, let from, let to):
            "\(code) is \(from.english) and cannot become \(to.english)\(from == .new ? "; confirm it first" : "")"
        case .missing(let code, .reason): "\(code): a reason is needed"
        case .missing(let code, .summary): "\(code): a summary is needed to close it"
        case .missing(let code, .handlingMode): "\(code): how it was handled is needed to close it"
        case .missing(let code, .actor): "\(code): the name of who does it is needed"
        case .changedMeanwhile(let code, _, _): "\(code) was changed by somebody else meanwhile; look again and retry"
        case .superseded(let code, let other): "\(code) was merged into \(other); work on \(other)"
        case .mergeWithItself(let code): "\(code) cannot be merged into itself"
        case .overlap(let network, let first, let second):
            "network \(network) is claimed by \(first) and by \(second); a network belongs to one agency (or give each a different vlan)"
        case .clockMet(let code, let incident): "\(incident): deadline \(code) is met already"
        case .runEnded(let id): "playbook run \(id) has ended"
        case .retentionTooShort(let days, let minimum, let level):
            "\(days) days are too few: a system of level \(level) demands at least \(minimum)"
        }
    }
}
