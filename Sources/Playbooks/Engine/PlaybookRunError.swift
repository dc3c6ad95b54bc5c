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
    /// A value from outside is not what the playbook says that it is.
    case wrongType(name: String, type: String)
    /// No playbook of that id and version is known.
    case noPlaybook(id: String, version: String?)
    case playbookInItself(id: String)
    case tooDeep(Int)
    /// A secret is missing, or lies where others can read it.
    case secret(name: String, reason: String)
    /// A person did not answer in time.
    case unanswered
    /// Somebody stopped it while a program ran.
    case cancelled
    /// Nobody said how far an interrupted step came.
    case mayHaveRun(step: String)
    /// A destructive step was not confirmed.
    case notConfirmed(step: String, word: String)
    case needsSecondPerson(step: String, run: Int64)
    /// It has no signature that this office trusts.
    case untrusted(name: String, reason: BilingualText)

    /// It ends the step, not the run.
    var failsStep: Bool {
        switch self {
        case .secret, .noShell, .playbookInItself, .tooDeep, .noPlaybook, .revoked, .notValidNow, .missingValues, .wrongType, .invalid: true
        default: false
        }
    }

    /// A name in one language, where it is written `Tiếng Việt / English`.
    private static func half(_ text: String, _ index: Int) -> String {
        let parts = text.split(separator: " / ", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[index]) : text
    }

    public var vietnamese: String {
        switch self {
        case .invalid(let errors): "kịch bản có \(errors) lỗi; hãy xem bằng `vonggac playbook validate`"
        case .unsupported(let steps): "chưa chạy được kịch bản này vì có bước: \(steps.joined(separator: "; "))"
        case .revoked: "kịch bản đã bị thu hồi"
        case .notValidNow(let from, let until): "kịch bản chỉ có hiệu lực từ \(from ?? "…") đến \(until ?? "…")"
        case .missingValues(let names): "cần cho giá trị: \(names.map { "--set \($0)=…" }.joined(separator: " "))"
        case .unknownValue(let name): "kịch bản không nhận giá trị \(name) từ bên ngoài"
        case .aborted(let step): "đã dừng ở bước “\(Self.half(step, 0))”"
        case .noAnswer(let step): "bước “\(Self.half(step, 0))” cần người trả lời; hãy chạy trên terminal hoặc cho --answers TỆP"
        case .commandNotAllowed(let step): "bước “\(Self.half(step, 0))” chạy lệnh; hãy chạy trên terminal hoặc thêm --yes"
        case .endless(let steps): "đã chạy \(steps) bước mà chưa kết thúc; kịch bản lặp vô hạn"
        case .noShell(let reason): "không chạy được chương trình: \(reason)"
        case .wrongType(let name, let type): "giá trị của \(name) không đúng kiểu \(type)"
        case .noPlaybook(let id, let version): "không có kịch bản \(id)\(version.map { " bản \($0)" } ?? "")"
        case .playbookInItself(let id): "kịch bản \(id) gọi lại chính nó"
        case .tooDeep(let most): "kịch bản lồng nhau quá \(most) tầng"
        case .secret(let name, let reason): "bí mật “\(name)”: \(reason)"
        case .unanswered: "hết thời gian chờ trả lời"
        case .cancelled: "đã bị dừng"
        case .mayHaveRun(let step):
            "bước “\(Self.half(step, 0))” đang dở khi bị ngắt, có thể đã chạy; hãy chạy trên terminal, hoặc cho --interrupted done, failed hay again"
        case .notConfirmed(let step, let word): "bước “\(Self.half(step, 0))” cần xác nhận: thêm --confirm \(word)"
        case .needsSecondPerson(let step, let run):
            "bước “\(Self.half(step, 0))” cần người thứ hai đồng ý: `vonggac playbook approve \(run) --actor TÊN`, rồi `vonggac playbook resume \(run)`"
        case .untrusted(let name, let reason):
            "kịch bản “\(Self.half(name, 0))” \(reason.vietnamese); bước tự động không được chạy. Làm bằng tay: --by-hand; chấp nhận lần này: --allow-unsigned"
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
        case .aborted(let step): "stopped at step \"\(Self.half(step, 1))\""
        case .noAnswer(let step): "step \"\(Self.half(step, 1))\" needs a person's answer; run it on a terminal, or give --answers FILE"
        case .commandNotAllowed(let step): "step \"\(Self.half(step, 1))\" runs a command; run it on a terminal, or add --yes"
        case .endless(let steps): "\(steps) steps without an end; the playbook runs in circles"
        case .noShell(let reason): "the program cannot be run: \(reason)"
        case .wrongType(let name, let type): "the value of \(name) is not of type \(type)"
        case .noPlaybook(let id, let version): "no playbook \(id)\(version.map { " of version \($0)" } ?? "")"
        case .playbookInItself(let id): "the playbook \(id) runs itself"
        case .tooDeep(let most): "playbooks are nested more than \(most) levels deep"
        case .secret(let name, let reason): "secret \(name): \(reason)"
        case .unanswered: "no answer in time"
        case .cancelled: "it was stopped"
        case .mayHaveRun(let step):
            "step \"\(Self.half(step, 1))\" had begun when the run was interrupted and may have run; use a terminal, or --interrupted done, failed or again"
        case .notConfirmed(let step, let word): "step \"\(Self.half(step, 1))\" needs a confirmation: add --confirm \(word)"
        case .needsSecondPerson(let step, let run):
            "step \"\(Self.half(step, 1))\" needs a second person: `vonggac playbook approve \(run) --actor NAME`, then `vonggac playbook resume \(run)`"
        case .untrusted(let name, let reason):
            "playbook \"\(Self.half(name, 1))\" \(reason.english); automatic steps do not run. By hand: --by-hand; accept it this once: --allow-unsigned"
        }
    }
}
