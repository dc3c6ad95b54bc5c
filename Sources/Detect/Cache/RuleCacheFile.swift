import Bytes
import Digest
import Glibc
import RuleLanguage

/// The layout of a cache file: a header with a checksum over all the rest, the tables, and the rule files' contents as they were read.
///
///     0   8  magic
///     8   4  version of the format
///     12  32 key
///     44  8  bytes of the tables
///     52  8  bytes of the contents
///     60  32 SHA-256 of everything before and after this field
///
/// Numbers are little-endian on every machine. Nothing is used before the checksum holds.
enum RuleCacheFile {
    static let formatVersion: UInt32 = 2
    static let headerSize = 92
    private static let checkedSize = 60
    private static let magic = Array("VGRULES\n".utf8)
    private static let piece = 256 * 1024

    /// Why a file is not used.
    struct Unusable: Error {
        var reason: String
    }

    // MARK: writing

    /// Writes the tables and the contents to an empty file.
    ///
    /// - Returns: where each rule file's contents stand in it; nil where writing failed, as `errno` says.
    static func write(_ tables: RuleTables, _ contents: [[UInt8]], _ key: RuleCacheKey, to descriptor: CInt) -> [Range<Int>]? {
        let body = tables.coded(sizes: contents.map(\.count))
        var header = magic
        header.put(formatVersion)
        header += key.digest.bytes
        header.put(UInt64(body.count))
        header.put(UInt64(contents.reduce(0) { $0 + $1.count }))
        var hash = Hash(.sha256)
        hash.update(header)
        hash.update(body)
        for text in contents { hash.update(text) }
        header += hash.finish()
        for bytes in [header, body] + contents where WholeFile.write(bytes.rawSpan, to: descriptor) != bytes.count { return nil }
        return ranges(contents.map(\.count), from: headerSize + body.count)
    }

    private static func ranges(_ sizes: [Int], from start: Int) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var at = start
        for size in sizes {
            places.append(at..<at + size)
            at += size
        }
        return places
    }

    // MARK: reading

    /// Reads the tables when the file is whole and is the one that is asked for.
    ///
    /// - Parameter file: open for reading; the tables keep it, for the rules' texts.
    static func read(_ file: OpenFile, size: Int, _ key: RuleCacheKey, _ reader: RuleReader) throws(Unusable) -> RuleTables {
        guard size >= headerSize else { throw Unusable(reason: "it is too short") }
        let header = try bytes(file, 0..<headerSize)
        guard Array(header.prefix(8)) == magic else { throw Unusable(reason: "it is no rule cache") }
        let view = header.rawSpan
        guard view.littleEndianUInt32(at: 8) == formatVersion else { throw Unusable(reason: "its format is another one") }
        guard Array(header[12..<44]) == key.digest.bytes else { throw Unusable(reason: "it is of other rules") }
        let (body, text) = (view.littleEndianUInt64(at: 44), view.littleEndianUInt64(at: 52))
        let room = UInt64(size - headerSize)
        guard body <= room, text == room - body else { throw Unusable(reason: "it has not the size that it should have") }
        var hash = Hash(.sha256)
        hash.update(Array(header[..<checkedSize]))
        let tables = try bytes(file, headerSize..<headerSize + Int(body))
        hash.update(tables)
        var at = headerSize + Int(body)
        while at < size {
            let end = min(size, at + piece)
            hash.update(try bytes(file, at..<end))
            at = end
        }
        guard hash.finish() == Array(header[checkedSize...]) else { throw Unusable(reason: "it is damaged") }
        do throws(ParseError) {
            return try RuleTables(tables, reader) { sizes in
                guard sizes.reduce(0, +) == Int(text) else { return nil }
                return .cache(CachedTexts(file: file, files: ranges(sizes, from: headerSize + Int(body))))
            }
        } catch {
            throw Unusable(reason: "its tables are not in order")
        }
    }

    private static func bytes(_ file: OpenFile, _ range: Range<Int>) throws(Unusable) -> [UInt8] {
        guard let bytes = WholeFile.read(file.descriptor, range) else {
            throw Unusable(reason: "it cannot be read: \(unsafe String(cString: strerror(errno)))")
        }
        return bytes
    }
}
