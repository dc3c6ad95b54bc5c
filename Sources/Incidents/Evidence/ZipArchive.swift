import Bytes
import CZlib
import Foundation
import Glibc

/// Zip archives of plain files (APPNOTE 6.3): written without compression, so that what is evidence lies in them byte by byte; read as any
/// program writes them, stored or deflated. Whoever has no `tar` opens them with a double click.
enum ZipArchive {
    /// Sizes and places are 32 bits wide here; larger packages are for tar.
    private static let most = Int64(UInt32.max) - 1
    private static let localHeader = 30
    private static let centralHeader = 46
    private static let endRecord = 22

    private struct Member {
        var name: [UInt8]
        var checksum: UInt32
        var size: Int64
        var offset: Int64
    }

    /// Whether a file begins like one.
    static func isOne(_ path: String) -> Bool {
        guard let input = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? input.close() }
        return (try? input.read(upToCount: 4)).map { [UInt8]($0) } == [0x50, 0x4b, 3, 4]
    }

    // MARK: Writing

    private static func little(_ value: Int64, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// Time and date as DOS had them, in Việt Nam's time.
    private static func moment(_ time: Int64) -> [UInt8] {
        let fields = LocalTime.fields(Timestamp(seconds: time))
        let year = min(max(fields.year, 1980), 2107) - 1980
        return little(Int64(fields.hour << 11 | fields.minute << 5 | fields.second / 2), 2)
            + little(Int64(year << 9 | fields.month << 5 | fields.day), 2)
    }

    private static func facts(_ member: Member, _ moment: [UInt8]) -> [UInt8] {
        // Names are UTF-8; stored as it is.
        little(20, 2) + little(0x800, 2) + little(0, 2) + moment + little(Int64(member.checksum), 4) + little(member.size, 4)
            + little(member.size, 4) + little(Int64(member.name.count), 2) + little(0, 2)
    }

    /// Writes the files of a folder, in the order given, into a new archive.
    /// - Parameters:
    ///   - names: relative to the folder.
    ///   - time: modification time of every member, seconds since 1970.
    static func write(_ names: [String], of folder: String, under top: String, time: Int64, to target: String) throws(StoreError) {
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard output >= 0 else { throw WriteOnce.failure(target) }
        do throws(StoreError) {
            var members: [Member] = []
            var offset: Int64 = 0
            func put(_ bytes: [UInt8]) throws(StoreError) {
                try TarArchive.put(bytes, output, target)
                offset += Int64(bytes.count)
                guard offset <= most else {
                    throw .failed(path: target, reason: "too large for a zip archive (4 GiB); export into a .tar instead")
                }
            }
            let moment = moment(time)
            for name in names {
                var member = Member(name: Array("\(top)/\(name)".utf8), checksum: 0, size: 0, offset: offset)
                _ = try FileCopy.read(folder + "/" + name) { bytes throws(StoreError) in
                    member.checksum = UInt32(truncatingIfNeeded: crc32(uLong(member.checksum), bytes, uInt(bytes.count)))
                    member.size += Int64(bytes.count)
                }
                try put([0x50, 0x4b, 3, 4] + facts(member, moment) + member.name)
                let begin = offset
                _ = try FileCopy.read(folder + "/" + name) { bytes throws(StoreError) in try put(bytes) }
                guard offset - begin == member.size else { throw .failed(path: name, reason: "it changed while it was read") }
                members.append(member)
            }
            let directory = offset
            for member in members {
                // Made on Unix; a plain file, readable by its group.
                try put(
                    [0x50, 0x4b, 1, 2] + little(3 << 8 | 20, 2) + facts(member, moment) + little(0, 6) + little(0o100640 << 16, 4)
                        + little(member.offset, 4) + member.name)
            }
            let size = offset - directory
            try put(
                [0x50, 0x4b, 5, 6] + little(0, 4) + little(Int64(members.count), 2) + little(Int64(members.count), 2) + little(size, 4)
                    + little(directory, 4) + little(0, 2))
            guard fsync(output) == 0 else { throw WriteOnce.failure(target) }
            close(output)
        } catch {
            close(output)
            unlink(target)
            throw error
        }
    }

    // MARK: Reading

    private struct Entry {
        var name: String
        var method: Int64
        var packed: Int64
        var size: Int64
        var offset: Int64
    }

    /// Unpacks an archive's plain files into an empty folder. Names that lead elsewhere are refused.
    static func unpack(_ source: String, into folder: String) throws(StoreError) {
        let bad = StoreError.failed(path: source, reason: "no zip archive of a package")
        guard let input = FileHandle(forReadingAtPath: source) else { throw .cannotOpen(path: source, reason: "the file cannot be read") }
        defer { try? input.close() }
        func take(_ offset: Int64, _ count: Int64) throws(StoreError) -> [UInt8] {
            guard offset >= 0, count >= 0, (try? input.seek(toOffset: UInt64(offset))) != nil,
                let data = count == 0 ? Data() : try? input.read(upToCount: Int(count)), data.count == count
            else { throw bad }
            return [UInt8](data)
        }
        guard let length = (try? input.seekToEnd()).map({ Int64(clamping: $0) }) else { throw bad }
        let entries = try directory(length, bad, take)
        // Members that share their bytes would make much of little.
        guard entries.reduce(0, { $0 + $1.packed }) <= length else { throw bad }
        for entry in entries where !entry.name.hasSuffix("/") {
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
            guard !entry.name.hasPrefix("/"), !parts.contains(".."), !entry.name.contains("\\"), !entry.name.contains("\0") else {
                throw bad
            }
            let local = try take(entry.offset, Int64(localHeader))
            guard Array(local[..<4]) == [0x50, 0x4b, 3, 4] else { throw bad }
            let begin = entry.offset + Int64(localHeader) + number(local, 26, 2) + number(local, 28, 2)
            let path = folder + "/" + entry.name
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard (try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)) != nil else {
                throw WriteOnce.failure(parent)
            }
            let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard output >= 0 else { throw WriteOnce.failure(path) }
            defer { close(output) }
            var reader = PackedBytes(at: begin, count: entry.packed)
            if entry.method == 0 {
                guard entry.packed == entry.size else { throw bad }
                while let bytes = try reader.next(take) { try TarArchive.put(bytes, output, path) }
            } else {
                try inflate(&reader, entry.size, bad, take) { bytes throws(StoreError) in try TarArchive.put(bytes, output, path) }
            }
        }
    }

    private struct PackedBytes {
        var offset: Int64
        var left: Int64

        init(at offset: Int64, count: Int64) { (self.offset, left) = (offset, count) }

        mutating func next(_ take: (Int64, Int64) throws(StoreError) -> [UInt8]) throws(StoreError) -> [UInt8]? {
            guard left > 0 else { return nil }
            let bytes = try take(offset, min(left, 1 << 20))
            offset += Int64(bytes.count)
            left -= Int64(bytes.count)
            return bytes
        }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int64 {
        (0..<count).reduce(0) { $0 | Int64(bytes[offset + $1]) << (8 * Int64($1)) }
    }

    private static func directory(
        _ length: Int64, _ bad: StoreError, _ take: (Int64, Int64) throws(StoreError) -> [UInt8]
    ) throws(StoreError) -> [Entry] {
        // The end record may have a comment behind it.
        let tail = try take(max(0, length - 65_557), min(length, 65_557))
        guard tail.count >= endRecord,
            let end = (0...tail.count - endRecord).last(where: {
                tail[$0] == 0x50 && tail[$0 + 1] == 0x4b && tail[$0 + 2] == 5 && tail[$0 + 3] == 6
            })
        else { throw bad }
        let (size, offset) = (number(tail, end + 12, 4), number(tail, end + 16, 4))
        guard size <= 64 << 20, offset <= length - size else { throw bad }
        let list = try take(offset, size)
        var entries: [Entry] = []
        var place = 0
        while list.count - place >= centralHeader, Array(list[place..<place + 4]) == [0x50, 0x4b, 1, 2] {
            let nameLength = Int(number(list, place + 28, 2))
            let rest = nameLength + Int(number(list, place + 30, 2)) + Int(number(list, place + 32, 2))
            let flags = number(list, place + 8, 2)
            let entry = Entry(
                name: String(decoding: list[(place + centralHeader)...].prefix(nameLength), as: UTF8.self),
                method: number(list, place + 10, 2), packed: number(list, place + 20, 4), size: number(list, place + 24, 4),
                offset: number(list, place + 42, 4))
            // Encrypted ones, other ways of packing and 64-bit sizes are no package of this program's.
            guard flags & 1 == 0, entry.method == 0 || entry.method == 8, entry.packed <= most, entry.size <= most, entry.offset <= length,
                list.count - place - centralHeader >= rest
            else { throw bad }
            entries.append(entry)
            place += centralHeader + rest
        }
        guard Int64(entries.count) == number(tail, end + 10, 2) else { throw bad }
        return entries
    }

    private static func inflate(
        _ reader: inout PackedBytes, _ size: Int64, _ bad: StoreError, _ take: (Int64, Int64) throws(StoreError) -> [UInt8],
        _ body: ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw bad }
        defer { inflateEnd(&stream) }
        var made: Int64 = 0
        var room = [UInt8](repeating: 0, count: 1 << 18)
        var isOver = false
        while !isOver, var bytes = try reader.next(take) {
            var used = 0
            repeat {
                let (code, consumed, count) = bytes.withUnsafeMutableBufferPointer { input in
                    room.withUnsafeMutableBufferPointer { output in
                        stream.next_in = input.baseAddress.map { $0 + used }
                        stream.avail_in = uInt(input.count - used)
                        stream.next_out = output.baseAddress
                        stream.avail_out = uInt(output.count)
                        let code = CZlib.inflate(&stream, Z_NO_FLUSH)
                        return (code, input.count - used - Int(stream.avail_in), output.count - Int(stream.avail_out))
                    }
                }
                used += consumed
                made += Int64(count)
                guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, made <= size else { throw bad }
                try body(Array(room[..<count]))
                isOver = code == Z_STREAM_END
                if consumed == 0 && count == 0 { break }
            } while !isOver
        }
        guard isOver, made == size else { throw bad }
    }
}
