import Wording

/// Why a playbook does not run, or stopped running.
public enum PlaybookRunError: BilingualError, Hashable {
    /// It has errors; `vonggac playbook validate` shows them.
    case invalid(errors: Int)
    /// It needs steps or commands that this program does not carry out.
    case unsupported(steps: [String])
    case revoked
    /// Its time of validity has not begun, or is over.
    case notValidNow(from: String?, until: String?)
    /// Values that must be given from outside.
    case missingValues([String])
    /// A value is given that the playbook does not ask for.
    case unknownValue(String)
    /// A person stopped it.
    case aborted(step: String)
    /// A manual step met no terminal and no answer.
    case noAnswer(step: String)
    /// A script would run, and nobody said that scripts may run.
    case commandNotAllowed(step: String)
    /// More steps than any playbook needs: it runs in circles.
    case endless(steps: Int)
    case noShell(reason: String)

    public var vietnamese: String {
        switch self {
        case .invalid(let errors): "kịch bản có \(errors) lỗi; hãy xem bằng `vonggac playbook validate`"
        case .unsupported(let steps): "chưa chạy được kịch bản này vì có bước: \(steps.joined(separator: "; "))"
        case .revoked: "kịch bản đã bị thu hồi"
        case .notValidNow(let from, let until): "kịch bản chỉ có hiệu lực từ \(from ?? "…") đến \(until ?? "…")"
        case .missingValues(let names): "cần cho giá trị: \(names.map { "--set \($0)=…" }.joined(separator: " "))"
        case .unknownValue(let name): "kịch bản không nhận giá trị \(name) từ bên ngoài"
        case .aborted(let step): "đã dừng ở bước “\(step)”"
        case .noAnswer(let step): "bước “\(step)” cần người trả lời; hãy chạy trên terminal hoặc cho --answers TỆP"
        case .commandNotAllowed(let step): "bước “\(step)” chạy lệnh; hãy chạy trên terminal hoặc thêm --yes"
        case .endless(let steps): "đã chạy \(steps) bước mà chưa kết thúc; kịch bản lặp vô hạn"
        case .noShell(let reason): "không chạy được /bin/bash: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .invalid(let errors): "the playbook has \(errors) error(s); `vonggac playbook validate` shows them"
        case .unsupported(let steps): "this playbook cannot be run yet, because of: \(steps.joined(separator: "; "))"
        case .revoked: "the playbook is revoked"
        case .notValidNow(let from, let until): "the playbook is valid only from \(from ?? "…") until \(until ?? "…")"
        case .missingValues(let names): "values are needed: \(names.map { "--set \($0)=…" }.joined(separator: " "))"
        case .unknownValue(let name): "the playbook takes no value \(name) from outside"
        case .aborted(let step): "stopped at step \"\(step)\""
        case .noAnswer(let step): "step \"\(step)\" needs a person's answer; run it on a terminal, or give --answers FILE"
        case .commandNotAllowed(let step): "step \"\(step)\" runs a command; run it on a terminal, or add --yes"
        case .endless(let steps): "\(steps) steps without an end; the playbook runs in circles"
        case .noShell(let reason): "/bin/bash cannot be run: \(reason)"
        }
    }
}
