import Wording

/// Why a file cannot be read as a playbook at all. Exit code 1.
public enum PlaybookFileError: BilingualError, Hashable {
    case missing(path: String)
    case unreadable(path: String)
    case tooLarge(path: String)
    case syntax(path: String, problem: String)
    case notAPlaybook(path: String)

    public var vietnamese: String {
        switch self {
        case .missing(let path): "\(path): không có tệp này; `vonggac playbook list` cho biết các kịch bản hiện có"
        case .unreadable(let path): "\(path): không đọc được tệp"
        case .tooLarge(let path): "\(path): tệp quá lớn để là một kịch bản"
        case .syntax(let path, let problem): "\(path): sai cú pháp: \(problem)"
        case .notAPlaybook(let path): "\(path): không phải kịch bản CACAO (thiếu \"type\": \"playbook\")"
        }
    }

    public var english: String {
        switch self {
        case .missing(let path): "\(path): no such file; `vonggac playbook list` shows what there is"
        case .unreadable(let path): "\(path): cannot be read"
        case .tooLarge(let path): "\(path): too large for a playbook"
        case .syntax(let path, let problem): "\(path): \(problem)"
        case .notAPlaybook(let path): "\(path): no CACAO playbook (\"type\": \"playbook\" is missing)"
        }
    }
}
