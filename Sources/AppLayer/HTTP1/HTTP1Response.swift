import Bytes

// How a response is read. Servers that hide what they send count on inspection reading headers by the book while browsers do not, so this
// follows the browsers (libhtp's response parser is the reference).
extension HTTP1Parser {
    func stepResponse(_ bytes: RawSpan, _ time: Timestamp) -> Int? {
        switch response.stage {
        case .startLine: return stepStatusLine(bytes, time)
        case .headers:
            let transaction = responding(time)
            guard let length = responseBlockLength(bytes) else { return bytes.byteCount > limits.headerLimit ? nil : 0 }
            transaction.responseHeaders.appendResponse(bytes.prefix(length), isVersion11: transaction.isResponseVersion11)
            transaction.forgetBuilt(.toClient)
            checkResponse(transaction)
            beginResponseBody(transaction, time)
            return length
        case .finalize: return stepAfterResponse(bytes, time)
        case .ignored: return bytes.byteCount
        default: return stepBody(bytes, responding(time), .toClient)
        }
    }

    private func stepStatusLine(_ bytes: RawSpan, _ time: Timestamp) -> Int? {
        let first = bytes.byte(at: 0)
        if first == 10 || first == 13 { return 1 }
        guard let end = statusLineEnd(bytes) else {
            if bytes.byteCount > 4096, !looksLikeStatus(bytes) { return takeBareBody(bytes, responding(time)) }
            return bytes.byteCount > limits.headerLimit ? nil : 0
        }
        let line = bytes.prefix(end.content)
        if (0..<line.byteCount).allSatisfy({ ASCII.isSpace(line.byte(at: $0)) }) { return end.next }
        let transaction = responding(time)
        guard looksLikeStatus(line) else {
            // One line of something else before a status line is passed over.
            if end.next + 1 < bytes.byteCount, bytes.byte(at: end.next) == 72 || end.content <= 2 { return end.next }
            // HTTP/0.9: no status line, the body begins at once.
            return takeBareBody(bytes, transaction)
        }
        beginFrame(.toClient, transaction)
        transaction.responseLine = line.copied()
        transaction.responseHeaders = HTTPHeaders()
        splitStatusLine(transaction)
        transaction.advance(.toClient, to: HTTP1Progress.line)
        response.stage = .headers
        response.searched = 0
        response.followsLFCR = false
        return end.next
    }

    /// Where a status line ends: at CR LF, LF, or CR alone.
    private func statusLineEnd(_ bytes: RawSpan) -> (content: Int, next: Int)? {
        for index in 0..<bytes.byteCount {
            switch bytes.byte(at: index) {
            case 10: return (index, index + 1)
            case 13:
                guard index + 1 < bytes.byteCount else { return nil }
                return (index, bytes.byte(at: index + 1) == 10 ? index + 2 : index + 1)
            default: break
            }
        }
        return nil
    }

    /// The length of the header lines up to and including the line that ends them; nil when it is not all there.
    func responseBlockLength(_ bytes: RawSpan) -> Int? {
        while let line = ResponseLines.next(bytes, from: response.searched, followsLFCR: response.followsLFCR) {
            if line.isTerminator {
                response.searched = 0
                response.followsLFCR = false
                return line.next
            }
            // A line at the very end may yet prove to be followed by a line of one blank: it is looked at again.
            guard line.next < bytes.byteCount else { return nil }
            response.searched = line.next
            response.followsLFCR = line.endsWithLFCR
        }
        return nil
    }

    /// Bytes after a whole response: another response, or a body that is longer than its length said.
    private func stepAfterResponse(_ bytes: RawSpan, _ time: Timestamp) -> Int? {
        let transaction = responding(time)
        var at = 0
        while at < bytes.byteCount, ASCII.isSpace(bytes.byte(at: at)) || bytes.byte(at: at) == 0 { at += 1 }
        let mayBecomeStatus = at < bytes.byteCount && bytes.byteCount - at < 4 && ASCII.uppercased(bytes.byte(at: at)) == 72
        guard !mayBecomeStatus, !looksLikeStatus(bytes.dropping(at)), transaction.responseFile != nil else {
            completeResponse(transaction)
            return stepStatusLine(bytes, time)
        }
        raise(.responseBodyUnexpected, transaction)
        bodyBytes(bytes, transaction, .toClient)
        return bytes.byteCount
    }

    private func takeBareBody(_ bytes: RawSpan, _ transaction: HTTP1Transaction) -> Int {
        response.stage = .bodyToEnd
        openResponseFile(transaction)
        transaction.advance(.toClient, to: HTTP1Progress.body)
        bodyBytes(bytes, transaction, .toClient)
        return bytes.byteCount
    }

    /// After blanks, `HTTP` in any case.
    private func looksLikeStatus(_ bytes: RawSpan) -> Bool {
        var at = 0
        while at < bytes.byteCount, ASCII.isSpace(bytes.byte(at: at)) || bytes.byte(at: at) == 0 { at += 1 }
        let wanted: [UInt8] = Array("HTTP".utf8)
        guard at + 4 <= bytes.byteCount else { return false }
        for index in 0..<4 where ASCII.uppercased(bytes.byte(at: at + index)) != wanted[index] { return false }
        return true
    }

    private func splitStatusLine(_ transaction: HTTP1Transaction) {
        let line = transaction.responseLine
        var at = line.firstIndex { !ASCII.isSpace($0) && $0 != 0 } ?? line.count
        let protocolStart = at
        while at < line.count, !ASCII.isSpace(line[at]) { at += 1 }
        transaction.responseProtocol = Array(line[protocolStart..<at])
        while at < line.count, ASCII.isSpace(line[at]) { at += 1 }
        let codeStart = at
        while at < line.count, !ASCII.isSpace(line[at]) { at += 1 }
        transaction.statusCode = Array(line[codeStart..<at])
        while at < line.count, ASCII.isSpace(line[at]) { at += 1 }
        transaction.statusMessage = Array(line[at...])
    }

    /// The protocol that a 101 goes on with.
    private func upgrade(_ transaction: HTTP1Transaction, _ time: Timestamp) -> Tunnel {
        let name = transaction.responseHeaders.value("upgrade").map { String(decoding: $0.map(ASCII.lowercased), as: UTF8.self) }
        switch name {
        case "h2c":
            let parser = HTTP2Parser(limits: limits)
            parser.begin(with: transaction, time: time)
            successor = (HTTP2Parser.descriptor, parser)
            return .readable
        case "websocket":
            successor = (WebSocketParser.descriptor, WebSocketParser(limits: limits))
            return .readable
        default: return .opaque
        }
    }

    private func beginResponseBody(_ transaction: HTTP1Transaction, _ time: Timestamp) {
        let code = Int(String(decoding: transaction.statusCode, as: UTF8.self)) ?? 0
        let isConnect = transaction.method.elementsEqual(Array("CONNECT".utf8))
        transaction.advance(.toClient, to: HTTP1Progress.headers)
        let headers = transaction.responseHeaders
        let length = contentLength(headers)
        let isChunked = isChunked(headers)
        if headers.repeatsWithOtherValue("content-length") { raise(.ambiguousResponseLength, transaction) }
        if headers.has("transfer-encoding"), !isChunked { raise(.invalidResponseTransferEncoding, transaction) }
        if code == 100, !isChunked, (length ?? 0) == 0 {
            // An interim answer: the final one takes its place.
            if transaction.hasContinued { raise(.continueAlreadySeen, transaction) }
            transaction.hasContinued = true
            response.stage = .startLine
            return
        }
        if code == 101 || isConnect && (200..<300).contains(code) {
            noteEnd(.toClient)
            tunnel = isConnect ? .readable : upgrade(transaction, time)
            completeResponse(transaction)
            return
        }
        response.decoders.removeAll()
        let isBodiless = (100..<200).contains(code) || code == 204 || code == 304
        // Browsers take a body that these should not have, when a header announces it.
        if transaction.method.elementsEqual(Array("HEAD".utf8)) || isBodiless && !isChunked && !headers.has("content-length") {
            if (102..<200).contains(code) {
                response.stage = .startLine
            } else {
                finishResponse(transaction)
            }
            return
        } else if isChunked {
            response.stage = .chunkSize
        } else if let length {
            response.stage = .bodyOfLength(length)
        } else {
            response.stage = .bodyToEnd
        }
        if length != 0 || isChunked {
            addDecoders(headers, transaction, &response.decoders)
            openResponseFile(transaction)
            transaction.advance(.toClient, to: HTTP1Progress.body)
        } else {
            finishResponse(transaction)
        }
    }

    func addDecoders(_ headers: HTTPHeaders, _ transaction: HTTP1Transaction, _ decoders: inout BodyDecoders) {
        guard let encodings = headers.value("content-encoding") else { return }
        let words = encodings.filter { $0 != 0 }.split { $0 == 44 || $0 == 32 || $0 == 9 }
        if words.count > limits.decompressionLayers { raise(.tooManyEncodingLayers, transaction) }
        for word in words.prefix(limits.decompressionLayers) {
            let name = String(decoding: word.map(ASCII.lowercased), as: UTF8.self)
            if !["gzip", "x-gzip", "deflate", "x-deflate", "lzma", "inflate", "br", "identity"].contains(name) {
                raise(.abnormalEncoding, transaction)
            }
            if name.contains("gzip") {
                decoders.add(.gzip, limits)
            } else if name.contains("deflate") {
                decoders.add(.deflate, limits)
            } else if name == "br" {
                decoders.add(.brotli, limits)
            } else if name == "lzma", limits.decodesLZMA {
                decoders.add(.lzma, limits)
            }
        }
    }

    private func openResponseFile(_ transaction: HTTP1Transaction) {
        let name = dispositionName(transaction.responseHeaders) ?? Array(transaction.uri.prefix { $0 != 63 })
        let file = TransferredFile(direction: .toClient, name: name, limit: limits.responseBodyLimit, hashes: limits.fileHashes)
        if let range = transaction.responseHeaders.value("content-range").flatMap(ContentRange.init) {
            file.range = (range.start, range.end)
            if let size = range.size, limits.partialContent != nil {
                let host = transaction.requestHeaders.value("host") ?? []
                transaction.partial = PartialResponse(key: host + [0] + transaction.uri, start: range.start, size: size)
            }
        }
        transaction.responseFile = file
        transaction.responseBody = file.content
        transaction.files.append(file)
    }

    private func dispositionName(_ headers: HTTPHeaders) -> [UInt8]? {
        headers.value("content-disposition").flatMap { Multipart.parameter("filename", in: $0) }
    }

    /// The response is as long as it said; what is at hand after it decides whether it really ends.
    func finishResponse(_ transaction: HTTP1Transaction) {
        noteEnd(.toClient)
        response.stage = .finalize
        response.searched = 0
    }

    func completeResponse(_ transaction: HTTP1Transaction) {
        response.stage = .startLine
        response.searched = 0
        response.decoders.removeAll()
        transaction.responseFile?.close(.closed)
        if let partial = transaction.partial { addPart(partial, transaction) }
        transaction.advance(.toClient, to: HTTP1Progress.complete)
    }

    /// The last missing part of a file makes the transaction carry the whole too.
    private func addPart(_ partial: PartialResponse, _ transaction: HTTP1Transaction) {
        transaction.partial = nil
        guard !partial.isTooLong, let part = transaction.responseFile, part.state == .closed,
            let whole = limits.partialContent?.add(
                partial.bytes, from: partial.start, of: partial.size, key: partial.key, time: transaction.startTime)
        else { return }
        let file = TransferredFile(direction: .toClient, name: part.name, limit: limits.responseBodyLimit, hashes: limits.fileHashes)
        transaction.files.append(file)
        file.append(whole.rawSpan)
        file.close(.closed)
    }
}
