import Foundation
import Glibc

/// Archives of plain files (POSIX.1-1988 ustar), as every `tar` reads them.
enum TarArchive {
    private static let block = 512

    /// Writes the files of a folder, in the order given, into a new archive.
    /// - Parameters:
    ///   - names: relative to the folder, at most 100 bytes each.
    ///   - time: modification time of every member, seconds since 1970.
    static func write(_ names: [String], of folder: String, under top: String, time: Int64, to target: String) throws(StoreError) {
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard output >= 0 else { throw WriteOnce.failure(target) }
        do throws(StoreError) {
            for name in names {
                var size: Int64 = 0
                var status = stat()
                guard stat(folder + "/" + name, &status) == 0 else { throw WriteOnce.failure(folder + "/" + name) }
                guard let header = header("\(top)/\(name)", size: Int64(status.st_size), time: time) else {
                    throw .failed(path: name, reason: "too long a name or too large a file for a tar archive; export into a folder instead")
                }
                try put(header, output, target)
                _ = try FileCopy.read(folder + "/" + name) { bytes throws(StoreError) in
                    size += Int64(bytes.count)
                    try put(bytes, output, target)
                }
                guard size == Int64(status.st_size) else { throw .failed(path: name, reason: "it changed while it was read") }
                try put([UInt8](repeating: 0, count: Int((Int64(block) - size % Int64(block)) % Int64(block))), output, target)
            }
            try put([UInt8](repeating: 0, count: 2 * block), output, target)
            guard fsync(output) == 0 else { throw WriteOnce.failure(target) }
            close(output)
        } catch {
            close(output)
            unlink(target)
            throw error
        }
    }

    static func put(_ bytes: [UInt8], _ output: Int32, _ target: String) throws(StoreError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw WriteOnce.failure(target) }
            offset += count
        }
    }

    private static func header(_ name: String, size: Int64, time: Int64) -> [UInt8]? {
        guard name.utf8.count <= 100, size < 1 << 33 else { return nil }
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) { for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte } }
        func octal(_ value: Int64, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put("0000640", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, 11), at: 124)
        put(octal(max(0, time), 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(header.reduce(0) { $0 + Int64($1) }, 6), at: 148)
        header[154] = 0
        return header
    }

    /// Unpacks an archive's plain files into an empty folder. Names that lead elsewhere are refused.
    static func unpack(_ source: String, into folder: String) throws(StoreError) {
        let bad = StoreError.failed(path: source, reason: "no tar archive of a package")
        guard let input = FileHandle(forReadingAtPath: source) else { throw .cannotOpen(path: source, reason: "the file cannot be read") }
        defer { try? input.close() }
        func take(_ count: Int) throws(StoreError) -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                guard let data = try? input.read(upToCount: count - bytes.count), !data.isEmpty else { throw bad }
                bytes += data
            }
            return bytes
        }
        while true {
            let header = try take(block)
            if header.allSatisfy({ $0 == 0 }) { return }
            func text(_ offset: Int, _ count: Int) -> String {
                String(decoding: header[offset..<offset + count].prefix { $0 != 0 }, as: UTF8.self).trimmingCharacters(in: .whitespaces)
            }
            guard var size = Int64(text(124, 12), radix: 8), size >= 0, text(257, 5) == "ustar" else { throw bad }
            let name = text(0, 100)
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            let isFolder = text(156, 1) == "5"
            guard isFolder || text(156, 1) == "0" || text(156, 1).isEmpty, !name.hasPrefix("/"), !parts.contains("..") else { throw bad }
            let path = folder + "/" + name
            let parent = isFolder ? path : URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard (try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)) != nil else {
                throw WriteOnce.failure(parent)
            }
            if isFolder { continue }
            let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard output >= 0 else { throw WriteOnce.failure(path) }
            defer { close(output) }
            let padding = (Int64(block) - size % Int64(block)) % Int64(block)
            while size > 0 {
                let bytes = try take(Int(min(size, 1 << 20)))
                try put(bytes, output, path)
                size -= Int64(bytes.count)
            }
            _ = try take(Int(padding))
        }
    }
}
