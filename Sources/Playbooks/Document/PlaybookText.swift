import Foundation
import Trust

/// A playbook's file: JSON, or YAML that says the same.
public enum PlaybookText {
    /// More than any playbook: a file this big is something else.
    public static let largest = 8 << 20

    /// - Throws: ``PlaybookFileError``.
    public static func load(_ path: String) throws(PlaybookFileError) -> DocumentNode { try parse(text(of: path), path: path) }

    /// The text of a file, when it is one and not too large.
    public static func text(of path: String) throws(PlaybookFileError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .missing(path: path) }
        guard !isFolder.boolValue, let file = FileHandle(forReadingAtPath: path) else { throw .unreadable(path: path) }
        defer { try? file.close() }
        var data = Data()
        do {
            // Devices and pipes have no size beforehand.
            while data.count <= largest, let part = try file.read(upToCount: 1 << 16), !part.isEmpty { data += part }
        } catch { throw .unreadable(path: path) }
        guard data.count <= largest else { throw .tooLarge(path: path) }
        guard let text = String(validating: data, as: UTF8.self) else { throw .syntax(path: path, problem: "not UTF-8 text") }
        return text
    }

    public static func isJSON(_ text: String) -> Bool { text.first { !$0.isWhitespace && $0 != "\u{feff}" } == "{" }

    public static func parse(_ text: String, path: String) throws(PlaybookFileError) -> DocumentNode {
        guard text.utf8.count <= largest else { throw .tooLarge(path: path) }
        let text = text.first == "\u{feff}" ? String(text.dropFirst()) : text
        guard isJSON(text) else { return try YAMLOutline.read(text, path: path) }
        do throws(JSONSyntaxError) {
            return try JSONOutline.read(text)
        } catch {
            // A flow mapping of YAML begins with a brace as well.
            if !path.hasSuffix(".json"), let node = try? YAMLOutline.read(text, path: path), case .object(let members) = node.content,
                members.contains(where: { $0.name == "type" })
            {
                return node
            }
            throw .syntax(path: path, problem: place(error, in: text))
        }
    }

    private static func place(_ error: JSONSyntaxError, in text: String) -> String {
        let line = text.utf8.prefix(error.offset).reduce(1) { $0 + ($1 == 0x0a ? 1 : 0) }
        return "line \(line): \(error.problem)"
    }
}
