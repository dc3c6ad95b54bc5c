import Bytes

// What is odd in a message and has an event of its own. Nothing here changes how the message is read.
extension HTTP1Parser {
    func checkRequestLine(_ transaction: HTTP1Transaction) {
        let line = transaction.requestLine
        if let first = line.first, ASCII.isSpace(first) { raise(.requestLineLeadingWhitespace, transaction) }
        let method = transaction.method.count
        if method < line.count, line[method] != 32 || method + 1 < line.count && ASCII.isSpace(line[method + 1]) {
            raise(.methodDelimiter, transaction)
        }
        if !transaction.requestProtocol.isEmpty {
            let before = line.count - transaction.requestProtocol.count - 1
            if before > 0, before < line.count, line[before] != 32 { raise(.uriDelimiter, transaction) }
        }
        checkMethod(transaction)
    }

    private func checkMethod(_ transaction: HTTP1Transaction) {
        guard !HTTP1Parser.isKnownMethod(transaction.method) else { return }
        let version = transaction.requestProtocol
        if version.isEmpty {
            raise(transaction.target.isEmpty ? .unknownMethod : .unknownMethodNoProtocol, transaction)
        } else if !["HTTP/0.9", "HTTP/1.0", "HTTP/1.1"].contains(where: { version.elementsEqual($0.utf8) }) {
            raise(.unknownMethodInvalidProtocol, transaction)
        }
    }

    /// The methods of HTTP (RFC 9110, RFC 5789), of WebDAV and of its versions (RFC 4918, RFC 3253).
    private static func isKnownMethod(_ method: some Collection<UInt8>) -> Bool {
        let known: [StaticString] = [
            "GET", "POST", "HEAD", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY",
            "MOVE", "LOCK", "UNLOCK", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE", "LABEL", "REPORT", "MKWORKSPACE",
            "MKACTIVITY", "BASELINE-CONTROL", "MERGE",
        ]
        return known.contains { name in name.withUTF8Buffer { unsafe method.elementsEqual($0) } }
    }

    func checkRequestHeaders(_ transaction: HTTP1Transaction) {
        let headers = transaction.requestHeaders
        check(headers, transaction, .toServer)
        let inURI = URINormalizer.authorityRange(transaction.target).map { Array(transaction.target[$0]) }
        let host = headers.value("host")
        if host == nil, inURI == nil, transaction.requestProtocol.elementsEqual(Array("HTTP/1.1".utf8)) {
            raise(.missingHost, transaction)
        }
        if let inURI, let host, inURI.map(ASCII.lowercased) != host.map(ASCII.lowercased) { raise(.ambiguousHost, transaction) }
        if let host, !HTTP1Parser.isHostname(host) { raise(.invalidHeaderHost, transaction) }
        if let inURI, !HTTP1Parser.isHostname(inURI) { raise(.invalidURIHost, transaction) }
        if headers.has("content-length"), contentLength(headers) == nil { raise(.invalidRequestLength, transaction) }
    }

    func checkResponse(_ transaction: HTTP1Transaction) {
        let headers = transaction.responseHeaders
        check(headers, transaction, .toClient)
        if headers.has("content-length"), contentLength(headers) == nil { raise(.invalidResponseLength, transaction) }
        let version = transaction.responseProtocol
        if !(version.count == 8 && version.prefix(7).map(ASCII.uppercased).elementsEqual(Array("HTTP/1.".utf8))
            && ASCII.isDigit(version[7]))
        {
            raise(.invalidResponseProtocol, transaction)
        }
        let code = transaction.statusCode
        if code.count != 3 || !code.allSatisfy(ASCII.isDigit) || code[0] == 48 { raise(.invalidResponseStatus, transaction) }
        if isChunked(headers), !transaction.isResponseVersion11 { raise(.chunkedOldProtocol, transaction) }
        // Only where nothing else tells the body's length.
        if !headers.has("content-length"), !isChunked(headers), let type = headers.value("content-type"),
            type.map(ASCII.lowercased).starts(with: Array("multipart/byteranges".utf8))
        {
            raise(.multipartByteranges, transaction)
        }
    }

    private func check(_ headers: HTTPHeaders, _ transaction: HTTP1Transaction, _ direction: FlowDirection) {
        let isRequest = direction == .toServer
        for index in headers.fields.indices {
            let name = headers.bytes[headers.fields[index].name]
            guard !name.isEmpty else {
                raise(isRequest ? .requestFieldMissingColon : .responseFieldMissingColon, transaction)
                continue
            }
            if !name.allSatisfy(HTTP1Parser.isTokenByte) { raise(isRequest ? .invalidRequestHeader : .invalidResponseHeader, transaction) }
            // Once for each name.
            if headers.isFirstRepetition(index) {
                transaction.raiseEach((isRequest ? HTTP1Fields.Event.requestHeaderRepetition : .responseHeaderRepetition).rawValue)
            }
        }
    }

    /// A character of a token (RFC 9110 §5.6.2).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        // ( ) < > @ , ; : \ " / [ ] ? = { }
        case 40, 41, 60, 62, 64, 44, 59, 58, 92, 34, 47, 91, 93, 63, 61, 123, 125: false
        default: ASCII.isPrintable(byte) && byte != 32
        }
    }

    /// Letters, digits, dots, hyphens and underscores with a port, or an address in brackets.
    private static func isHostname(_ bytes: [UInt8]) -> Bool {
        var name = bytes[...]
        if name.first == 91 { return name.contains(93) }
        if let colon = name.lastIndex(of: 58) {
            guard name[(colon + 1)...].allSatisfy(ASCII.isDigit) else { return false }
            name = name[..<colon]
        }
        guard !name.isEmpty, name.count <= 255, name.first != 46 else { return false }
        var label = 0
        for byte in name {
            label = byte == 46 ? 0 : label + 1
            guard label <= 63, ASCII.isAlphanumeric(byte) || byte == 45 || byte == 95 || byte == 46 else { return false }
        }
        return true
    }
}
