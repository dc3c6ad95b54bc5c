import Bytes

/// HTTP/2 (RFC 9113) in the clear: by prior knowledge, or after an upgrade from HTTP/1.
///
/// Frames are read whole, up to ``mostFrameBytes``. A stream is a transaction; a frame of stream 0 is one of its own.
public final class HTTP2Parser: ProtocolParser {
    static let preface: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// Longer frames are read as far as they have come, and the rest passed by.
    private static let mostFrameBytes = 65536
    private static let leastFrameBytes = 256

    /// A header block of which the end is to come in CONTINUATION frames.
    private struct Block {
        var streamID: UInt32
        var bytes: [UInt8]
    }

    private final class Side {
        /// Bytes of an over-long frame still to be passed by.
        var skip = 0
        /// The stream whose data they are, and whether it ends with them.
        var skipped: (transaction: HTTP2Transaction, header: HTTP2FrameHeader)?
        var decoder: HPACKDecoder
        var block: Block?

        init(_ limits: HTTP2Limits) { decoder = HPACKDecoder(mostTableBytes: limits.tableBytes) }
    }

    let limits: ParserLimits
    private let client: Side
    private let server: Side
    private var sawPreface = false
    /// Where the frame at hand begins in the bytes at hand.
    private var position = 0
    /// Streams up to this one have begun.
    private var lastStream: UInt32 = 0

    public init(limits: ParserLimits) {
        self.limits = limits
        client = Side(limits.http2)
        server = Side(limits.http2)
        super.init(.http2)
    }

    private enum Frame: UInt8 { case hdr, data, pdu }

    private func side(_ direction: FlowDirection) -> Side { direction == .toServer ? client : server }

    // MARK: bytes

    public override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        if direction == .toServer, !sawPreface {
            guard bytes.byteCount >= HTTP2Parser.preface.count else { return ConsumeResult(consumed: 0) }
            sawPreface = true
            if bytes.prefix(HTTP2Parser.preface.count).equals(HTTP2Parser.preface.rawSpan) {
                offset = HTTP2Parser.preface.count
            } else {
                raise(.invalidClientMagic)
            }
        }
        while offset < bytes.byteCount {
            position = offset
            let taken = step(bytes.dropping(offset), direction, time)
            if taken == 0 { break }
            offset += taken
        }
        return ConsumeResult(consumed: offset)
    }

    /// Reads one frame, or passes by what is left of a long one; 0 when more bytes are needed.
    private func step(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) -> Int {
        let left = side(direction).skip
        if left > 0 {
            let count = min(left, bytes.byteCount)
            passBy(bytes.prefix(count), direction, time)
            return count
        }
        guard let header = HTTP2FrameHeader(bytes) else { return 0 }
        let content = bytes.dropping(HTTP2FrameHeader.size)
        let there = min(header.length, content.byteCount)
        let isWhole = there == header.length
        if !isWhole {
            guard header.length >= HTTP2Parser.mostFrameBytes, there >= HTTP2Parser.leastFrameBytes else { return 0 }
        }
        // An acknowledgement of settings says nothing.
        if header.length == 0, header.type == HTTP2FrameType.settings { return HTTP2FrameHeader.size }
        frame(header, content.prefix(there), isWhole: isWhole, direction, time)
        return HTTP2FrameHeader.size + there
    }

    private func passBy(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) {
        let side = side(direction)
        side.skip -= bytes.byteCount
        let skipped = side.skipped
        if side.skip == 0 { side.skipped = nil }
        guard let skipped else { return }
        body(bytes, skipped.header, isLast: side.skip == 0, direction, skipped.transaction, time)
    }

    /// On the last transaction, which is what the damage follows.
    private func raise(_ event: HTTP2Fields.Event) {
        if let last = transactions.last {
            last.raise(event.rawValue)
        } else if !events.contains(event.rawValue) {
            events.append(event.rawValue)
        }
    }

    // MARK: frames

    private func frame(_ header: HTTP2FrameHeader, _ content: RawSpan, isWhole: Bool, _ direction: FlowDirection, _ time: Timestamp) {
        if !isWhole {
            raise(.longFrameData)
            side(direction).skip = header.length - content.byteCount
        }
        var record = HTTP2FrameRecord(type: header.type, content: .none)
        var entries: [HPACKEntry]?
        var streamID = header.streamID
        switch header.type {
        case HTTP2FrameType.goAway:
            if content.byteCount < 4 { raise(.invalidFrameLength) } else { record.content = .error(content.uint32(at: 0)) }
        case HTTP2FrameType.settings:
            let settings = HTTP2Setting.list(content)
            apply(settings, direction)
            record.content = .settings(settings)
        case HTTP2FrameType.resetStream:
            if content.byteCount != 4 { raise(.invalidFrameLength) } else { record.content = .error(content.uint32(at: 0)) }
        case HTTP2FrameType.priority:
            if content.byteCount != 5 { raise(.invalidFrameLength) } else { record.content = .priority(content.byte(at: 4)) }
        case HTTP2FrameType.windowUpdate:
            if content.byteCount != 4 {
                raise(.invalidFrameLength)
            } else {
                record.content = .windowIncrement(content.uint32(at: 0) & 0x7fff_ffff)
            }
        case HTTP2FrameType.headers, HTTP2FrameType.pushPromise, HTTP2FrameType.continuation:
            guard let block = headerBlock(header, content, isWhole: isWhole, direction) else { break }
            if let promised = block.promised { streamID = promised }
            entries = block.entries
            record.content = .headers(0..<0, priority: block.weight)
        default: break
        }
        if header.type == HTTP2FrameType.continuation, direction == .toClient {
            streamID = stream(header.streamID)?.promisedStream ?? streamID
        }
        let transaction = open(header, streamID, direction, time)
        frame(Frame.hdr, at: position, length: HTTP2FrameHeader.size, direction, of: transaction.id)
        frame(Frame.data, at: position + HTTP2FrameHeader.size, length: header.length, direction, of: transaction.id)
        frame(Frame.pdu, at: position, length: HTTP2FrameHeader.size + header.length, direction, of: transaction.id)
        if let entries {
            let range = transaction.add(entries, direction)
            record.content = .headers(range, priority: record.weight)
            headersCame(entries, direction, transaction, time)
            if !entries.isEmpty { transaction.noteHeaders(direction) }
        }
        advance(header, streamID, direction, transaction)
        transaction.add(record, direction)
        guard header.type == HTTP2FrameType.data, header.streamID != 0 else {
            if header.type == HTTP2FrameType.headers, header.flags.contains(.endStream) { end(direction, transaction, time) }
            return
        }
        if !isWhole { side(direction).skipped = (transaction, header) }
        let data = header.flags.contains(.padded) ? HTTP2Parser.unpadded(content) : content
        body(data, header, isLast: isWhole, direction, transaction, time)
    }

    /// What SETTINGS say about header compression holds for the other side's blocks.
    private func apply(_ settings: [HTTP2Setting], _ direction: FlowDirection) {
        for setting in settings where setting.id == HTTP2Setting.headerTableSize {
            side(direction.reversed).decoder.setCapacity(UInt64(setting.value))
        }
    }

    /// Takes the padding off (RFC 9113 §6.1); the content as it is where the padding is longer than all of it.
    @_lifetime(copy content)
    private static func unpadded(_ content: RawSpan) -> RawSpan {
        guard content.byteCount > 0 else { return content }
        let padding = Int(content.byte(at: 0))
        guard padding < content.byteCount else { return content.dropping(content.byteCount) }
        return content.extracting(1..<content.byteCount - padding)
    }

    /// Progress of the stream, and of a promised one.
    private func advance(_ header: HTTP2FrameHeader, _ streamID: UInt32, _ direction: FlowDirection, _ transaction: HTTP2Transaction) {
        switch header.type {
        case HTTP2FrameType.pushPromise where direction == .toClient:
            if !header.flags.contains(.endHeaders) { transaction.promisedStream = streamID }
            transaction.moveTo(.reserved)
        case HTTP2FrameType.continuation where direction == .toClient && header.flags.contains(.endHeaders):
            transaction.promisedStream = nil
        case HTTP2FrameType.headers, HTTP2FrameType.resetStream: transaction.promisedStream = nil
        default: break
        }
        transaction.note(header, direction)
    }

    // MARK: headers

    /// The entries of a header block that is whole with this frame. Nil while it is not, or when it cannot be read.
    private func headerBlock(_ header: HTTP2FrameHeader, _ content: RawSpan, isWhole: Bool, _ direction: FlowDirection) -> (
        entries: [HPACKEntry], weight: UInt8?, promised: UInt32?
    )? {
        var rest = content
        var weight: UInt8?
        var promised: UInt32?
        if header.type != HTTP2FrameType.continuation, header.flags.contains(.padded) { rest = HTTP2Parser.unpadded(rest) }
        if header.type == HTTP2FrameType.headers, header.flags.contains(.priority) {
            guard rest.byteCount >= 5 else { return invalid(isWhole) }
            weight = rest.byte(at: 4)
            rest = rest.dropping(5)
        }
        if header.type == HTTP2FrameType.pushPromise {
            guard rest.byteCount >= 4 else { return invalid(isWhole) }
            promised = rest.uint32(at: 0) & 0x7fff_ffff
            rest = rest.dropping(4)
        }
        let side = side(direction)
        if header.type == HTTP2FrameType.continuation {
            guard var block = side.block, block.streamID == header.streamID else {
                side.block = nil
                raise(.invalidFrameData)
                return nil
            }
            guard block.bytes.count + rest.byteCount <= limits.http2.blockBytes else {
                side.block = nil
                raise(.reassemblyLimitReached)
                return nil
            }
            block.bytes += rest.copied()
            side.block = block
        } else if header.flags.contains(.endHeaders) || !isWhole {
            side.block = nil
        } else {
            side.block = Block(streamID: header.streamID, bytes: rest.copied())
        }
        guard header.flags.contains(.endHeaders) || !isWhole else { return ([], weight, promised) }
        let result: (entries: [HPACKEntry], isTruncated: Bool)
        if let block = side.block {
            result = side.decoder.decode(block.bytes.rawSpan)
            side.block = nil
        } else {
            result = side.decoder.decode(rest)
        }
        if result.isTruncated, isWhole { raise(.invalidFrameData) }
        return (result.entries, weight, promised)
    }

    private func invalid(_ isWhole: Bool) -> (entries: [HPACKEntry], weight: UInt8?, promised: UInt32?)? {
        if isWhole { raise(.invalidFrameData) }
        return nil
    }

    private func headersCame(_ entries: [HPACKEntry], _ direction: FlowDirection, _ transaction: HTTP2Transaction, _ time: Timestamp) {
        var authority: [UInt8]?
        var host: [UInt8]?
        var path: [UInt8]?
        var wantsMessage = false
        for entry in entries {
            switch entry {
            case .invalid(let flaw): transaction.raise(flaw == .integerOverflow ? .headerIntegerOverflow : .invalidHeader)
            case .sizeUpdate: break
            case .field(let field):
                let value = field.value.bytes
                switch String(decoding: field.name.bytes.prefix(20).map(ASCII.lowercased), as: UTF8.self) {
                case "content-encoding":
                    if direction == .toServer {
                        transaction.bodies.toServer.setEncoding(value, limits)
                    } else {
                        transaction.bodies.toClient.setEncoding(value, limits)
                    }
                case "accept": wantsMessage = wantsMessage || HTTP2Parser.isMessageType(value)
                case "content-type" where HTTP2Parser.isMessageType(value):
                    if direction == .toServer {
                        transaction.bodies.toServer.expectMessage()
                    } else {
                        transaction.bodies.toClient.expectMessage()
                    }
                case ":path": path = value
                case ":authority":
                    authority = value
                    // RFC 9113 §8.3.1 forbids user information here.
                    if value.contains(64) { transaction.raise(.userinfoInURI) }
                case "host": host = value
                default: break
                }
            }
        }
        if let authority, let host, authority.map(ASCII.lowercased) != host.map(ASCII.lowercased) {
            transaction.raise(.authorityHostMismatch)
        }
        if direction == .toServer, wantsMessage, let path, let message = HTTP2Parser.question(in: path) {
            take(message, .toServer, transaction, time)
        }
    }

    private static func isMessageType(_ value: [UInt8]) -> Bool { value.elementsEqual(Array("application/dns-message".utf8)) }

    // MARK: DNS

    /// The DNS message in the target of a GET (RFC 8484 §4.1.1).
    private static func question(in path: [UInt8]) -> [UInt8]? {
        let start = Array("/dns-query?dns=".utf8)
        guard path.starts(with: start) else { return nil }
        var text = path[start.count...].prefix { $0 != 38 && $0 != 61 }.map { $0 == 45 ? 43 : $0 == 95 ? 47 : $0 }
        while text.count % 4 != 0 { text.append(61) }
        return Base64.decoded(text.rawSpan)
    }

    /// A DNS message makes the connection one of DNS over HTTP/2.
    private func take(_ bytes: [UInt8], _ direction: FlowDirection, _ transaction: HTTP2Transaction, _ time: Timestamp) {
        let span = bytes.rawSpan
        guard let header = DNSHeader(span), header.fits(span.byteCount), header.isResponse == (direction == .toClient),
            let message = DNSMessage(span)
        else { return }
        let inner = DNSTransaction(id: transaction.id, startTime: time, message: message, direction: direction)
        if direction == .toServer { transaction.dns.toServer = inner } else { transaction.dns.toClient = inner }
        appProtocol = .doh2
    }

    // MARK: data

    private func body(
        _ bytes: RawSpan, _ header: HTTP2FrameHeader, isLast: Bool, _ direction: FlowDirection, _ transaction: HTTP2Transaction,
        _ time: Timestamp
    ) {
        if direction == .toServer {
            transaction.bodies.toServer.append(bytes, direction, transaction, limits)
        } else {
            transaction.bodies.toClient.append(bytes, direction, transaction, limits)
        }
        if isLast, header.flags.contains(.endStream) { end(direction, transaction, time) }
    }

    /// One side of a stream has ended.
    private func end(_ direction: FlowDirection, _ transaction: HTTP2Transaction, _ time: Timestamp) {
        let message = direction == .toServer ? transaction.bodies.toServer.end() : transaction.bodies.toClient.end()
        if let message { take(message, direction, transaction, time) }
    }

    // MARK: streams

    private func stream(_ id: UInt32) -> HTTP2Transaction? {
        for case let transaction as HTTP2Transaction in transactions.reversed() where transaction.streamID == id { return transaction }
        return nil
    }

    private func newTransaction(_ streamID: UInt32, _ time: Timestamp) -> HTTP2Transaction {
        let transaction = HTTP2Transaction(id: nextTransactionID, startTime: time, streamID: streamID)
        nextTransactionID += 1
        transactions.append(transaction)
        return transaction
    }

    /// The transaction that a frame belongs to.
    private func open(_ header: HTTP2FrameHeader, _ streamID: UInt32, _ direction: FlowDirection, _ time: Timestamp) -> HTTP2Transaction {
        guard streamID != 0 else { return newTransaction(0, time) }
        let isAfterword =
            header.type == HTTP2FrameType.resetStream || header.type == HTTP2FrameType.windowUpdate
            || header.type == HTTP2FrameType.priority
        if let known = stream(streamID) {
            // These may still come for a short while (RFC 9113 §5.1).
            if known.state == .closed, !isAfterword { raise(.streamIDReuse) }
            return known
        }
        if transactions.count > limits.http2.streams, let oldest = transactions.first(where: { !$0.isComplete }) as? HTTP2Transaction {
            oldest.raise(.tooManyStreams)
            oldest.moveTo(.closed)
        }
        let transaction = newTransaction(streamID, time)
        // What follows a stream that is over and forgotten opens nothing.
        if isAfterword, header.type != HTTP2FrameType.priority, streamID <= lastStream { transaction.moveTo(.closed) }
        lastStream = max(lastStream, streamID)
        return transaction
    }

    /// The request that a client sent in HTTP/1 when it asked for HTTP/2 (RFC 7540 §3.2): it becomes stream 1.
    func begin(with request: HTTP1Transaction, time: Timestamp) {
        // Where the request was not seen there is nothing to begin with.
        guard request.hasRequest else { return }
        let transaction = newTransaction(1, time)
        lastStream = 1
        func add(_ name: [UInt8], _ value: [UInt8]) {
            let range = transaction.add([.field(HPACKField(name: HPACKText(name), value: HPACKText(value)))], .toServer)
            transaction.add(HTTP2FrameRecord(type: HTTP2FrameType.headers, content: .headers(range, priority: nil)), .toServer)
        }
        add(Array(":method".utf8), request.method)
        add(Array(":path".utf8), request.target)
        for index in request.requestHeaders.fields.indices {
            let name = request.requestHeaders.name(index)
            let value = request.requestHeaders.fieldValue(index)
            switch String(decoding: name.map(ASCII.lowercased), as: UTF8.self) {
            case "http2-settings": takeSettings(value, time)
            case "host": add(Array(":authority".utf8), value)
            default: add(name, value)
            }
        }
        transaction.moveTo(.clientDone)
    }

    private func takeSettings(_ value: [UInt8], _ time: Timestamp) {
        var text = value.filter { $0 != 61 }.map { $0 == 45 ? 43 : $0 == 95 ? 47 : $0 }
        while text.count % 4 != 0 { text.append(61) }
        guard let bytes = Base64.decoded(text.rawSpan) else { return raise(.invalidHTTP1Settings) }
        if bytes.count % 6 != 0 { raise(.invalidHTTP1Settings) }
        let settings = HTTP2Setting.list(bytes.rawSpan)
        apply(settings, .toServer)
        let transaction = newTransaction(0, time)
        transaction.add(HTTP2FrameRecord(type: HTTP2FrameType.settings, content: .settings(settings)), .toServer)
    }

    // MARK: ends

    /// What was lost may have held parts of header compression, without which nothing that follows can be read.
    public override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { false }

    public override func end(_ direction: FlowDirection, time: Timestamp) {
        for case let transaction as HTTP2Transaction in transactions {
            if direction == .toServer { transaction.bodies.toServer.cut() } else { transaction.bodies.toClient.cut() }
        }
    }
}

extension HTTP2Parser {
    public static let descriptor = descriptor(.http2, "http2")
    /// DNS over HTTP/2: never found by its first bytes; connections become it.
    public static let dnsDescriptor = descriptor(.doh2, "doh2")

    private static func descriptor(_ proto: AppProtocol, _ name: String) -> ProtocolDescriptor {
        ProtocolDescriptor(
            proto, name: name, transports: .tcp, ports: [80], buffers: proto == .http2 ? HTTP2Fields.buffers : [],
            numbers: proto == .http2 ? HTTP2Fields.numbers : [], events: HTTP2Fields.events,
            frames: ["hdr", "data", "pdu"], eventType: "http",
            logType: proto == .http2 ? "http2" : "doh2",
            probe: { bytes, direction in proto == .http2 ? HTTP2Parser.probe(bytes, direction) : .no },
            makeParser: { limits, _ in HTTP2Parser(limits: limits) })
    }

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        if direction == .toServer {
            let there = min(bytes.byteCount, preface.count)
            guard bytes.prefix(there).equals(preface.rawSpan.prefix(there)) else { return .no }
            return there == preface.count ? .certain : .unsure
        }
        // A server begins with its settings (RFC 9113 §3.4).
        guard let header = HTTP2FrameHeader(bytes) else {
            return bytes.byteCount >= 4 && bytes.byte(at: 3) != HTTP2FrameType.settings ? .no : .unsure
        }
        guard header.type == HTTP2FrameType.settings, !header.hasReservedBit, header.streamID == 0, header.length % 6 == 0,
            header.length <= 16384, header.flags.rawValue & 0xfe == 0
        else { return .no }
        return .certain
    }
}
