import Bytes

/// Text of a header, shared by the table and all fields that refer to it: whoever refers to one entry a thousand times must not make a
/// thousand copies.
final class HPACKText: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// A header field (RFC 7541 §1.3).
struct HPACKField {
    var name: HPACKText
    var value: HPACKText

    /// What it takes of the dynamic table (§4.1).
    var size: Int { name.bytes.count + value.bytes.count + 32 }
}

/// One representation of a header block (RFC 7541 §6).
enum HPACKEntry {
    enum Flaw { case notIndexed, indexZero, integerOverflow }

    case field(HPACKField)
    case sizeUpdate(UInt64)
    case invalid(Flaw)
}

/// Undoes header compression in one direction of a connection.
struct HPACKDecoder {
    /// The table never grows beyond this, whatever the peers agree on.
    let mostTableBytes: Int

    /// Oldest first; those before `first` are gone.
    private var table: [HPACKField] = []
    private var first = 0
    private var size = 0
    /// Bytes that the table may hold.
    private(set) var capacity: Int

    init(mostTableBytes: Int = HTTP2Limits().tableBytes) {
        self.mostTableBytes = mostTableBytes
        capacity = min(4096, mostTableBytes)
    }

    private var count: Int { table.count - first }

    /// The peer's `SETTINGS_HEADER_TABLE_SIZE`.
    mutating func setCapacity(_ bytes: UInt64) { capacity = Int(min(bytes, UInt64(mostTableBytes))) }

    /// Reads a whole header block.
    ///
    /// - Returns: its entries, and whether the block ended in the middle of one.
    mutating func decode(_ block: RawSpan) -> (entries: [HPACKEntry], isTruncated: Bool) {
        var entries: [HPACKEntry] = []
        var cursor = ByteCursor(block)
        while !cursor.isAtEnd {
            do throws(ParseError) {
                let entry = try next(&cursor)
                entries.append(entry)
                // After an overflow nobody knows where the next one begins.
                if case .invalid(.integerOverflow) = entry { return (entries, false) }
            } catch {
                return (entries, true)
            }
        }
        return (entries, false)
    }

    private mutating func next(_ cursor: inout ByteCursor) throws(ParseError) -> HPACKEntry {
        let head = try cursor.u8()
        if head & 0x80 != 0 {
            guard let index = try HPACKDecoder.integer(head & 0x7f, 0x7f, &cursor) else { return .invalid(.integerOverflow) }
            guard index > 0 else { return .invalid(.indexZero) }
            return entry(index).map { .field($0) } ?? .invalid(.notIndexed)
        }
        if head & 0xe0 == 0x20 {
            guard let update = try HPACKDecoder.integer(head & 0x1f, 0x1f, &cursor) else { return .invalid(.integerOverflow) }
            setCapacity(update)
            evict()
            return .sizeUpdate(update)
        }
        let isIndexed = head & 0x40 != 0
        let mask: UInt8 = isIndexed ? 0x3f : 0x0f
        guard let index = try HPACKDecoder.integer(head & mask, mask, &cursor) else { return .invalid(.integerOverflow) }
        var name: HPACKText?
        if index == 0 {
            guard let text = try HPACKDecoder.string(&cursor) else { return .invalid(.integerOverflow) }
            name = HPACKText(text)
        } else {
            name = entry(index)?.name
        }
        guard let value = try HPACKDecoder.string(&cursor) else { return .invalid(.integerOverflow) }
        guard let name else { return .invalid(.notIndexed) }
        let field = HPACKField(name: name, value: HPACKText(value))
        if isIndexed { add(field) }
        return .field(field)
    }

    /// The entry at an index of static and dynamic table together (§2.3.3).
    private func entry(_ index: UInt64) -> HPACKField? {
        let fixed = HPACKStaticTable.fields.count
        if index <= UInt64(fixed) { return HPACKStaticTable.fields[Int(index) - 1] }
        guard index - UInt64(fixed) <= UInt64(count) else { return nil }
        return table[table.count - (Int(index) - fixed)]
    }

    private mutating func add(_ field: HPACKField) {
        table.append(field)
        size += field.size
        evict()
    }

    private mutating func evict() {
        while size > capacity, first < table.count {
            size -= table[first].size
            first += 1
        }
        if first > 64, first * 2 > table.count {
            table.removeFirst(first)
            first = 0
        }
    }

    /// An integer with a prefix (§5.1); nil when it does not fit 64 bits.
    private static func integer(_ prefix: UInt8, _ full: UInt8, _ cursor: inout ByteCursor) throws(ParseError) -> UInt64? {
        guard prefix == full else { return UInt64(prefix) }
        var value = UInt64(full)
        var shift: UInt64 = 0
        while true {
            let byte = try cursor.u8()
            let bits = UInt64(byte & 0x7f)
            guard shift < 63 || bits == 0 else { return nil }
            let (sum, isOver) = value.addingReportingOverflow(shift < 63 ? bits << shift : 0)
            guard !isOver, shift <= 70 else { return nil }
            value = sum
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }

    /// A string literal (§5.2); nil when its length does not fit 64 bits.
    private static func string(_ cursor: inout ByteCursor) throws(ParseError) -> [UInt8]? {
        let head = try cursor.u8()
        guard let length = try integer(head & 0x7f, 0x7f, &cursor) else { return nil }
        guard length <= UInt64(cursor.left) else { throw .truncated }
        let bytes = try cursor.take(Int(length))
        return head & 0x80 != 0 ? HPACKHuffman.decode(bytes) : bytes.copied()
    }
}

/// RFC 7541 appendix A.
enum HPACKStaticTable {
    static let fields: [HPACKField] = [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"), (":scheme", "http"),
        (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
        (":status", "404"), (":status", "500"), ("accept-charset", ""), ("accept-encoding", "gzip, deflate"), ("accept-language", ""),
        ("accept-ranges", ""), ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""),
        ("cache-control", ""), ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""), ("expect", ""),
        ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
        ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""),
        ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
        ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""),
        ("via", ""), ("www-authenticate", ""),
    ].map { HPACKField(name: HPACKText(Array($0.0.utf8)), value: HPACKText(Array($0.1.utf8))) }
}
