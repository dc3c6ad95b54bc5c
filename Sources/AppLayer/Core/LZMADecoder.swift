import Bytes
import CLZMA

/// Undoes LZMA with the 13-byte header of the LZMA SDK (`lzma` in Content-Encoding).
///
/// The header asks for a dictionary of any size, and encoders ask for more than the data need: one over the limit is cut to it.
@safe final class LZMADecoder: BodyDecoder {
    private static let headerSize = 13

    private var stream = unsafe lzma_stream()
    private var output = [UInt8](repeating: 0, count: 16 * 1024)
    private var header: [UInt8] = []
    private var isReady = false
    private let memoryLimit: UInt32

    /// - Parameter memoryLimit: largest dictionary, in bytes.
    init(limit: UInt64, memoryLimit: UInt32) {
        self.memoryLimit = memoryLimit
        super.init(limit: limit)
    }

    deinit { if isReady { unsafe lzma_end(&stream) } }

    override func write(_ input: RawSpan, _ body: (RawSpan) -> Void) {
        guard !isDone else { return }
        var taken = 0
        if !isReady {
            taken = min(LZMADecoder.headerSize - header.count, input.byteCount)
            header += input.prefix(taken).copied()
            guard header.count == LZMADecoder.headerSize else { return }
            guard start() else {
                isNotCompressed = true
                isDone = true
                return
            }
        }
        decode(input.dropping(taken), body)
    }

    private func start() -> Bool {
        let begun = header
        let asked = begun.rawSpan.littleEndianUInt32(at: 1)
        let dictionary = min(asked, memoryLimit)
        for index in 0..<4 { header[1 + index] = UInt8(truncatingIfNeeded: dictionary >> (8 * UInt32(index))) }
        // What the decoder needs besides its dictionary is some hundred kilobytes at most.
        guard unsafe lzma_alone_decoder(&stream, UInt64(memoryLimit) + 1 << 20) == LZMA_OK else { return false }
        isReady = true
        let bytes = header
        decode(bytes.rawSpan) { _ in }
        return !isDone
    }

    private func decode(_ input: RawSpan, _ body: (RawSpan) -> Void) {
        unsafe input.withUnsafeBytes { bytes in
            unsafe stream.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe stream.avail_in = bytes.count
            while !isDone {
                let size = output.count
                let status = unsafe output.withUnsafeMutableBufferPointer { buffer in
                    unsafe stream.next_out = buffer.baseAddress
                    unsafe stream.avail_out = size
                    return unsafe lzma_code(&stream, LZMA_RUN)
                }
                let count = size - (unsafe stream.avail_out)
                let made = output
                emit(made.rawSpan.prefix(count), body)
                if status != LZMA_OK { isDone = true }
                if unsafe stream.avail_in == 0, count < size { return }
            }
        }
    }
}
