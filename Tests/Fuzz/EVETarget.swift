import Bytes
import Trust

/// Bytes from the wire as values of EVE: always one line of valid JSON in UTF-8, no name twice.
enum EVETarget {
    static func check(_ line: [UInt8]) {
        if line.contains(10) { fail("a line end inside of an event") }
        do {
            _ = try JSONValue(parsing: line)
        } catch {
            fail("\(error) in \(String(decoding: line, as: UTF8.self))")
        }
    }

    static func run(_ bytes: [UInt8]) {
        var json = JSONWriter()
        json.beginObject()
        json.key("text")
        json.string(bytes)
        json.key("string")
        json.string(String(decoding: bytes, as: UTF8.self))
        json.key("printable")
        json.printable(bytes.rawSpan)
        json.key("hex")
        json.hex(bytes.rawSpan, separator: 58)
        json.key("base64")
        json.base64(bytes.rawSpan)
        json.key("object")
        json.beginObject()
        json.key(dynamic: String(decoding: bytes, as: UTF8.self))
        json.number(UInt64(bytes.count))
        json.endObject()
        json.endObject()
        check(json.buffer.bytes.copied())
    }
}
