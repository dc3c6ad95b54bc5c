import Bytes
import Trust

/// `variable-type-ov` (CACAO 10.18.4): what a value of each type looks like.
public enum VariableType {
    public static let all = [
        "bool", "dictionary", "float", "hexstring", "integer", "ipv4-addr", "ipv6-addr", "long", "mac-addr", "hash", "md5-hash",
        "sha256-hash",
        "string", "uri", "uuid",
    ]

    /// Whether a value is of a type; nil for types that CACAO does not know.
    public static func fits(_ text: String, _ type: String) -> Bool? {
        switch type {
        case "bool": return text == "true" || text == "false"
        case "integer": return Int32(text) != nil || Int64(text) != nil
        case "long": return Int64(text) != nil
        case "float": return (Double(text)?.isFinite ?? false) && text.first?.isLetter != true
        case "string": return true
        case "dictionary":
            guard let value = try? JSONValue(parsing: text), case .object = value else { return false }
            return true
        case "hexstring": return !text.isEmpty && text.utf8.count % 2 == 0 && isHex(text)
        case "ipv4-addr": return isAddress(text, version6: false)
        case "ipv6-addr": return isAddress(text, version6: true)
        case "mac-addr":
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count == 6 && parts.allSatisfy { $0.utf8.count == 2 && isHex($0) }
        case "hash": return text.utf8.count >= 16 && text.utf8.count <= 256 && isHex(text)
        case "md5-hash": return text.utf8.count == 32 && isHex(text)
        case "sha256-hash": return text.utf8.count == 64 && isHex(text)
        case "uri": return text.contains(":") && text.first?.isLetter == true && !text.contains { $0.isWhitespace }
        case "uuid": return Identifier("uuid--" + text) != nil
        default: return nil
        }
    }

    private static func isHex(_ text: some StringProtocol) -> Bool { text.allSatisfy { $0.isASCII && $0.isHexDigit } }

    /// One address, or a block of them.
    private static func isAddress(_ text: String, version6: Bool) -> Bool {
        guard text.contains(":") == version6 else { return false }
        return text.contains("/") ? IPPrefix(text) != nil : IPAddress(text) != nil
    }
}
