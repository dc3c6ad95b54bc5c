/// A ZIP file (PKWARE APPNOTE 6.3) of stored entries, as OOXML packages need it. Times are fixed, so the same entries give the same bytes.
struct ZipArchive {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    mutating func add(_ name: String, _ text: String) { add(name, Array(text.utf8)) }

    mutating func add(_ name: String, _ bytes: [UInt8]) {
        let path = Array(name.utf8)
        let offset = UInt32(body.count)
        // Version 2.0, names in UTF-8, stored, 1980-01-01 00:00.
        var common: [UInt8] = []
        common.append(little: UInt16(20), UInt16(0x0800), UInt16(0), UInt16(0), UInt16(0x0021))
        common.append(little: Self.crc(bytes), UInt32(bytes.count), UInt32(bytes.count))
        common.append(little: UInt16(path.count), UInt16(0))
        body.append(little: UInt32(0x0403_4b50))
        body += common + path + bytes
        directory.append(little: UInt32(0x0201_4b50))
        directory.append(little: UInt16(20))
        directory += common
        directory.append(little: UInt16(0), UInt16(0), UInt16(0))
        directory.append(little: UInt32(0), offset)
        directory += path
        count += 1
    }

    var bytes: [UInt8] {
        var file = body + directory
        file.append(little: UInt32(0x0605_4b50))
        file.append(little: UInt16(0), UInt16(0), count, count)
        file.append(little: UInt32(directory.count), UInt32(body.count))
        file.append(little: UInt16(0))
        return file
    }

    private static let table: [UInt32] = (0..<256).map {
        (0..<8).reduce(UInt32($0)) { crc, _ in crc & 1 == 1 ? 0xedb8_8320 ^ (crc >> 1) : crc >> 1 }
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xffff_ffff) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ ($0 >> 8) }
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(little numbers: Number...) {
        for number in numbers {
            for shift in stride(from: 0, to: Number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> Number(shift))) }
        }
    }
}
