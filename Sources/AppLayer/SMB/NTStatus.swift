/// Status values of Windows ([MS-ERREF] §2.3.1).
enum NTStatus {
    static let success: UInt32 = 0
    static let pending: UInt32 = 0x103
    static let bufferOverflow: UInt32 = 0x8000_0005
    static let endOfFile: UInt32 = 0xc000_0011

    private static let names: [UInt32: String] = {
        var names: [UInt32: String] = [:]
        for text in [lowNames, highNames] {
            var code: UInt32?
            for word in text.split(whereSeparator: \.isWhitespace) {
                if let number = code {
                    names[number] = word.first == "=" ? String(word.dropFirst()) : "STATUS_" + word
                    code = nil
                } else {
                    code = UInt32(word, radix: 16)
                }
            }
        }
        return names
    }()

    /// The name, such as `STATUS_ACCESS_DENIED`; the number in decimal where it has none.
    static func name(_ status: UInt32) -> String { names[status] ?? String(status) }
}
