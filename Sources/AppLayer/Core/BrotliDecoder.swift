import Bytes
import CBrotli

/// Undoes Brotli (RFC 7932). Its window is 16 MiB at most, which bounds the memory.
@safe final class BrotliDecoder: BodyDecoder {
    private let state: OpaquePointer?
    private var output = [UInt8](repeating: 0, count: 16 * 1024)
    private var hasOutput = false

    override init(limit: UInt64) {
        unsafe state = BrotliDecoderCreateInstance(nil, nil, nil)
        super.init(limit: limit)
    }

    deinit { if let state = unsafe state { unsafe BrotliDecoderDestroyInstance(state) } }

    override func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {
        guard let state = unsafe state, !isDone, input.byteCount > 0 else { return }
        var used = 0
        while !isDone {
            let size = output.count
            var room = size
            let piece = input.dropping(used)
            var available = piece.byteCount
            let result = unsafe piece.withUnsafeBytes { bytes -> BrotliDecoderResult in
                var next = unsafe UnsafePointer<UInt8>(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
                return unsafe output.withUnsafeMutableBufferPointer { buffer in
                    var place = buffer.baseAddress
                    return unsafe BrotliDecoderDecompressStream(state, &available, &next, &room, &place, nil)
                }
            }
            used = input.byteCount - available
            let made = output
            if size > room { hasOutput = true }
            emit(made.rawSpan.prefix(size - room), body)
            if result == BROTLI_DECODER_RESULT_ERROR {
                if !hasOutput { isNotCompressed = true }
                isDone = true
            }
            if result == BROTLI_DECODER_RESULT_SUCCESS { isDone = true }
            if result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT { return }
        }
    }
}
