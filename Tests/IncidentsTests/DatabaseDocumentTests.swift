import Digest
import Foundation
import GRDB
import Incidents
import TestSupport
import Testing

/// docs/database.md is kept true: its queries run, and it names every table and column.
@Suite struct DatabaseDocumentTests {
    private let scene: Scene
    private let queue: DatabaseQueue
    private let text: String

    init() throws {
        scene = try Scene()
        _ = try scene.incidents([alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan", hostname: "a\"b")])
        queue = try DatabaseQueue.patient(scene.path)
        text = try String(contentsOfFile: ProjectFiles.path("docs/database.md"), encoding: .utf8)
    }

    private var queries: [String] {
        text.components(separatedBy: "```sql\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    @Test func everyQueryRuns() throws {
        #expect(queries.count >= 9)
        for query in queries { _ = try queue.read { try Row.fetchAll($0, sql: query) } }
    }

    @Test func everyTableAndColumnIsNamed() throws {
        let tables = try queue.read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
        }
        #expect(tables.count > 15)
        for table in tables where table != "grdb_migrations" {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(table)` |") }, "\(table)")
            for column in try queue.read({ try $0.columns(in: table) }) where !["seen_at", "written_at"].contains(column.name) {
                #expect(line.contains("`\(column.name)`"), "\(table).\(column.name)")
            }
        }
    }

    /// The recipe for checking the chain without this program gives the stored hashes.
    @Test func chainCanBeCheckedBySQL() throws {
        let query = try #require(queries.last)
        let rows = try queue.read { try Row.fetchAll($0, sql: query) }
        #expect(rows.count == 4)
        for row in rows { #expect(SHA256Digest(of: Array((row["hashed"] as String).utf8)).hex == row["hash"] as String) }
    }
}
