/// Where the project's own files are, for tests that read fixtures, rules and playbooks.
public enum ProjectFiles {
    /// The project's top folder.
    public static let root: String = {
        // #filePath is Tests/TestSupport/ProjectFiles.swift below it.
        var path = #filePath
        for _ in 0..<3 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        return path
    }()

    public static func path(_ relative: String) -> String { root + "/" + relative }
}
