import Bytes

/// What an RDP client says of itself in its connect request (MS-RDPBCGR §2.2.1.3.2, TS_UD_CS_CORE).
struct RDPClient {
    var version: UInt32
    var width: UInt16
    var height: UInt16
    var colorDepth: UInt64?
    var keyboardLayout: UInt32
    var build: UInt32
    var name: String
    var keyboardType: UInt32
    var keyboardSubtype: UInt32
    var functionKeys: UInt32
    var inputMethod: String
    // Older clients end somewhere before the last of these.
    var productID: UInt16?
    var serialNumber: UInt32?
    var capabilities: UInt16?
    var digitalProductID: String?
    var connectionType: UInt8?
    var physicalWidth: UInt32?
    var physicalHeight: UInt32?
    var orientation: UInt16?
    var scaleFactor: UInt32?
    var deviceScaleFactor: UInt32?

    /// - Parameter bytes: the block without its header.
    init(_ bytes: RawSpan) throws(ParseError) {
        var cursor = ByteCursor(bytes)
        version = try RDPClient.number(&cursor, 4)
        width = UInt16(try RDPClient.number(&cursor, 2))
        height = UInt16(try RDPClient.number(&cursor, 2))
        let oldDepth = try RDPClient.number(&cursor, 2)
        try cursor.skip(2)
        keyboardLayout = try RDPClient.number(&cursor, 4)
        build = try RDPClient.number(&cursor, 4)
        name = RDPClient.text(try cursor.take(32))
        keyboardType = try RDPClient.number(&cursor, 4)
        keyboardSubtype = try RDPClient.number(&cursor, 4)
        functionKeys = try RDPClient.number(&cursor, 4)
        inputMethod = RDPClient.text(try cursor.take(64))
        colorDepth = RDPClient.palette[oldDepth]
        do throws(ParseError) { try readOptional(&cursor) } catch {}
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readOptional(_ cursor: inout ByteCursor) throws(ParseError) {
        if let depth = RDPClient.palette[try RDPClient.number(&cursor, 2)] { colorDepth = depth }
        productID = UInt16(try RDPClient.number(&cursor, 2))
        serialNumber = try RDPClient.number(&cursor, 4)
        let depth = try RDPClient.number(&cursor, 2)
        if [4, 8, 15, 16, 24].contains(depth) { colorDepth = UInt64(depth) }
        try cursor.skip(2)
        capabilities = UInt16(try RDPClient.number(&cursor, 2))
        digitalProductID = RDPClient.text(try cursor.take(64))
        connectionType = try cursor.u8()
        // Padding, and the protocol that the server has chosen.
        try cursor.skip(5)
        physicalWidth = try RDPClient.number(&cursor, 4)
        physicalHeight = try RDPClient.number(&cursor, 4)
        orientation = UInt16(try RDPClient.number(&cursor, 2))
        scaleFactor = try RDPClient.number(&cursor, 4)
        deviceScaleFactor = try RDPClient.number(&cursor, 4)
    }

    private static let palette: [UInt32: UInt64] = [0xca00: 4, 0xca01: 8, 0xca02: 15, 0xca03: 16, 0xca04: 24]

    @_lifetime(cursor: copy cursor)
    private static func number(_ cursor: inout ByteCursor, _ size: Int) throws(ParseError) -> UInt32 {
        let bytes = try cursor.take(size)
        return size == 2 ? UInt32(bytes.littleEndianUInt16(at: 0)) : bytes.littleEndianUInt32(at: 0)
    }

    /// UTF-16 up to the first zero.
    private static func text(_ bytes: RawSpan) -> String {
        var units: [UInt16] = []
        for index in 0..<bytes.byteCount / 2 {
            let unit = bytes.littleEndianUInt16(at: 2 * index)
            if unit == 0 { break }
            units.append(unit)
        }
        return String(decoding: units, as: UTF16.self)
    }

    // MARK: EVE

    func write(_ json: inout JSONWriter) {
        func text(_ key: StaticString, _ value: String) {
            json.key(key)
            json.string(value)
        }
        func number(_ key: StaticString, _ value: (some BinaryInteger)?) {
            guard let value else { return }
            json.key(key)
            json.number(UInt64(value))
        }
        json.beginObject()
        text("version", RDPNames.versions[version] ?? "unknown")
        number("desktop_width", Optional(width))
        number("desktop_height", Optional(height))
        number("color_depth", colorDepth)
        text("keyboard_layout", RDPNames.layouts[keyboardLayout] ?? "unknown")
        text("build", RDPNames.builds[build] ?? "unknown")
        if !name.isEmpty { text("client_name", name) }
        if let type = RDPNames.keyboards[keyboardType] { text("keyboard_type", type) }
        number("keyboard_subtype", keyboardSubtype == 0 ? nil : keyboardSubtype)
        number("function_keys", functionKeys == 0 ? nil : functionKeys)
        if !inputMethod.isEmpty { text("ime", inputMethod) }
        number("product_id", productID)
        number("serial_number", serialNumber == 0 ? nil : serialNumber)
        if let capabilities, capabilities != 0 {
            json.key("capabilities")
            json.beginArray()
            for (bit, name) in RDPNames.capabilities where capabilities & bit != 0 { json.string(name) }
            json.endArray()
        }
        if let digitalProductID, !digitalProductID.isEmpty { text("id", digitalProductID) }
        if let connectionType, let hint = RDPNames.connections[connectionType] { text("connection_hint", hint) }
        number("physical_width", physicalWidth)
        number("physical_height", physicalHeight)
        number("desktop_orientation", orientation)
        number("scale_factor", scaleFactor)
        number("device_scale_factor", deviceScaleFactor)
        json.endObject()
    }
}
