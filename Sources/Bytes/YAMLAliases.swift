/// A bound on YAML's aliases: a few lines of aliases of aliases stand for more values than memory holds, and where they stand as keys,
/// a reader of YAML looks at every one of them before anybody can count.
public enum YAMLAliases {
    /// Most bytes that a text may stand for.
    private static let largest = 1 << 30

    /// Whether a text refers to its own anchors so seldom that it cannot stand for too much: n aliases make it at most 3^(n / 3) times
    /// as long.
    public static func areFew(in text: String) -> Bool {
        let bytes = Array(text.utf8)
        var anchors: Set<ArraySlice<UInt8>> = []
        var aliases: [ArraySlice<UInt8>] = []
        var at = 0
        while at < bytes.count {
            let mark = bytes[at]
            let isStart = at == 0 || !isName(bytes[at - 1])
            at += 1
            guard isStart, mark == 38 || mark == 42 else { continue }
            let start = at
            while at < bytes.count, isName(bytes[at]) { at += 1 }
            if mark == 38 { anchors.insert(bytes[start..<at]) } else { aliases.append(bytes[start..<at]) }
        }
        var size = bytes.count
        for (index, _) in aliases.lazy.filter({ anchors.contains($0) }).enumerated() where index % 3 == 0 {
            size *= 3
            if size > largest { return false }
        }
        return true
    }

    /// What may stand in the name of an anchor.
    private static func isName(_ byte: UInt8) -> Bool { ASCII.isDigit(byte) || ASCII.isLetter(byte) || byte == 45 || byte == 95 }
}
