import Bytes

// How a request is read.
extension HTTP1Parser {
    func splitRequestLine(_ transaction: HTTP1Transaction) {
        let line = transaction.requestLine
        guard let firstBlank = line.firstIndex(where: ASCII.isSpace) else {
            transaction.method = line
            return
        }
        transaction.method = Array(line[..<firstBlank])
        var start = firstBlank
        while start < line.count, ASCII.isSpace(line[start]) { start += 1 }
        var end = line.count
        while end > start, ASCII.isSpace(line[end - 1]) { end -= 1 }
        let rest = line[start..<end]
        if let lastBlank = rest.lastIndex(where: ASCII.isSpace) {
            let word = rest[(lastBlank + 1)...]
            if word.count >= 5, word.prefix(5).map(ASCII.uppercased).elementsEqual(Array("HTTP/".utf8)) {
                transaction.requestProtocol = Array(word)
                var stop = lastBlank
                while stop > start, ASCII.isSpace(line[stop - 1]) { stop -= 1 }
                transaction.target = Array(line[start..<stop])
                return
            }
        }
        transaction.target = Array(rest)
    }

    func beginRequestBody(_ transaction: HTTP1Transaction) {
        transaction.advance(.toServer, to: HTTP1Progress.headers)
        request.decoders.removeAll()
        if transaction.requestHeaders.repeatsWithOtherValue("content-length") { raise(.ambiguousRequestLength, transaction) }
        if transaction.requestHeaders.has("transfer-encoding"), !isChunked(transaction.requestHeaders) {
            raise(.invalidRequestTransferEncoding, transaction)
        }
        if let credentials = transaction.requestHeaders.value("authorization") { checkAuthorization(credentials, transaction) }
        if isChunked(transaction.requestHeaders) {
            request.stage = .chunkSize
        } else if let length = contentLength(transaction.requestHeaders), length > 0 {
            request.stage = .bodyOfLength(length)
        } else {
            finishRequest(transaction)
            return
        }
        addDecoders(transaction.requestHeaders, transaction, &request.decoders)
        openRequestBody(transaction)
    }

    private func checkAuthorization(_ credentials: [UInt8], _ transaction: HTTP1Transaction) {
        let known = ["basic", "digest", "bearer"].map { Array($0.utf8) }
        let scheme = credentials.prefix { $0 != 32 }.map(ASCII.lowercased)
        if !known.contains(scheme) { raise(.unrecognisedAuthorization, transaction) }
    }

    private func openRequestBody(_ transaction: HTTP1Transaction) {
        transaction.requestBody = StreamingBody(limit: limits.requestBodyLimit)
        transaction.advance(.toServer, to: HTTP1Progress.body)
        guard transaction.method.elementsEqual(Array("PUT".utf8)) || transaction.method.elementsEqual(Array("POST".utf8)) else { return }
        if let boundary = Multipart.boundary(of: transaction.requestHeaders.value("content-type") ?? []) {
            multipart = Multipart(boundary: boundary, limits: limits)
            return
        }
        let path = transaction.uri.prefix { $0 != 63 }
        let file = TransferredFile(
            direction: .toServer, name: Array(path), limit: limits.requestBodyLimit, hashes: limits.fileHashes)
        transaction.files.append(file)
        transaction.requestFile = file
    }

    func finishRequest(_ transaction: HTTP1Transaction) {
        noteEnd(.toServer)
        request.stage = .startLine
        request.searched = 0
        transaction.requestBody?.complete()
        transaction.requestFile?.close(.closed)
        multipart?.end(into: transaction)
        multipart = nil
        transaction.advance(.toServer, to: HTTP1Progress.complete)
        requesting = nil
        lastRequest = transaction
    }

    /// A line without a protocol was a request of HTTP/1 all the same when more comes right behind it than blanks.
    func lacksProtocolOnly(_ rest: RawSpan) -> Bool {
        for index in 0..<rest.byteCount where !ASCII.isSpace(rest.byte(at: index)) { return true }
        return rest.byteCount > HTTP1Parser.mostBlanksAfter09
    }

    private static var mostBlanksAfter09: Int { 16 }

    /// Bytes behind a whole request that begin with no method: a body that nothing announced. Nil when there is none.
    func unexpectedBody(_ bytes: RawSpan) -> Int? {
        guard let transaction = lastRequest else { return nil }
        var start = 0
        while start < bytes.byteCount, ASCII.isSpace(bytes.byte(at: start)) { start += 1 }
        var end = start
        while end < bytes.byteCount, !ASCII.isSpace(bytes.byte(at: end)), end - start < 32 { end += 1 }
        guard end > start, !HTTP1Parser.methods.contains(bytes.extracting(start..<end).copied()) else { return nil }
        raise(.requestBodyUnexpected, transaction)
        if transaction.requestBody == nil { openRequestBody(transaction) }
        let line = bytes.firstOffset(of: 10, from: 0).map { $0 + 1 } ?? bytes.byteCount
        bodyBytes(bytes.prefix(line), transaction, .toServer)
        transaction.requestBody?.complete()
        transaction.requestFile?.close(.closed)
        multipart?.end(into: transaction)
        multipart = nil
        return line
    }
}
