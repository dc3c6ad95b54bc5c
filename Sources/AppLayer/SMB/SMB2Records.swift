import Bytes

/// Bodies of SMB2 messages ([MS-SMB2] §2.2), behind the header, as far as they are needed. Ranges are within the body.
enum SMB2Records {
    @_lifetime(copy body)
    static func cursor(_ body: RawSpan, skipping count: Int) throws(ParseError) -> ByteCursor {
        var cursor = ByteCursor(body)
        try cursor.skip(count)
        return cursor
    }

    // MARK: connection

    static func negotiate(_ body: RawSpan) throws(ParseError) -> (dialects: [UInt16], clientGUID: [UInt8]) {
        var cursor = try cursor(body, skipping: 2)
        let count = try cursor.littleEndianU16()
        try cursor.skip(8)
        let guid = try cursor.take(16).copied()
        try cursor.skip(8)
        guard cursor.left / 2 >= Int(count) else { throw .truncated }
        var dialects: [UInt16] = []
        for _ in 0..<count { dialects.append(try cursor.littleEndianU16()) }
        return (dialects, guid)
    }

    struct NegotiateAnswer {
        var dialect: UInt16 = 0
        var serverGUID: [UInt8] = []
        var maxReadSize: UInt32 = 0
        var maxWriteSize: UInt32 = 0
    }

    static func negotiateAnswer(_ body: RawSpan, isSuccess: Bool) throws(ParseError) -> NegotiateAnswer {
        var cursor = try cursor(body, skipping: 4)
        var answer = NegotiateAnswer()
        guard isSuccess else { return answer }
        answer.dialect = try cursor.littleEndianU16()
        try cursor.skip(2)
        answer.serverGUID = try cursor.take(16).copied()
        try cursor.skip(8)
        answer.maxReadSize = try cursor.littleEndianU32()
        answer.maxWriteSize = try cursor.littleEndianU32()
        return answer
    }

    static func treeConnect(_ body: RawSpan) throws(ParseError) -> [UInt8] {
        var cursor = try cursor(body, skipping: 6)
        let length = Int(try cursor.littleEndianU16())
        return UTF16Text.decode(cursor.rest.prefix(length))
    }

    // MARK: files

    struct Create {
        var name: [UInt8]
        var disposition: UInt32
        var options: UInt32
    }

    static func create(_ body: RawSpan) throws(ParseError) -> Create {
        var cursor = try cursor(body, skipping: 36)
        let disposition = try cursor.littleEndianU32()
        let options = try cursor.littleEndianU32()
        try cursor.skip(2)
        let length = Int(try cursor.littleEndianU16())
        try cursor.skip(8)
        return Create(name: UTF16Text.decode(try cursor.take(length)), disposition: disposition, options: options)
    }

    struct CreateAnswer {
        var file: SMBFileID
        /// Created, accessed, written, changed; as on the wire.
        var times: (UInt64, UInt64, UInt64, UInt64)
        var size: UInt64
    }

    static func createAnswer(_ body: RawSpan) throws(ParseError) -> CreateAnswer {
        var cursor = try cursor(body, skipping: 8)
        let times = (
            try cursor.littleEndianU64(), try cursor.littleEndianU64(), try cursor.littleEndianU64(), try cursor.littleEndianU64()
        )
        try cursor.skip(8)
        let size = try cursor.littleEndianU64()
        try cursor.skip(8)
        let file = SMBFileID(try cursor.take(16))
        try cursor.skip(8)
        return CreateAnswer(file: file, times: times, size: size)
    }

    static func close(_ body: RawSpan) throws(ParseError) -> SMBFileID {
        var cursor = try cursor(body, skipping: 8)
        return SMBFileID(try cursor.take(16))
    }

    struct Transfer {
        var size: UInt32
        var offset: UInt64
        var file: SMBFileID
        /// Where the data of a write begin.
        var data: Int
    }

    /// READ and WRITE requests: they differ in what is behind their common 48 bytes.
    static func transfer(_ body: RawSpan) throws(ParseError) -> Transfer {
        var cursor = try cursor(body, skipping: 2)
        let dataOffset = Int(try cursor.littleEndianU16()) - SMB2Header.size
        let size = try cursor.littleEndianU32()
        let offset = try cursor.littleEndianU64()
        let file = SMBFileID(try cursor.take(16))
        try cursor.skip(16)
        return Transfer(size: size, offset: offset, file: file, data: min(max(dataOffset, cursor.offset), body.byteCount))
    }

    static func readAnswer(_ body: RawSpan) throws(ParseError) -> (size: UInt32, data: Int) {
        var cursor = try cursor(body, skipping: 2)
        let dataOffset = Int(try cursor.u8()) - SMB2Header.size
        try cursor.skip(1)
        let size = try cursor.littleEndianU32()
        try cursor.skip(8)
        return (size, min(max(dataOffset, cursor.offset), body.byteCount))
    }

    enum SetInfo {
        case rename(SMBFileID, [UInt8])
        case disposition(SMBFileID, deletes: Bool)
        case other
    }

    static func setInfo(_ body: RawSpan) throws(ParseError) -> SetInfo {
        var cursor = try cursor(body, skipping: 2)
        let type = try cursor.u8()
        let level = try cursor.u8()
        let size = Int(clamping: try cursor.littleEndianU32())
        try cursor.skip(8)
        let file = SMBFileID(try cursor.take(16))
        let data = try cursor.take(size)
        guard type == 1 else { return .other }
        switch level {
        case 10:
            var inner = try SMB2Records.cursor(data, skipping: 16)
            let length = Int(clamping: try inner.littleEndianU32())
            return .rename(file, UTF16Text.decode(try inner.take(length).prefix(1 << 16)))
        case 13:
            guard data.byteCount > 0 else { throw .truncated }
            return .disposition(file, deletes: data.byte(at: 0) & 1 != 0)
        default: return .other
        }
    }

    // MARK: pipes

    struct Control {
        var function: UInt32
        var file: SMBFileID
        var data: Range<Int>
        /// FSCTL_PIPE_TRANSCEIVE.
        var isPipe: Bool { function == 0x11c017 }
    }

    static func control(_ body: RawSpan, isAnswer: Bool) throws(ParseError) -> Control {
        var cursor = try cursor(body, skipping: 4)
        let function = try cursor.littleEndianU32()
        let file = SMBFileID(try cursor.take(16))
        try cursor.skip(4)
        var count = Int(clamping: try cursor.littleEndianU32())
        if isAnswer {
            try cursor.skip(4)
            let input = count
            count = Int(clamping: try cursor.littleEndianU32())
            try cursor.skip(8)
            try cursor.skip(input)
        } else {
            try cursor.skip(24)
        }
        let begin = try cursor.advance(count)
        return Control(function: function, file: file, data: begin..<begin + count)
    }
}
