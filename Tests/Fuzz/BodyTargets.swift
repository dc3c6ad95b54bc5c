import Bytes

@testable import AppLayer

/// What bodies are wrapped in, content codings, one around the other, and MIME; and descriptions of sessions.
enum BodyTargets {
    /// Input: a byte for each of two codings (0-4; 4 for none) and one for the pieces' length, then the body.
    static func codings(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        var limits = ParserLimits()
        limits.decompressionLimit = 256 << 10
        limits.lzmaMemoryLimit = 1 << 20
        let codings: [BodyDecoders.Coding] = [.gzip, .deflate, .brotli, .lzma]
        var decoders = BodyDecoders()
        var layers = 0
        for _ in 0..<2 {
            let choice = Int(input.byte()) % 5
            guard choice < 4 else { continue }
            decoders.add(codings[choice], limits)
            layers += 1
        }
        let size = Int(input.byte()) + 1
        let body = input.all()
        var made: UInt64 = 0
        var at = 0
        while at < body.count {
            let piece = Array(body[at..<min(at + size, body.count)])
            decoders.decode(piece.rawSpan) { made += UInt64($0.byteCount) }
            at += size
        }
        // Data that are not of the coding come out as they are, besides what the coding made.
        if made > limits.decompressionLimit + UInt64(body.count) { fail("\(made) bytes came out of \(body.count)") }
        _ = decoders.hasFailed
        for format in [WholeInflate.Format.gzip, .zlib] {
            if let whole = WholeInflate.decompressed(body.rawSpan, format, limit: 4096), whole.count > 4096 { fail("over the limit") }
        }
    }

    /// Input: a byte of choices, then a mail; its lines end with LF, and the choices say how long a piece of a line may be.
    static func mail(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        var limits = ParserLimits()
        limits.fileHashes = [.md5]
        if choices & 1 != 0 {
            limits.mimeHeaderLimit = 64
            limits.mimeDepth = 2
        }
        let longest = choices & 2 != 0 ? 7 : 998
        var parser = MIMEParser(limits: limits)
        let text = input.all()
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            var rest = line
            let end: [UInt8] = rest.last == 13 ? [13, 10] : [10]
            if end.count == 2 { rest.removeLast() }
            while rest.count > longest {
                parser.feed(Array(rest.prefix(longest)).rawSpan, end: RawSpan())
                rest = rest.dropFirst(longest)
            }
            parser.feed(Array(rest).rawSpan, end: end.rawSpan)
        }
        parser.finish(isWhole: choices & 4 != 0)
        if parser.attachments.count > 256 || parser.urls.count > 256 { fail("no bound of attachments or addresses") }
        let headers = parser.headers.first("subject")
        if let headers, headers.count > limits.mimeHeaderLimit { fail("a header field over the limit") }
    }

    /// Input: what describes a session (SDP).
    static func sessionDescription(_ bytes: [UInt8]) {
        guard let session = SessionDescription(bytes.rawSpan) else { return }
        var held = 0
        for field in SIPParser.descriptor.buffers { for value in session.values(field.id) { held += value.count } }
        if held > SessionDescription.limit { fail("\(held) bytes of values out of \(bytes.count)") }
        var json = JSONWriter()
        json.beginObject()
        session.write(&json)
        json.endObject()
        EVETarget.check(json.buffer.bytes.copied())
    }
}
