import Bytes

/// Splits a `multipart/form-data` body (RFC 7578) into its files as the bytes come in.
struct Multipart {
    private enum Stage { case preamble, headers, data }

    private let delimiter: [UInt8]
    private let limits: ParserLimits
    private var pending: [UInt8] = []
    private var stage = Stage.preamble
    private var file: TransferredFile?

    init(boundary: [UInt8], limits: ParserLimits) {
        delimiter = [45, 45] + boundary
        self.limits = limits
    }

    /// The boundary of a Content-Type, or nil when it is not multipart.
    static func boundary(of contentType: [UInt8]) -> [UInt8]? {
        guard contentType.count > 10, contentType.prefix(10).map(ASCII.lowercased).elementsEqual(Array("multipart/".utf8)) else {
            return nil
        }
        return parameter("boundary", in: contentType).flatMap { (1...200).contains($0.count) ? $0 : nil }
    }

    /// The value of `name=` among the parameters of a header value, quotes taken off.
    static func parameter(_ name: String, in value: [UInt8]) -> [UInt8]? {
        let wanted = Array(name.utf8) + [61]
        let lower = value.map(ASCII.lowercased)
        var at = 0
        while at + wanted.count <= lower.count {
            let before = at == 0 ? 59 : lower[at - 1]
            if lower[at] == wanted[0], before == 59 || before == 32 || before == 9, lower[at..<at + wanted.count].elementsEqual(wanted) {
                let rest = value[(at + wanted.count)...]
                if rest.first == 34 { return Array(rest.dropFirst().prefix { $0 != 34 }) }
                return Array(rest.prefix { $0 != 59 && $0 != 32 && $0 != 13 })
            }
            at += 1
        }
        return nil
    }

    mutating func append(_ bytes: RawSpan, into transaction: Transaction) {
        pending += bytes.copied()
        while step(transaction) {}
        if pending.count > limits.mimeHeaderLimit, stage != .data { pending.removeFirst(pending.count - delimiter.count) }
    }

    /// The body has ended; an open file is what it is.
    mutating func end(into transaction: Transaction) {
        if stage == .data, let file {
            file.append(pending.rawSpan)
            file.close(.truncated)
        }
        file = nil
        pending = []
    }

    private func find(_ wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= wanted.count else { return nil }
        let span = bytes.rawSpan
        var from = 0
        while let at = span.firstOffset(of: wanted[0], from: from), at + wanted.count <= bytes.count {
            if bytes[at..<at + wanted.count].elementsEqual(wanted) { return at }
            from = at + 1
        }
        return nil
    }

    private mutating func step(_ transaction: Transaction) -> Bool {
        switch stage {
        case .preamble:
            guard let at = find(delimiter, in: pending), let end = pending[at...].firstIndex(of: 10) else { return false }
            pending.removeFirst(end + 1)
            stage = .headers
            return true
        case .headers:
            guard let end = find([13, 10, 13, 10], in: pending) else { return false }
            let block = Array(pending[..<(end + 2)])
            pending.removeFirst(end + 4)
            stage = .data
            guard let name = Multipart.parameter("filename", in: block.map { $0 == 13 || $0 == 10 ? 59 : $0 }) else {
                file = nil
                return true
            }
            let opened = TransferredFile(direction: .toServer, name: name, limit: limits.requestBodyLimit, hashes: limits.fileHashes)
            transaction.files.append(opened)
            file = opened
            return true
        case .data:
            let end = [13, 10] + delimiter
            if let at = find(end, in: pending) {
                file?.append(pending.rawSpan.prefix(at))
                file?.close(.closed)
                file = nil
                pending.removeFirst(at + 2)
                stage = .preamble
                return true
            }
            let ready = pending.count - end.count
            if ready > 0 {
                file?.append(pending.rawSpan.prefix(ready))
                pending.removeFirst(ready)
            }
            return false
        }
    }
}
