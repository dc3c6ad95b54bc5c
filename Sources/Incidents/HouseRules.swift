import Wording

/// Something was asked for by a name that nothing has. Exit code 3.
public struct NotFoundError: BilingualError, Hashable {
    public enum Kind: String, Sendable {
        case incident, alert, evidence, sensor, agency, run, clock, task, rule, profile, entry, network, contact, asset, link
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
            case .task: "việc"
            case .rule: "luật"
            case .profile: "hồ sơ tuân thủ"
            case .entry: "mục sổ"
            case .network: "mạng"
            case .contact: "đầu mối"
            case .asset: "tài sản"
            case .link: "đường truyền"
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
    /// - Parameter last: who did what when, the last of all.
    case changedMeanwhile(code: String, expected: Int64, found: Int64, last: String? = nil)
    /// A merged or duplicate incident is not worked on; the other one is.
    case superseded(code: String, by: String)
    case mergeWithItself(code: String)
    /// Agencies whose networks claim the same addresses.
    case overlap(network: String, first: String, second: String)
    case unknownParent(code: String, parent: String)
    /// An agency would stand above itself.
    case parentCircle(code: String)
    case agencyExists(code: String)
    /// Agencies below it would hang in the air.
    case agencyHasParts(code: String, parts: [String])
    /// A deadline that is met stays met.
    case clockMet(code: String, incident: String)
    case runEnded(id: Int64)
    /// Work is still to be done.
    case tasksOpen(code: String, numbers: [Int])
    /// A playbook runs on it.
    case runOpen(code: String, run: Int64)
    case taskEnded(code: String, number: Int)
    case nothingToUndo(code: String)
    /// What was done has had consequences that stand in the way.
    case cannotUndo(code: String, kind: String, because: String)
    case splitTakesNothing(code: String)
    case splitTakesAll(code: String)
    /// Fewer days than the level of an agency's system demands.
    case retentionTooShort(days: Int, minimum: Int, level: Int)

    public enum Requirement: String, Sendable, Hashable {
        case reason, summary, handlingMode, actor, text, selection, note
    }

    public var vietnamese: String {
        switch self {
        case .transition(let code, let from, let to):
            "\(code) đang ở trạng thái “\(from.vietnamese)”, không chuyển sang “\(to.vietnamese)” được"
                + (HouseRuleError.way(code, from, to).map { "; trước hết: \($0)" } ?? "")
        case .missing(let code, .reason): "\(code): cần nêu lý do (--reason “…”)"
        case .missing(let code, .summary): "\(code): cần phần tổng kết trước khi đóng sự cố (--summary “…”)"
        case .missing(let code, .handlingMode):
            "\(code): cần cách thức xử lý trước khi đóng sự cố (vonggac incident handle \(code) self|helped|foreign|coordinator)"
        case .missing(let code, .actor): "\(code): cần tên người thực hiện (--actor TÊN)"
        case .missing(let code, .note): "\(code): cần ghi đã làm gì (--note “…”)"
        case .missing(let code, .text): "\(code): nội dung còn trống"
        case .missing(let code, .selection): "\(code): cần nói tách cảnh báo nào (--alert, --sid, --address, --since, --until)"
        case .changedMeanwhile(let code, let expected, let found, let last):
            "\(code) vừa được người khác sửa: bạn đã xem phiên bản \(expected), nay là \(found)\(last.map { " (\($0))" } ?? ""); hãy xem lại (vonggac incident show \(code)) rồi thử lại"
        case .superseded(let code, let other): "\(code) đã gộp vào \(other); hãy làm việc với \(other)"
        case .mergeWithItself(let code): "không gộp \(code) vào chính nó được"
        case .overlap(let network, let first, let second):
            "mạng \(network) thuộc cả \(first) lẫn \(second); mỗi mạng chỉ thuộc một cơ quan: hãy thu hẹp dải địa chỉ (dải hẹp hơn được ưu tiên), hoặc ghi vlan hay interface khác nhau cho mỗi bên"
        case .unknownParent(let code, let parent): "\(code): không có cơ quan cấp trên \(parent) trong danh mục"
        case .parentCircle(let code): "\(code): cơ quan không thể là cấp trên của chính mình"
        case .agencyExists(let code): "\(code) đã có trong danh mục; hãy dùng vonggac agency edit \(code)"
        case .agencyHasParts(let code, let parts):
            "\(code) còn là cấp trên của \(parts.joined(separator: ", ")); hãy đổi cấp trên của các cơ quan đó trước (agency edit … --parent)"
        case .clockMet(let code, let incident): "\(incident): thời hạn \(code) đã hoàn thành"
        case .runEnded(let id): "lượt chạy kịch bản \(id) đã kết thúc"
        case .tasksOpen(let code, let numbers):
            "\(code) còn việc chưa xong: \(HouseRuleError.list(numbers)); hãy báo xong (vonggac incident task done \(code) \(numbers.first ?? 1)) hoặc bỏ (task drop)"
        case .runOpen(let code, let run):
            "\(code): kịch bản đang chạy (lượt \(run)); hãy chạy tiếp (vonggac playbook resume \(run)) hoặc dừng (vonggac playbook abort \(run))"
        case .taskEnded(let code, let number): "\(code): việc \(number) đã kết thúc"
        case .nothingToUndo(let code): "\(code): không có thao tác nào để hoàn tác"
        case .cannotUndo(let code, let kind, let because):
            "\(code): không hoàn tác \(kind) được vì \(because) đã có người làm việc hoặc đã gộp tiếp; hãy hoàn tác ở \(because) trước"
        case .splitTakesNothing(let code): "\(code): không có cảnh báo nào như vậy để tách"
        case .splitTakesAll(let code): "\(code): không tách hết mọi cảnh báo được; hãy chọn một phần"
        case .retentionTooShort(let days, let minimum, let level):
            "không giữ \(days) ngày được: hệ thống cấp độ \(level) phải giữ ít nhất \(minimum) ngày"
        }
    }

    public var english: String {
        switch self {
        case .transition(let code, let from, let to):
            "\(code) is \(from.english) and cannot become \(to.english)"
                + (HouseRuleError.way(code, from, to).map { "; first: \($0)" } ?? "")
        case .missing(let code, .reason): "\(code): a reason is needed (--reason \"…\")"
        case .missing(let code, .summary): "\(code): a summary is needed to close it (--summary \"…\")"
        case .missing(let code, .handlingMode):
            "\(code): how it was handled is needed to close it (vonggac incident handle \(code) self|helped|foreign|coordinator)"
        case .missing(let code, .actor): "\(code): the name of who does it is needed (--actor NAME)"
        case .missing(let code, .note): "\(code): say what was done (--note “…”)"
        case .missing(let code, .text): "\(code): there is no text"
        case .missing(let code, .selection): "\(code): which alerts to take out is needed (--alert, --sid, --address, --since, --until)"
        case .changedMeanwhile(let code, let expected, let found, let last):
            "\(code) was changed by somebody else meanwhile: you saw version \(expected), it is \(found) now\(last.map { " (\($0))" } ?? ""); look again (vonggac incident show \(code)) and retry"
        case .superseded(let code, let other): "\(code) was merged into \(other); work on \(other)"
        case .mergeWithItself(let code): "\(code) cannot be merged into itself"
        case .overlap(let network, let first, let second):
            "network \(network) is claimed by \(first) and by \(second); a network belongs to one agency: make a block narrower (the narrower one wins), or give each its own vlan or interface"
        case .unknownParent(let code, let parent): "\(code): its parent \(parent) is not in the registry"
        case .parentCircle(let code): "\(code): an agency cannot stand above itself"
        case .agencyExists(let code): "\(code) is in the registry already; use vonggac agency edit \(code)"
        case .agencyHasParts(let code, let parts):
            "\(code) is above \(parts.joined(separator: ", ")); give these another parent first (agency edit … --parent)"
        case .clockMet(let code, let incident): "\(incident): deadline \(code) is met already"
        case .runEnded(let id): "playbook run \(id) has ended"
        case .tasksOpen(let code, let numbers):
            "\(code) has open tasks: \(HouseRuleError.list(numbers)); end them (vonggac incident task done \(code) \(numbers.first ?? 1)) or drop them (task drop)"
        case .runOpen(let code, let run):
            "\(code): a playbook is running (run \(run)); go on (vonggac playbook resume \(run)) or stop it (vonggac playbook abort \(run))"
        case .taskEnded(let code, let number): "\(code): task \(number) has ended already"
        case .nothingToUndo(let code): "\(code): there is nothing to undo"
        case .cannotUndo(let code, let kind, let because):
            "\(code): \(kind) cannot be undone because \(because) was worked on or merged since; undo there first"
        case .splitTakesNothing(let code): "\(code) has no such alerts to take out"
        case .splitTakesAll(let code): "\(code): not all of its alerts can be taken out; choose some"
        case .retentionTooShort(let days, let minimum, let level):
            "\(days) days are too few: a system of level \(level) demands at least \(minimum)"
        }
    }

    private static func list(_ numbers: [Int]) -> String { numbers.map { String($0) }.joined(separator: ", ") }

    /// The command that opens the way from one state to another.
    private static func way(_ code: String, _ from: IncidentState, _ to: IncidentState) -> String? {
        switch from {
        case .new: "vonggac incident confirm \(code)"
        case .confirmed: to == .closed || to == .eradicated || to == .recovered ? "vonggac incident contain \(code)" : nil
        case .closed, .falseAlarm: "vonggac incident reopen \(code) --reason …"
        case .duplicate: "vonggac incident undo \(code)"
        case .contained, .eradicated, .recovered: nil
        }
    }
}
