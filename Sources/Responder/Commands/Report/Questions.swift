import ArgumentParser
import Bytes
import Foundation
import Glibc
import Incidents
import Reports
import Terminal
import Wording

/// Says whether an answer may stand in a field.
struct AnswerChecker {
    let template: DocumentTemplate
    let session: Session

    init(_ template: DocumentTemplate, _ session: Session) {
        self.template = template
        self.session = session
    }

    /// The answer as it is kept.
    /// - Throws: a failure that says what is expected.
    func checked(_ key: String, _ value: String) throws -> String {
        // Cells of tables, lists of entries and remarks are no fields of their own.
        if key.hasPrefix("systems.") || key.hasPrefix("damage.") || key == "entries" || key == "remarks" { return value }
        guard let field = template.parts.compactMap(\.field).first(where: { $0.key == key }) else {
            let known = template.parts.compactMap(\.field?.key).joined(separator: ", ")
            throw CommandFailure(
                code: .usage,
                message: session.text(
                    "vonggac: mẫu \(template.id) không có mục \(key); có: \(known)",
                    "vonggac: the form \(template.id) has no field \(key); it has \(known)"))
        }
        if let problem = problem(field, value) {
            throw CommandFailure(code: .usage, message: "vonggac: \(key): \(problem)")
        }
        return value
    }

    /// What is wrong with an answer; nil where nothing is.
    func problem(_ field: FormField, _ value: String) -> String? {
        guard !value.isEmpty else { return nil }
        switch field.kind {
        case .text:
            guard field.isPublicOnly else { return nil }
            let inner = value.split(whereSeparator: { $0 == "," || $0 == ";" || $0.isWhitespace }).first { part in
                IPAddress(part.split(separator: "/").first.map(String.init) ?? "")?.isPrivate ?? false
            }
            return inner.map {
                session.text(
                    "\($0) là địa chỉ nội bộ; mẫu chỉ cho phép IP công khai", "\($0) is an inner address; the form takes public ones only")
            }
        case .number:
            return Int(value) == nil
                ? session.text("cần một số nguyên, không phải “\(value)”", "expected a whole number, not \"\(value)\"") : nil
        case .choice, .choices:
            let codes = value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let known = field.choices.map(\.code)
            if field.kind == .choice, codes.count > 1 { return session.text("chỉ chọn một", "only one may be chosen") }
            return codes.first { !known.contains($0) }.map {
                session.text(
                    "“\($0)” không thuộc: \(known.joined(separator: ", "))", "\"\($0)\" is none of \(known.joined(separator: ", "))")
            }
        }
    }
}

extension FormPart {
    var field: FormField? { if case .field(let field) = self { field } else { nil } }
}

/// Asks for a form's fields at the terminal, one after the other. Each answer is kept at once: who breaks off goes on there later.
struct Questions {
    let session: Session
    let checker: AnswerChecker

    init(_ session: Session, _ checker: AnswerChecker) {
        self.session = session
        self.checker = checker
    }

    /// A person sits at the terminal.
    static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    func ask(_ fields: [FormField], known: [String: String], keep: (String, String) throws -> Void) throws {
        guard !fields.isEmpty else { return }
        session.complain(
            "Cần \(fields.count) mục. Enter: giữ như cũ hoặc bỏ qua; Ctrl-D: dừng, các câu trả lời đã được lưu.",
            "\(fields.count) field(s) to fill in. Enter keeps or skips; Ctrl-D stops, what was answered is kept.")
        for (index, field) in fields.enumerated() {
            while true {
                var prompt = "[\(index + 1)/\(fields.count)] \(field.name[session.language])\(field.isRequired ? " (*)" : "")"
                if let hint = field.hint { prompt += " – \(hint[session.language])" }
                if !field.choices.isEmpty {
                    prompt +=
                        "\n" + field.choices.enumerated().map { "   \($0 + 1)) \($1.name[session.language])" }.joined(separator: "\n")
                        + "\n" + session.text("   số thứ tự", "   number")
                        + (field.kind == .choices ? session.text(", cách nhau bằng dấu phẩy", ", with commas") : "")
                }
                if let value = known[field.key] { prompt += " [\(value)]" }
                write(DisplayText.lines(prompt) + ": ")
                guard let line = readLine() else { return write("\n") }
                let text = line.trimmingCharacters(in: .whitespaces)
                if text.isEmpty { break }
                let value = codes(field, text)
                if let problem = checker.problem(field, value) {
                    write("   \(problem)\n")
                    continue
                }
                try keep(field.key, value)
                break
            }
        }
    }

    /// Numbers of choices as their codes.
    private func codes(_ field: FormField, _ text: String) -> String {
        guard !field.choices.isEmpty else { return text }
        return text.split(separator: ",").map { part in
            let word = part.trimmingCharacters(in: .whitespaces)
            if field.choices.contains(where: { $0.code == word }) { return word }
            guard let number = Int(word), field.choices.indices.contains(number - 1) else { return word }
            return field.choices[number - 1].code
        }.joined(separator: ",")
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
