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
        guard let data = Data(base64Encoded: encoded), let text = String(validating: data, as: UTF8.self) else {
            error("command_b64", "không phải base64 của văn bản UTF-8", "no base64 of UTF-8 text")
            return ""
        }
        return text
    }
}
