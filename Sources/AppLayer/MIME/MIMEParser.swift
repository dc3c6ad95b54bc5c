import Bytes
import Digest

/// Reads a mail as it arrives, line by line or in pieces of lines.
struct MIMEParser: ~Copyable {
    enum Flaw: Hashable { case longHeaderValue, invalidBase64, invalidQuotedPrintable, tooDeep }

    private enum Place { case headers, text, attachment, between }

    /// Most URLs kept of one mail, and the longest.
    private static let mostURLs = 256
    private static let longestURL = 2048
    private static let mostAttachments = 256

    let limits: ParserLimits
    /// The mail's own header fields.
    private(set) var headers: MIMEHeaders
    private(set) var hasHeaders = false
    private(set) var isDone = false
    /// URLs in texts, without their scheme.
    private(set) var urls: [[UInt8]] = []
    private(set) var attachments: [TransferredFile] = []
    private(set) var flaws: Set<Flaw> = []
    /// Lower-case hexadecimal, at the end.
    private(set) var bodyMD5: [UInt8] = []

    private var place = Place.headers
    private var partHeaders: MIMEHeaders
    /// Delimiters of the open multiparts, outermost first.
    private var boundaries: [[UInt8]] = []
    private var decoder = TransferDecoder(nil)
    private var text: [UInt8] = []
    private var headerLine: [UInt8] = []
    private var isLineStart = true
    private var bodyHash: Hash?

    init(limits: ParserLimits) {
        self.limits = limits
        headers = MIMEHeaders(limit: limits.mimeHeaderLimit)
        partHeaders = MIMEHeaders(limit: limits.mimeHeaderLimit)
        bodyHash = Hash(.md5)
    }

    /// - Parameters:
    ///   - piece: a line or a part of one, without its end.
    ///   - end: CRLF, LF, or nothing when the line goes on.
    mutating func feed(_ piece: RawSpan, end: RawSpan) {
        guard !isDone else { return }
        let isStart = isLineStart
        isLineStart = end.byteCount > 0
        if hasHeaders {
            bodyHash?.update(piece)
            bodyHash?.update(end)
        }
        if place == .headers {
            header(piece, isEnd: end.byteCount > 0)
            return
        }
        if isStart, piece.byteCount >= 2, piece.byte(at: 0) == 45, piece.byte(at: 1) == 45, boundary(piece) { return }
        switch place {
        case .text: append(text: decoder.decode(piece, end: end))
        case .attachment:
            let decoded = decoder.decode(piece, end: end)
            attachments.last?.append(decoded.rawSpan)
        case .headers, .between: break
        }
    }

    /// The mail is over. `isWhole` is false when it was cut.
    mutating func finish(isWhole: Bool) {
        guard !isDone else { return }
        if place == .headers, !headerLine.isEmpty { takeHeaderLine() }
        if !hasHeaders { headers = partHeaders }
        hasHeaders = true
        endPart(isWhole ? .closed : .truncated)
        isDone = true
        if let digest = bodyHash.take()?.finish() { bodyMD5 = Array(Hex.encoded(digest).utf8) }
    }

    // MARK: - Headers

    private mutating func header(_ piece: RawSpan, isEnd: Bool) {
        let room = limits.mimeHeaderLimit - headerLine.count
        if piece.byteCount > room { flaws.insert(.longHeaderValue) }
        headerLine += piece.prefix(room).copied()
        guard isEnd else { return }
        if headerLine.last == 13 { headerLine.removeLast() }
        guard headerLine.isEmpty else {
            // A delimiter among headers ends a part that has no body.
            let line = headerLine
            if hasHeaders, line.count > 2, line[0] == 45, line[1] == 45, boundary(line.rawSpan) {
                headerLine.removeAll()
                return
            }
            takeHeaderLine()
            return
        }
        beginBody()
    }

    private mutating func takeHeaderLine() {
        let line = headerLine
        headerLine.removeAll(keepingCapacity: true)
        partHeaders.append(line.rawSpan)
        if partHeaders.isOverLimit { flaws.insert(.longHeaderValue) }
    }

    private mutating func beginBody() {
        if !hasHeaders {
            headers = partHeaders
            hasHeaders = true
        }
        let type = MIMEParameters(partHeaders.first("content-type") ?? [])
        let disposition = MIMEParameters(partHeaders.first("content-disposition") ?? [])
        decoder = TransferDecoder(partHeaders.first("content-transfer-encoding"))
        text.removeAll(keepingCapacity: true)
        let delimiter = type["boundary"]
        if type.value.starts(with: "multipart/".utf8), !delimiter.isEmpty {
            if boundaries.count < limits.mimeDepth { boundaries.append(delimiter) } else { flaws.insert(.tooDeep) }
            place = .between
            return
        }
        var name = disposition["filename"]
        if name.isEmpty { name = type["name"] }
        if type.value.elementsEqual("message/rfc822".utf8) {
            // Its own name and encoding say nothing of what is inside (RFC 2046 §5.2.1 allows no encoding here).
            partHeaders = MIMEHeaders(limit: limits.mimeHeaderLimit)
            place = .headers
            return
        }
        if !name.isEmpty || disposition.value.elementsEqual("attachment".utf8), attachments.count < MIMEParser.mostAttachments {
            attachments.append(
                TransferredFile(direction: .toServer, name: name, limit: limits.requestBodyLimit, hashes: limits.fileHashes))
            place = .attachment
        } else {
            place = .text
        }
    }

    // MARK: - Parts

    /// Whether the line is the delimiter of an open multipart; if so, what it ends is ended.
    private mutating func boundary(_ line: RawSpan) -> Bool {
        for index in boundaries.indices.reversed() {
            let delimiter = boundaries[index]
            guard line.byteCount >= delimiter.count + 2 else { continue }
            let found = line.extracting(2..<2 + delimiter.count)
            guard found.equals(delimiter.rawSpan) else { continue }
            let rest = line.dropping(2 + delimiter.count)
            let isLast = rest.byteCount >= 2 && rest.byte(at: 0) == 45 && rest.byte(at: 1) == 45
            endPart(.closed)
            boundaries.removeSubrange((isLast ? index : index + 1)...)
            partHeaders = MIMEHeaders(limit: limits.mimeHeaderLimit)
            place = isLast ? .between : .headers
            return true
        }
        return false
    }

    private mutating func endPart(_ state: TransferredFile.State) {
        if place == .attachment {
            let rest = decoder.finish()
            if !rest.isEmpty { attachments.last?.append(rest.rawSpan) }
            attachments.last?.close(state)
        }
        if place == .text, !text.isEmpty { scanText() }
        if decoder.isDamaged { flaws.insert(decoder.encoding == .base64 ? .invalidBase64 : .invalidQuotedPrintable) }
        text.removeAll(keepingCapacity: true)
        place = .between
    }

    // MARK: - URLs

    private mutating func append(text decoded: [UInt8]) {
        for byte in decoded {
            if byte == 10 || text.count >= MIMEParser.longestURL * 2 {
                scanText()
                text.removeAll(keepingCapacity: true)
            }
            if byte != 10 { text.append(byte) }
        }
    }

    private mutating func scanText() {
        var at = 0
        while at + 7 < text.count, urls.count < MIMEParser.mostURLs {
            guard text[at] == 58, at >= 3, text[at + 1] == 47, text[at + 2] == 47, isScheme(before: at) else {
                at += 1
                continue
            }
            let start = at + 3
            var end = start
            while end < text.count, end - start < MIMEParser.longestURL, !isURLEnd(text[end]) { end += 1 }
            if end > start {
                let url = Array(text[start..<end])
                if !urls.contains(url) { urls.append(url) }
            }
            at = max(end, at + 1)
        }
    }

    /// Whether `http`, `https` or `ftp` ends at `end` of the text.
    private func isScheme(before end: Int) -> Bool {
        for scheme in ["https", "http", "ftp"] {
            let letters = Array(scheme.utf8)
            guard end >= letters.count else { continue }
            if text[(end - letters.count)..<end].lazy.map(ASCII.lowercased).elementsEqual(letters) { return true }
        }
        return false
    }

    private func isURLEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...32, 34, 39, 60, 62, 93, 127: true
        default: false
        }
    }
}
