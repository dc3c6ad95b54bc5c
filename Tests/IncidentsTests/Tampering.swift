import GRDB

/// Somebody with the file and sqlite3, who takes the triggers away and puts them back.
enum Tampering {
    static func run(_ sql: String, on path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF")
            try db.inTransaction {
                let triggers = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                for trigger in triggers { try db.execute(sql: "DROP TRIGGER \"\(trigger[0] as String)\"") }
                try db.execute(sql: sql)
                for trigger in triggers { try db.execute(sql: trigger[1]) }
                return .commit
            }
        }
        try queue.close()
    }
}
