import Wording

/// Why a file cannot be read as a playbook at all. Exit code 1.
public enum PlaybookFileError: BilingualError, Hashable {
    case missing(path: String)
    case unreadable(path: String)
    case tooLarge(path: String)
    case syntax(path: String, problem: String)
    /// - Parameter type: what it says that it is.
    case notAPlaybook(path: String, type: String?)

    public var vietnamese: String {
        switch self {
        case .missing(let path): "\(path): không có tệp này; `vonggac playbook list` cho biết các kịch bản hiện có"
        case .unreadable(let path): "\(path): không đọc được tệp"
        case .tooLarge(let path): "\(path): tệp quá lớn để là một kịch bản"
        case .syntax(let path, let problem): "\(path): sai cú pháp: \(problem)"
        case .notAPlaybook(let path, "bundle"?):
            "\(path): là gói STIX, không phải kịch bản CACAO; kịch bản nằm trong thuộc tính playbook_bin (base64) của một đối tượng"
        case .notAPlaybook(let path, "list"?): "\(path): là một danh sách; mỗi kịch bản phải ở một tệp riêng"
        case .notAPlaybook(let path, let type?): "\(path): không phải kịch bản CACAO (\"type\" là \"\(type)\", phải là \"playbook\")"
        case .notAPlaybook(let path, nil): "\(path): không phải kịch bản CACAO (thiếu \"type\": \"playbook\")"
        }
    }

    public var english: String {
        switch self {
        case .missing(let path): "\(path): no such file; `vonggac playbook list` shows what there is"
        case .unreadable(let path): "\(path): cannot be read"
        case .tooLarge(let path): "\(path): too large for a playbook"
        case .syntax(let path, let problem): "\(path): \(problem)"
        case .notAPlaybook(let path, "bundle"?):
            "\(path): a STIX bundle, no CACAO playbook; the playbook stands in the property playbook_bin (base64) of one of its objects"
        case .notAPlaybook(let path, "list"?): "\(path): a list; each playbook needs a file of its own"
        case .notAPlaybook(let path, let type?): "\(path): no CACAO playbook (\"type\" is \"\(type)\", expected \"playbook\")"
        case .notAPlaybook(let path, nil): "\(path): no CACAO playbook (\"type\": \"playbook\" is missing)"
        }
    }
}
