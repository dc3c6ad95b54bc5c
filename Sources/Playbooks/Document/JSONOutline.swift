import Trust

/// Lines and order of a JSON text that ``JSONValue`` has read without complaint: what is left to find is where things stand.
struct JSONOutline {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1

    /// - Throws: ``JSONSyntaxError``; the offset is in bytes.
    static func read(_ text: String) throws(JSONSyntaxError) -> DocumentNode {
        _ = try JSONValue(parsing: text)
        var outline = JSONOutline(bytes: Array(text.utf8))
        return try outline.node()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while offset < bytes.count, isSkipped(bytes[offset]) {
            if bytes[offset] == 0x0a { line += 1 }
            offset += 1
        }
    }

    private mutating func skipSpace() { skip { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 } }

    private var next: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private mutating func node() throws(JSONSyntaxError) -> DocumentNode {
        skipSpace()
        let start = line
        switch next {
        case UInt8(ascii: "{"):
            offset += 1
            var members: [DocumentNode.Member] = []
            while true {
                skip { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 || $0 == UInt8(ascii: ",") }
                guard next == UInt8(ascii: "\"") else { break }
                let here = line
                let name = try scalar().text ?? ""
                skip { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 || $0 == UInt8(ascii: ":") }
                members.append(DocumentNode.Member(name: name, line: here, value: try node()))
            }
            offset += 1
            return DocumentNode(line: start, content: .object(members))
        case UInt8(ascii: "["):
            offset += 1
            var nodes: [DocumentNode] = []
            while true {
                skip { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 || $0 == UInt8(ascii: ",") }
                guard offset < bytes.count, next != UInt8(ascii: "]") else { break }
                nodes.append(try node())
            }
            offset += 1
            return DocumentNode(line: start, content: .array(nodes))
        default: return DocumentNode(line: start, content: .scalar(try scalar()))
        }
    }

    private mutating func scalar() throws(JSONSyntaxError) -> JSONValue {
        let start = offset
        if next == UInt8(ascii: "\"") {
            offset += 1
            while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") { offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1 }
            offset += 1
        } else {
            while offset < bytes.count, !" \t\r\n,]}".utf8.contains(bytes[offset]) { offset += 1 }
        }
        offset = min(offset, bytes.count)
        return try JSONValue(parsing: bytes[start..<offset])
    }
}
