import GRDB

extension DatabaseQueue {
    /// A connection beside the store's own that waits for locks, as any program beside a sensor must.
    static func patient(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
