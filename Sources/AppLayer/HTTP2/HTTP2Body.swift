import Bytes

/// The data of one side of a stream: decoded, kept as a file, and as a DNS message where it is one.
struct HTTP2Body {
    private static let longestMessage = 65535

    private var decoders = BodyDecoders()
    private var file: TransferredFile?
    /// A DNS message as far as it has come; nil when the content is something else.
    private var message: [UInt8]?
    private var isMessageTooLong = false
    private var hasEncoding = false

    /// The first Content-Encoding of the side decides.
    mutating func setEncoding(_ value: [UInt8], _ limits: ParserLimits) {
        guard !hasEncoding else { return }
        hasEncoding = true
        switch String(decoding: value, as: UTF8.self) {
        case "gzip": decoders.add(.gzip, limits)
        case "deflate": decoders.add(.deflate, limits)
        case "br": decoders.add(.brotli, limits)
        default: break
        }
    }

    /// The side's content type is `application/dns-message`.
    mutating func expectMessage() { if message == nil { message = [] } }

    mutating func append(_ bytes: RawSpan, _ direction: FlowDirection, _ transaction: HTTP2Transaction, _ limits: ParserLimits) {
        let target: TransferredFile
        if let file {
            target = file
        } else {
            let limit = direction == .toServer ? limits.requestBodyLimit : limits.responseBodyLimit
            target = TransferredFile(direction: direction, name: [], limit: limit, hashes: limits.fileHashes)
            file = target
            transaction.files.append(target)
        }
        guard bytes.byteCount > 0 else { return }
        var decoded: [UInt8]? = message == nil ? nil : []
        decoders.decode(bytes) { piece in
            target.append(piece)
            if decoded != nil { decoded? += piece.copied() }
        }
        if decoders.hasFailed { transaction.raise(.failedDecompression) }
        guard let decoded, let held = message else { return }
        if held.count + decoded.count > HTTP2Body.longestMessage {
            if !isMessageTooLong { transaction.raise(direction == .toServer ? .dnsRequestTooLong : .dnsResponseTooLong) }
            isMessageTooLong = true
        } else {
            message = held + decoded
        }
    }

    /// The side has ended; gives its DNS message where it has one.
    mutating func end() -> [UInt8]? {
        file?.close(.closed)
        defer { message = nil }
        return isMessageTooLong ? nil : message
    }

    /// The connection is over before the side was.
    func cut() { file?.close(.truncated) }
}
