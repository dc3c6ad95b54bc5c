import Bytes

/// One content coding of a body (RFC 9110 §8.4) being undone piece by piece.
class BodyDecoder {
    /// Bytes that may still come out.
    final var left: UInt64
    /// The data ended, are damaged or over the limit: what follows is ignored.
    final var isDone = false
    /// The data are not of the coding: the caller should pass them on as they are.
    final var isNotCompressed = false

    /// - Parameter limit: most bytes that may come out.
    init(limit: UInt64) { left = limit }

    /// Calls `body` with each piece of decoded data.
    func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {}

    /// Hands on what was made, within the limit.
    final func emit(_ piece: RawSpan, _ body: (RawSpan) -> Void) {
        guard piece.byteCount > 0 else { return }
        let allowed = Int(min(left, UInt64(piece.byteCount)))
        left -= UInt64(allowed)
        body(piece.prefix(allowed))
        if left == 0 { isDone = true }
    }
}

/// The codings of a body, in the order in which they are undone.
struct BodyDecoders {
    enum Coding { case gzip, deflate, brotli, lzma }

    private var layers: [BodyDecoder] = []

    var isEmpty: Bool { layers.isEmpty }

    mutating func add(_ coding: Coding, _ limits: ParserLimits) {
        let limit = limits.decompressionLimit
        switch coding {
        case .gzip: layers.append(Inflater(.gzip, limit: limit))
        case .deflate: layers.append(Inflater(.deflate, limit: limit))
        case .brotli: layers.append(BrotliDecoder(limit: limit))
        case .lzma: layers.append(LZMADecoder(limit: limit, memoryLimit: limits.lzmaMemoryLimit))
        }
    }

    mutating func removeAll() { layers.removeAll() }

    /// Passes bytes through all layers.
    func decode(_ bytes: RawSpan, _ body: (RawSpan) -> Void) { decode(bytes, 0, body) }

    private func decode(_ bytes: RawSpan, _ layer: Int, _ body: (RawSpan) -> Void) {
        guard layer < layers.count else { return body(bytes) }
        let decoder = layers[layer]
        if decoder.isNotCompressed { return decode(bytes, layer + 1, body) }
        decoder.write(bytes) { decode($0, layer + 1, body) }
        if decoder.isNotCompressed { decode(bytes, layer + 1, body) }
    }

    /// The data of some layer were not what its header said.
    var hasFailed: Bool { layers.contains { $0.isNotCompressed } }
}
