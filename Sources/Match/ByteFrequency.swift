import Bytes

/// How often bytes stand in traffic, roughly: what matters is only which part of a literal is searched for.
public enum ByteFrequency {
    /// From 1 (rare) to 10, by byte.
    static let costs: [UInt8] = (0...255).map { cost(UInt8($0)) }

    private static func cost(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x00, 0x20: 10
        case 0xff, 0x0a, 0x0d, 0x01: 7
        case 0x61, 0x65, 0x69, 0x6f, 0x74, 0x6e, 0x73, 0x72, 0x63: 6
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, 0x2e, 0x2f, 0x2d, 0x3a: 5
        case 0x21...0x7e: 3
        default: 2
        }
    }

    /// What stopping at every such byte of a text costs, in tenths of instructions per byte of text.
    static func instructions(_ byte: UInt8, _ ignoringCase: Bool) -> Int {
        let once =
            switch costs[Int(byte)] {
            case 10: 30
            case 6...9: 10
            case 4...5: 5
            case 3: 2
            default: 1
            }
        return ignoringCase && ASCII.isLetter(byte) ? 2 * once : once
    }

    /// Whether a buffer that begins near these bytes is likely to be one of very few: they are many enough, and not what many texts begin with.
    public static func areTelling(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 2 else { return false }
        if bytes.count >= 4, commonWindows.contains(folded(bytes, 0)) { return false }
        let known = bytes.prefix(8).map { Int(costs[Int($0)]) }.sorted().prefix(4)
        return known.reduce(0, +) + 10 * (4 - known.count) <= 24
    }

    /// How much finding these bytes tells: 1 for each byte that every text is full of, to 10 for a rare one, the best eight counted.
    public static func worth(_ bytes: [UInt8]) -> Int {
        bytes.map { 11 - Int(costs[Int($0)]) }.sorted(by: >).prefix(8).reduce(0, +)
    }

    /// Bytes that are worth less stand in too many texts to be searched for where there are others.
    public static let enoughWorth = 16

    /// Four bytes in one word, every bit 0x20 set: case is folded, and some other bytes with it.
    static func folded(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        var word: UInt32 = 0
        for index in 0..<4 { word |= UInt32(bytes[offset + index] | 0x20) << UInt32(8 * index) }
        return word
    }

    /// Windows that every other text holds.
    static let commonWindows: Set<UInt32> = Set(
        [
            "http", "ttp/", "tp/1", "p/1.", "/1.1", "host", "ost:", "st: ", "www.", ".com", "com/", "net/", ".net", "user", "gent", "agen",
            "mozi",
            "zill", "illa", "lla/", "acce", "ccep", "cept", "ept:", "cont", "onte", "nten", "tent", "ent-", "type", "text", "html", "file",
            "name", "post", "get ", "data", "form", "=\"ht", "://w", "s://", "p://", "leng", "engt", "ngth", "gth:", "conn", "nect", "appl",
            "plic", "tion", "imag", "wind", "dows", " nt ", "comp", "serv", "rver", ".php", ".htm", ".exe", ".dll", "this", "func",
        ].map { folded(Array($0.utf8), 0) })
}
