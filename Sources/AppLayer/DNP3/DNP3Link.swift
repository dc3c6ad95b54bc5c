import Bytes

/// The ten bytes that begin each frame of the data link layer (IEEE 1815 §9.2.4).
struct DNP3Link {
    static let size = 10
    private static let blockSize = 16
    /// Bytes of this header that its length counts.
    private static let counted = 5

    /// Bytes after the length's own byte, without checksums.
    var length: Int
    var control: UInt8
    var destination: UInt16
    var source: UInt16

    var isFromMaster: Bool { control & 0x80 != 0 }
    var isPrimary: Bool { control & 0x40 != 0 }
    var frameCountBit: Bool { control & 0x20 != 0 }
    var frameCountValid: Bool { control & 0x10 != 0 }
    var function: UInt8 { control & 0x0f }

    /// Confirmed or unconfirmed user data.
    var isUserData: Bool { function == 3 || function == 4 }

    /// Bytes of the whole frame with its checksums; nil where the length is shorter than the header itself.
    var frameSize: Int? {
        guard length >= DNP3Link.counted else { return nil }
        let data = length - DNP3Link.counted
        let rest = data % DNP3Link.blockSize
        return DNP3Link.size + data / DNP3Link.blockSize * (DNP3Link.blockSize + 2) + (rest == 0 ? 0 : rest + 2)
    }

    /// - Parameter bytes: at least ``size`` of them.
    init?(_ bytes: RawSpan) {
        guard bytes.byte(at: 0) == 0x05, bytes.byte(at: 1) == 0x64 else { return nil }
        length = Int(bytes.byte(at: 2))
        control = bytes.byte(at: 3)
        destination = bytes.littleEndianUInt16(at: 4)
        source = bytes.littleEndianUInt16(at: 6)
    }

    /// Whether the block's last two bytes are the checksum of what stands before them.
    static func isSound(_ block: RawSpan) -> Bool {
        guard block.byteCount > 2 else { return false }
        let end = block.byteCount - 2
        return checksum(block.prefix(end)) == block.littleEndianUInt16(at: end)
    }

    /// The CRC of §9.2.5: polynomial 0x3d65, bits reflected, result inverted.
    static func checksum(_ bytes: RawSpan) -> UInt16 {
        var crc: UInt16 = 0
        for index in 0..<bytes.byteCount {
            crc ^= UInt16(bytes.byte(at: index))
            for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xa6bc : crc >> 1 }
        }
        return ~crc
    }

    /// The user data without the checksums of its blocks; nil where one is wrong or a block is cut off.
    static func userData(_ bytes: RawSpan) -> [UInt8]? {
        var data: [UInt8] = []
        var offset = 0
        while offset < bytes.byteCount {
            let block = bytes.extracting(offset..<min(offset + blockSize + 2, bytes.byteCount))
            guard isSound(block) else { return nil }
            data += block.prefix(block.byteCount - 2).copied()
            offset += block.byteCount
        }
        return data
    }
}
