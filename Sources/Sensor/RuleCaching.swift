import Bytes
import Detect
import Glibc

/// The folder of compiled rules: where it is, and what is said about it. Rules are used with or without it.
struct RuleCaching {
    /// Fewer rules are read as quickly as they are found.
    private static let fewestRules = 1000

    private let cache: RuleCache
    private let key: RuleCacheKey

    /// - Returns: nil where the configuration wants none.
    init?(_ configuration: SensorConfiguration, files: [String], options: RuleLoaderOptions) throws {
        guard let folder = configuration.ruleCache else { return nil }
        cache = RuleCache(folder: folder)
        key = try RuleCacheKey(files: files, options: options, program: RuleCaching.program)
    }

    /// What is stored of the rules, if that can be used.
    func find(_ options: RuleLoaderOptions) -> RuleTables? {
        switch cache.find(key, options: options) {
        case .tables(let tables): return tables
        case .nothing: return nil
        case .unusable(let problem):
            SensorProgram.report("rule cache: \(problem); the rules are read anew")
            return nil
        }
    }

    /// The rules of tables that were found, where their records can be read; else they are read anew as well.
    func use(_ tables: RuleTables, _ make: (RuleTables) throws -> RuleSet) -> RuleSet? {
        do {
            return try make(tables)
        } catch {
            SensorProgram.report("rule cache: its records cannot be used (\(error)); the rules are read anew")
            return nil
        }
    }

    /// Stores the rules for the next start, where that is worth it.
    func store(_ tables: RuleTables) -> RuleTables {
        guard tables.loadedCount >= RuleCaching.fewestRules else { return tables }
        do throws(RuleCache.Problem) {
            return try cache.store(tables, key)
        } catch {
            SensorProgram.report("warning: rule cache: \(error); the next start reads the rules again (detect.sgh-mpm-caching-path)")
            return tables
        }
    }

    /// Tells this build from any other: the version, and the size and time of the program's file.
    private static var program: String {
        var status = stat()
        guard unsafe stat("/proc/self/exe", &status) == 0 else { return SensorProgram.version }
        return "\(SensorProgram.version) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }

    /// Where compiled rules are kept when the configuration says nothing: with the sensor's state, or in the user's cache.
    static var usualFolder: String? {
        if geteuid() == 0 { return "/var/lib/vonggac/cache" }
        func variable(_ name: String) -> String? {
            unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        return (variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }).map { $0 + "/vonggac" }
    }
}
