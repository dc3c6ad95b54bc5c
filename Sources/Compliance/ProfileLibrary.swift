import Foundation
import Incidents

/// Finds compliance profiles: by file, by id in folders, or among those built in.
public struct ProfileLibrary: Sendable {
    /// Searched in this order before the built-in ones; files are `<id>.yaml`.
    public let folders: [String]

    /// The profile that is used where none is named.
    public static let standard = "vn-2026"

    public init(folders: [String] = ["/etc/vonggac/profiles", "/usr/share/vonggac/profiles"]) { self.folders = folders }

    private static let builtIn: [(id: String, bytes: [UInt8])] = [
        ("vn-2026", PackageResources.vn_2026_yaml), ("vn-2017", PackageResources.vn_2017_yaml),
    ]

    /// Ids of the built-in profiles.
    public static var builtInNames: [String] { builtIn.map(\.id) }

    /// A profile by its id, or by its file's path (with a slash, or ending in `.yaml`).
    /// - Throws: ``ContentError`` for a file that is wrong, ``UnknownProfileError`` for an id that nothing has.
    public func profile(_ name: String = ProfileLibrary.standard) throws -> ComplianceProfile {
        if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return try Self.load(name) }
        for folder in folders {
            let file = "\(folder)/\(name).yaml"
            guard FileManager.default.fileExists(atPath: file) else { continue }
            return try Self.load(file)
        }
        guard let found = Self.builtIn.first(where: { $0.id == name }) else {
            throw UnknownProfileError(name: name, known: Self.builtInNames)
        }
        return try ComplianceProfile.parse(String(decoding: found.bytes, as: UTF8.self), file: "\(name).yaml")
    }

    private static func load(_ file: String) throws(ContentError) -> ComplianceProfile {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ContentError(file: file, line: nil, key: "", problem: "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ContentError(file: file, line: nil, key: "", problem: "is not UTF-8 text")
        }
        return try ComplianceProfile.parse(text, file: file)
    }
}
