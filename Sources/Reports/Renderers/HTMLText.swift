/// Text made safe for HTML content and attributes. Control characters and bidirectional overrides, which traffic may carry into a title,
/// are shown as `·`.
enum HTMLText {
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: result += "·"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
