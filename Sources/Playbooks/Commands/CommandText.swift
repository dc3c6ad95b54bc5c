import Foundation

extension ObjectReader {
    /// `command`, or `command_b64` decoded (CACAO 5).
    mutating func commandText() -> String {
        if let text = text("command") {
            if value("command_b64") != nil {
                error("command_b64", "chỉ dùng một trong command và command_b64", "only one of command and command_b64 may be given")
            }
            return text
        }
        guard let encoded = text("command_b64") else {
            error("command", "thiếu command hoặc command_b64", "command or command_b64 is missing")
            return ""
        }
        guard let data = Base64.decode(encoded), let text = String(validating: data, as: UTF8.self) else {
            error("command_b64", "không phải base64 của văn bản UTF-8", "no base64 of UTF-8 text")
            return ""
        }
        return text
    }

    /// What a person can read of a command, whatever it is: its text, decoded where that gives text, else its description.
    mutating func readableText() -> String {
        func decoded(_ encoded: String?) -> String? {
            encoded.map { text in Base64.decode(text).flatMap { String(validating: $0, as: UTF8.self) } ?? text }
        }
        var parts: [String] = []
        if let text = text("command"), !text.isEmpty {
            parts.append(text)
        } else if let text = decoded(text("command_b64")) {
            parts.append(text)
        }
        for (name, values) in objects("headers") {
            parts.append("\(name): " + (values.elements ?? [values]).compactMap(\.text).joined(separator: ", "))
        }
        if let text = text("content") ?? decoded(text("content_b64")) { parts.append(text) }
        return parts.isEmpty ? text("description") ?? "" : parts.joined(separator: "\n")
    }

    /// `content`, or `content_b64` decoded.
    mutating func contentText() -> String? {
        if let text = text("content") {
            if value("content_b64") != nil {
                error("content_b64", "chỉ dùng một trong content và content_b64", "only one of content and content_b64 may be given")
            }
            return text
        }
        guard let encoded = text("content_b64") else { return nil }
        guard let data = Base64.decode(encoded), let text = String(validating: data, as: UTF8.self) else {
            error("content_b64", "không phải base64 của văn bản UTF-8", "no base64 of UTF-8 text")
            return nil
        }
        return text
    }
}
