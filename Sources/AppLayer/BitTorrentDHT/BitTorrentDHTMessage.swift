import Bytes

/// A message between nodes (BEP 5, BEP 32).
struct BitTorrentDHTMessage {
    struct Query {
        var id: [UInt8]
        var target: [UInt8]?
        var infoHash: [UInt8]?
        var token: [UInt8]?
        var impliedPort: UInt8?
        var port: UInt16?
    }

    struct Node {
        /// Nil for peers, which have none.
        var id: [UInt8]?
        var address: IPAddress
        var port: UInt16
    }

    struct Response {
        var id: [UInt8]
        var nodes: [Node] = []
        var nodes6: [Node] = []
        var values: [Node] = []
        var token: [UInt8]?
    }

    struct Failure {
        var number: UInt16
        var message: [UInt8]
    }

    private(set) var transactionID: [UInt8] = []
    private(set) var clientVersion: [UInt8]?
    private(set) var queryType: [UInt8]?
    private(set) var query: Query?
    private(set) var response: Response?
    private(set) var failure: Failure?
    /// What could be read is there, and something was wrong.
    private(set) var isMalformed = false

    /// Packet, arguments, and the list of peers.
    private static let depth = 3

    init(_ bytes: RawSpan) {
        do throws(ParseError) {
            try read(bytes)
        } catch {
            isMalformed = true
        }
    }

    private mutating func read(_ bytes: RawSpan) throws(ParseError) {
        var offset = 0
        guard case .dictionary(let pairs) = try Bencode.read(bytes, &offset, depth: BitTorrentDHTMessage.depth) else { throw .malformed }
        var type: [UInt8]?
        var name: [UInt8]?
        var query: Query?
        var response: Response?
        var failure: Failure?
        var transactionID: [UInt8]?
        var version: [UInt8]?
        for (key, value) in pairs where key.count == 1 {
            switch bytes.byte(at: key.lowerBound) {
            case 0x79: type = try BitTorrentDHTMessage.bytes(bytes, value)
            case 0x71: name = try BitTorrentDHTMessage.bytes(bytes, value)
            case 0x61: query = try BitTorrentDHTMessage.query(bytes, value)
            case 0x72: response = try BitTorrentDHTMessage.response(bytes, value)
            case 0x65: failure = try BitTorrentDHTMessage.failure(bytes, value)
            case 0x74: transactionID = try BitTorrentDHTMessage.bytes(bytes, value)
            case 0x76: version = try BitTorrentDHTMessage.bytes(bytes, value)
            default: break
            }
        }
        switch type {
        case [0x71]:
            guard let name, let query else { throw .malformed }
            queryType = name
            self.query = query
        case [0x72]:
            guard let response else { throw .malformed }
            self.response = response
        case [0x65]:
            guard let failure else { throw .malformed }
            self.failure = failure
        default: throw .malformed
        }
        guard let transactionID else { throw .malformed }
        self.transactionID = transactionID
        clientVersion = version
    }

    private static func bytes(_ bytes: RawSpan, _ value: Bencode) throws(ParseError) -> [UInt8] {
        guard case .bytes(let place) = value else { throw .malformed }
        return bytes.extracting(place).copied()
    }

    private static func number<N: FixedWidthInteger>(_ value: Bencode) throws(ParseError) -> N {
        guard case .integer(let number) = value, let exact = N(exactly: number) else { throw .malformed }
        return exact
    }

    private static func fields(_ bytes: RawSpan, _ value: Bencode) throws(ParseError) -> [(name: String, value: Bencode)] {
        guard case .dictionary(let pairs) = value else { throw .malformed }
        return pairs.map { (String(decoding: bytes.extracting($0.key).copied(), as: UTF8.self), $0.value) }
    }

    private static func query(_ bytes: RawSpan, _ value: Bencode) throws(ParseError) -> Query {
        var id: [UInt8]?
        var query = Query(id: [])
        for field in try fields(bytes, value) {
            switch field.name {
            case "id": id = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "target": query.target = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "info_hash": query.infoHash = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "token": query.token = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "implied_port": query.impliedPort = try number(field.value)
            case "port": query.port = try number(field.value)
            default: break
            }
        }
        guard let id else { throw .malformed }
        query.id = id
        return query
    }

    private static func response(_ bytes: RawSpan, _ value: Bencode) throws(ParseError) -> Response {
        var id: [UInt8]?
        var response = Response(id: [])
        for field in try fields(bytes, value) {
            switch field.name {
            case "id": id = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "token": response.token = try BitTorrentDHTMessage.bytes(bytes, field.value)
            case "nodes": response.nodes = nodes(try BitTorrentDHTMessage.bytes(bytes, field.value), addressSize: 4)
            case "nodes6": response.nodes6 = nodes(try BitTorrentDHTMessage.bytes(bytes, field.value), addressSize: 16)
            case "values":
                guard case .list(let list) = field.value else { continue }
                for entry in list { response.values.append(try peer(try BitTorrentDHTMessage.bytes(bytes, entry))) }
            default: break
            }
        }
        guard let id else { throw .malformed }
        response.id = id
        return response
    }

    private static func failure(_ bytes: RawSpan, _ value: Bencode) throws(ParseError) -> Failure {
        guard case .list(let list) = value else { throw .malformed }
        var code: UInt16?
        var message: [UInt8]?
        for entry in list {
            switch entry {
            case .integer: code = try number(entry)
            case .bytes: message = try BitTorrentDHTMessage.bytes(bytes, entry)
            case .list, .dictionary: break
            }
        }
        guard let code, let message else { throw .malformed }
        return Failure(number: code, message: message)
    }

    /// Compact nodes: 20 bytes of identifier, an address and a port each; an incomplete last one is left out.
    private static func nodes(_ data: [UInt8], addressSize: Int) -> [Node] {
        let span = data.rawSpan
        return stride(from: 0, to: span.byteCount - (addressSize + 21), by: addressSize + 22).map { at in
            Node(
                id: span.extracting(at..<at + 20).copied(), address: address(span, at + 20, addressSize),
                port: span.uint16(at: at + 20 + addressSize))
        }
    }

    private static func peer(_ data: [UInt8]) throws(ParseError) -> Node {
        let span = data.rawSpan
        let size = span.byteCount < 18 ? 4 : 16
        guard span.byteCount >= size + 2 else { throw .malformed }
        return Node(address: address(span, 0, size), port: span.uint16(at: size))
    }

    private static func address(_ span: RawSpan, _ at: Int, _ size: Int) -> IPAddress {
        size == 4 ? IPAddress(v4: span.uint32(at: at)) : IPAddress(high: span.uint64(at: at), low: span.uint64(at: at + 8))
    }
}
