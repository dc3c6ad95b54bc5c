import Glibc

/// The capture files below a folder.
public enum CaptureFolder {
    /// Whether `path` is a folder; nil when there is nothing of that name.
    public static func isFolder(_ path: String) -> Bool? {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        return info.st_mode & S_IFMT == S_IFDIR
    }

    /// Regular files in `path` that begin like a capture, sorted by name; those in folders below too when `recursive`.
    /// Links to folders are not followed.
    public static func captures(in path: String, recursive: Bool) throws(CaptureError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw .unreadable(path: path, reason: unsafe String(cString: strerror(errno))) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        unsafe closedir(folder)
        var files: [String] = []
        for name in names.sorted() {
            let full = path.hasSuffix("/") ? path + name : path + "/" + name
            var info = stat()
            guard unsafe lstat(full, &info) == 0 else { continue }
            if info.st_mode & S_IFMT == S_IFDIR {
                if recursive { files += try captures(in: full, recursive: true) }
            } else if unsafe stat(full, &info) == 0, info.st_mode & S_IFMT == S_IFREG, beginsLikeCapture(full) {
                files.append(full)
            }
        }
        return files
    }

    private static func beginsLikeCapture(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic: UInt32 = 0
        guard unsafe read(descriptor, &magic, 4) == 4 else { return false }
        return [0x0a0d_0d0a, 0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, 0xa1b2_cd34, 0x34cd_b2a1].contains(magic)
    }
}
