import Bytes

/// Bodies of SMB1 messages ([MS-CIFS] §2.2.4), from the word count on, as far as they are needed.
enum SMB1Records {
    /// Longest text, in bytes: twice what a path may have.
    private static let longestText = 1 << 16

    /// Text in the record's form, ended by NUL.
    @_lifetime(cursor: copy cursor)
    static func text(_ cursor: inout ByteCursor, isUnicode: Bool, hasPadding: Bool) throws(ParseError) -> [UInt8] {
        if isUnicode {
            if hasPadding { try cursor.skip(1) }
            guard let (text, end) = UTF16Text.terminated(cursor.bytes.prefix(cursor.offset + longestText), from: cursor.offset) else {
                throw .truncated
            }
            cursor.offset = end
            return text
        }
        guard let end = cursor.bytes.firstOffset(of: 0, from: cursor.offset), end - cursor.offset <= longestText else { throw .truncated }
        let text = cursor.bytes.extracting(cursor.offset..<end).copied()
        cursor.offset = end + 1
        return text
    }

    /// The next command of a chain and where it begins, counted from the header.
    static func next(_ body: RawSpan) -> (command: UInt8, offset: Int)? {
        guard body.byteCount >= 5 else { return nil }
        return (body.byte(at: 1), Int(body.littleEndianUInt16(at: 3)))
    }

    // MARK: files

    struct Write {
        var file: UInt16
        var offset: UInt64
        var size: UInt32
        /// Where the data begin in the record.
        var data: Int
    }

    /// WRITE_ANDX. `start` is where its body begins in the record.
    static func writeAndX(_ record: RawSpan, _ start: Int) throws(ParseError) -> Write {
        var cursor = ByteCursor(record)
        try cursor.skip(start)
        let words = try cursor.u8()
        try cursor.skip(4)
        let file = try cursor.littleEndianU16()
        var offset = UInt64(try cursor.littleEndianU32())
        try cursor.skip(8)
        let high = try cursor.littleEndianU16()
        let low = try cursor.littleEndianU16()
        let dataOffset = Int(try cursor.littleEndianU16())
        if words == 14 { offset |= UInt64(try cursor.littleEndianU32()) << 32 }
        let count = try cursor.littleEndianU16()
        if dataOffset < cursor.offset, count > low { try cursor.skip(Int(count - low)) }
        return Write(
            file: file, offset: offset, size: UInt32(high) << 16 | UInt32(low), data: min(max(dataOffset, cursor.offset), record.byteCount))
    }

    /// WRITE and WRITE_AND_CLOSE.
    static func plainWrite(_ record: RawSpan, closes: Bool) throws(ParseError) -> Write {
        var cursor = ByteCursor(record)
        try cursor.skip(SMB1Header.size)
        let words = try cursor.u8()
        let file = try cursor.littleEndianU16()
        let count = try cursor.littleEndianU16()
        let offset = UInt64(try cursor.littleEndianU32())
        var size = count
        if closes {
            try cursor.skip(words == 12 ? 16 : 4)
            let bytes = try cursor.littleEndianU16()
            if bytes > count { try cursor.skip(Int(bytes - count)) }
        } else {
            try cursor.skip(5)
            size = try cursor.littleEndianU16()
        }
        guard cursor.left >= Int(size) else { throw .truncated }
        return Write(file: file, offset: offset, size: UInt32(size), data: cursor.offset)
    }

    static func read(_ body: RawSpan) throws(ParseError) -> (file: UInt16, offset: UInt64) {
        var cursor = ByteCursor(body)
        let words = try cursor.u8()
        try cursor.skip(4)
        let file = try cursor.littleEndianU16()
        var offset = UInt64(try cursor.littleEndianU32())
        try cursor.skip(10)
        if words == 12 { offset |= UInt64(try cursor.littleEndianU32()) << 32 }
        return (file, offset)
    }

    static func readAnswer(_ record: RawSpan, _ start: Int) throws(ParseError) -> (size: UInt32, data: Int) {
        var cursor = ByteCursor(record)
        try cursor.skip(start + 11)
        let low = try cursor.littleEndianU16()
        let dataOffset = Int(try cursor.littleEndianU16())
        let high = try cursor.littleEndianU32()
        try cursor.skip(6)
        let count = try cursor.littleEndianU16()
        if dataOffset < cursor.offset, count > low { try cursor.skip(Int(count - low)) }
        return (high << 16 | UInt32(low), min(max(dataOffset, cursor.offset), record.byteCount))
    }

    struct Create {
        var name: [UInt8]
        var disposition: UInt32
        var options: UInt32
    }

    static func create(_ body: RawSpan, isUnicode: Bool) throws(ParseError) -> Create {
        var cursor = ByteCursor(body)
        try cursor.skip(6)
        let length = try cursor.littleEndianU16()
        try cursor.skip(28)
        let disposition = try cursor.littleEndianU32()
        let options = try cursor.littleEndianU32()
        try cursor.skip(5)
        let count = try cursor.littleEndianU16()
        var name: [UInt8] = []
        if count >= length { name = try text(&cursor, isUnicode: isUnicode, hasPadding: (count - length) & 1 == 1) }
        return Create(name: name, disposition: disposition, options: options)
    }

    struct CreateAnswer {
        var file: UInt16
        /// Created, accessed, written, changed; as on the wire.
        var times: (UInt64, UInt64, UInt64, UInt64)
        var size: UInt64
    }

    static func createAnswer(_ body: RawSpan) throws(ParseError) -> CreateAnswer {
        var cursor = ByteCursor(body)
        try cursor.skip(6)
        let file = try cursor.littleEndianU16()
        try cursor.skip(4)
        let times = (
            try cursor.littleEndianU64(), try cursor.littleEndianU64(), try cursor.littleEndianU64(), try cursor.littleEndianU64()
        )
        try cursor.skip(4)
        let size = try cursor.littleEndianU64()
        try cursor.skip(15)
        return CreateAnswer(file: file, times: times, size: size)
    }

    static func rename(_ body: RawSpan, isUnicode: Bool) throws(ParseError) -> (from: [UInt8], to: [UInt8]) {
        var cursor = ByteCursor(body)
        try cursor.skip(6)
        let from = try text(&cursor, isUnicode: isUnicode, hasPadding: false)
        try cursor.skip(1)
        return (from, try text(&cursor, isUnicode: isUnicode, hasPadding: true))
    }

    // MARK: sessions and trees

    /// The offered dialects, and whether one of them has no name.
    static func dialects(_ body: RawSpan) throws(ParseError) -> (names: [[UInt8]], isMalformed: Bool) {
        var cursor = ByteCursor(body)
        try cursor.skip(3)
        var names: [[UInt8]] = []
        var isMalformed = false
        while names.count < 256, let end = cursor.bytes.firstOffset(of: 0, from: cursor.offset) {
            let length = end - cursor.offset
            if length < 2 { isMalformed = true }
            // The first byte of each says that a string follows.
            if length > 0 { names.append(cursor.bytes.extracting(cursor.offset + 1..<end).prefix(256).copied()) }
            cursor.offset = end + 1
        }
        guard !names.isEmpty || isMalformed else { throw .truncated }
        return (names, isMalformed)
    }

    static func negotiateAnswer(_ body: RawSpan) throws(ParseError) -> (index: Int, serverGUID: [UInt8]) {
        var cursor = ByteCursor(body)
        guard try cursor.u8() != 0 else {
            try cursor.skip(2)
            return (0, [])
        }
        let index = Int(try cursor.littleEndianU16())
        try cursor.skip(32)
        let count = try cursor.littleEndianU16()
        return (index, count >= 16 ? try cursor.take(16).copied() : [])
    }

    /// Where the security blob of a session request is in the record, and where the names behind it begin. Without extended security there
    /// are passwords instead, and two more names.
    static func sessionSetup(_ record: RawSpan, _ start: Int) throws(ParseError) -> (blob: Range<Int>, names: Int, skippedNames: Int) {
        var cursor = ByteCursor(record)
        try cursor.skip(start)
        let words = try cursor.u8()
        try cursor.skip(14)
        if words == 13 {
            let passwords = Int(try cursor.littleEndianU16()) + Int(try cursor.littleEndianU16())
            try cursor.skip(10 + passwords)
            return (cursor.offset..<cursor.offset, cursor.offset, 2)
        }
        let length = Int(try cursor.littleEndianU16())
        try cursor.skip(10)
        let begin = try cursor.advance(length)
        return (begin..<begin + length, cursor.offset, 0)
    }

    /// Where the names of a session answer begin in the record.
    static func sessionSetupAnswer(_ record: RawSpan, _ start: Int) throws(ParseError) -> Int {
        var cursor = ByteCursor(record)
        try cursor.skip(start)
        switch try cursor.u8() {
        case 0: try cursor.skip(2)
        case 3: try cursor.skip(8)
        default:
            try cursor.skip(6)
            let length = Int(try cursor.littleEndianU16())
            try cursor.skip(2 + length)
        }
        return cursor.offset
    }

    /// Operating system and LAN manager at `offset` of a session record; what is missing is empty.
    static func host(_ record: RawSpan, at offset: Int, skipping: Int, isUnicode: Bool) -> SMBTransaction.SessionSetup.Host {
        var cursor = ByteCursor(record)
        cursor.offset = min(offset, record.byteCount)
        let isWide = isUnicode && cursor.left > 1
        if isWide, cursor.offset & 1 == 1 { cursor.offset += 1 }
        var host = SMBTransaction.SessionSetup.Host()
        for _ in 0..<skipping { _ = try? text(&cursor, isUnicode: isWide, hasPadding: false) }
        guard let system = try? text(&cursor, isUnicode: isWide, hasPadding: false) else { return host }
        host.operatingSystem = system
        host.lanManager = (try? text(&cursor, isUnicode: isWide, hasPadding: false)) ?? []
        return host
    }

    static func treeConnect(_ body: RawSpan, isUnicode: Bool) throws(ParseError) -> (path: [UInt8], service: [UInt8]) {
        var cursor = ByteCursor(body)
        try cursor.skip(7)
        let password = Int(try cursor.littleEndianU16())
        try cursor.skip(2 + password)
        let path = try text(&cursor, isUnicode: isUnicode, hasPadding: (11 + password) & 1 == 1)
        return (path, try text(&cursor, isUnicode: false, hasPadding: false))
    }

    static func treeConnectAnswer(_ body: RawSpan) throws(ParseError) -> [UInt8] {
        var cursor = ByteCursor(body)
        let words = try cursor.u8()
        try cursor.skip(4 + (words >= 3 ? 2 : 0) + (words == 7 ? 8 : 0) + 2)
        return try text(&cursor, isUnicode: false, hasPadding: false)
    }

    // MARK: transactions

    /// The parts of TRANSACTION and TRANSACTION2 requests, as ranges of the record.
    struct Transaction {
        var setup: [UInt16]
        var parameters: Range<Int>
        var data: Range<Int>
    }

    static func transaction(_ record: RawSpan) throws(ParseError) -> Transaction {
        var cursor = ByteCursor(record)
        try cursor.skip(SMB1Header.size + 19)
        let parameterCount = Int(try cursor.littleEndianU16())
        let parameterOffset = Int(try cursor.littleEndianU16())
        let dataCount = Int(try cursor.littleEndianU16())
        let dataOffset = Int(try cursor.littleEndianU16())
        let setupCount = try cursor.u8()
        try cursor.skip(1)
        var setup: [UInt16] = []
        for _ in 0..<setupCount { setup.append(try cursor.littleEndianU16()) }
        try cursor.skip(2)
        return Transaction(
            setup: setup, parameters: try part(record, parameterOffset, parameterCount), data: try part(record, dataOffset, dataCount))
    }

    /// The data of a TRANSACTION answer; empty when it is only a status.
    static func transactionAnswer(_ record: RawSpan) throws(ParseError) -> Range<Int> {
        var cursor = ByteCursor(record)
        try cursor.skip(SMB1Header.size)
        guard try cursor.u8() != 0 else {
            try cursor.skip(2)
            return 0..<0
        }
        try cursor.skip(12)
        let count = Int(try cursor.littleEndianU16())
        let offset = Int(try cursor.littleEndianU16())
        try cursor.skip(6)
        return try part(record, offset, count)
    }

    private static func part(_ record: RawSpan, _ offset: Int, _ count: Int) throws(ParseError) -> Range<Int> {
        guard count > 0 else { return 0..<0 }
        guard offset <= record.byteCount, record.byteCount - offset >= count else { throw .truncated }
        return offset..<offset + count
    }

    /// FILE_RENAME_INFORMATION behind SET_PATH_INFO and SET_FILE_INFO.
    static func newName(_ data: RawSpan) throws(ParseError) -> [UInt8] {
        var cursor = ByteCursor(data)
        try cursor.skip(8)
        let length = Int(clamping: try cursor.littleEndianU32())
        return UTF16Text.decode(try cursor.take(length).prefix(longestText))
    }
}

/// Moments as Windows counts them: tenths of microseconds since 1601.
enum WindowsTime {
    /// Seconds since 1970; 0 for anything before.
    static func unixSeconds(_ ticks: UInt64) -> UInt32 {
        ticks > 116_444_736_000_000_000 ? UInt32(truncatingIfNeeded: ticks / 10_000_000 - 11_644_473_600) : 0
    }
}
