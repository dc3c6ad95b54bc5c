import Bytes
import Detect
import Digest
import Glibc
import Incidents
import RuleLanguage

/// Finds, reads and compiles the rules that the command line and the configuration name.
enum RuleFiles {
    /// Rules, and where they came from.
    struct Loaded {
        var rules: RuleSet
        var files: [String]
        var loaded: Int
        var refused: Int
        var skipped: Int
        /// Written at the end of the run.
        var datasets: DatasetCatalogue

        var counts: (loaded: Int, failed: Int, skipped: Int) { (loaded, refused, skipped) }

        /// What the incident record keeps about them.
        var record: RuleSetRecord {
            var hash = Hash(.sha256)
            for file in files { _ = WholeFile.read(file, limit: 1 << 30) { hash.update($0) } }
            return RuleSetRecord(digest: Hex.encoded(hash.finish()), files: files, loaded: loaded, refused: refused, loadedAt: .now)
        }
    }

    /// - Parameter previous: datasets of a running sensor, whose values stay.
    /// - Returns: nil when detection is off.
    static func load(
        _ options: SensorOptions, _ configuration: SensorConfiguration, keeping previous: DatasetCatalogue? = nil
    ) throws -> Loaded? {
        if options.disableDetection { return nil }
        var loaderOptions = RuleLoaderOptions()
        loaderOptions.variables = RuleVariables(
            addresses: Dictionary(configuration.addressGroups.map { ($0.name, $0.value) }) { $1 },
            ports: Dictionary(configuration.portGroups.map { ($0.name, $0.value) }) { $1 })
        try readClassifications(configuration, &loaderOptions)
        loaderOptions.features = configuration.features
        let lists = datasets(configuration, previous)
        for problem in lists.problems { SensorProgram.report(problem) }
        loaderOptions.datasets = lists.catalogue
        loaderOptions.reputation = try reputation(configuration.reputation)
        loaderOptions.countries = countries(configuration.countryDatabase)
        let files = try paths(options, configuration)
        let caching = try RuleCaching(configuration, files: files, options: loaderOptions)
        var thresholds = RuleLoader(options: loaderOptions)
        if let path = configuration.thresholdFile { try thresholds.loadThresholds(file: path) }
        let limits = thresholds.finish()
        var engine = EngineOptions()
        engine.alertsPerPacket = configuration.alertsPerPacket
        engine.guessesTransactions = configuration.guessesTransactions
        engine.guessesPerTransaction = configuration.guessesPerTransaction
        if let order = configuration.actionOrder { engine.actionOrder = order }
        func make(_ tables: RuleTables) throws -> RuleSet {
            try RuleSet(tables, thresholds: limits.globalThresholds, suppressions: limits.suppressions, options: engine)
        }
        let tables: RuleTables
        let rules: RuleSet
        if let known = caching?.find(loaderOptions), let made = caching?.use(known, make) {
            (tables, rules) = (known, made)
        } else {
            // What the look into the cache has loaded is of no use.
            loaderOptions.datasets = datasets(configuration, previous).catalogue
            let read = try read(files, loaderOptions)
            tables = caching?.store(read) ?? read
            rules = try make(tables)
        }
        for issue in tables.issues + limits.issues { SensorProgram.report("\(issue.severity.rawValue): \(issue)") }
        for refused in tables.refused { SensorProgram.report("error: \(refused.position): \(refused.reason)") }
        if options.initErrorsFatal, tables.failedCount > 0 {
            throw ConfigurationError("rules", "\(tables.failedCount) rules cannot be loaded, and --init-errors-fatal is given")
        }
        FreedMemory.giveBack()
        SensorProgram.report("\(tables.loadedCount) rules loaded, \(tables.failedCount) failed, \(tables.skippedCount) skipped")
        return Loaded(
            rules: rules, files: files, loaded: tables.loadedCount, refused: tables.failedCount, skipped: tables.skippedCount,
            datasets: loaderOptions.datasets)
    }

    /// Reads the rules of all files.
    private static func read(_ files: [String], _ options: RuleLoaderOptions) throws -> RuleTables {
        var loader = RuleLoader(options: options, makesTables: true)
        for path in files { try loader.load(file: path) }
        return loader.tables()
    }

    private static func datasets(
        _ configuration: SensorConfiguration, _ previous: DatasetCatalogue?
    ) -> (catalogue: DatasetCatalogue, problems: [String]) {
        let catalogue = DatasetCatalogue(options: configuration.datasets, keeping: previous)
        var problems: [String] = []
        for request in configuration.datasetRequests {
            do throws(DatasetError) {
                for problem in try catalogue.declare(request) { problems.append("warning: \(problem)") }
            } catch {
                // Rules that need it say so too; the others are used.
                problems.append("error: \(error)")
            }
        }
        return (catalogue, problems)
    }

    private static func reputation(_ settings: SensorConfiguration.ReputationFiles) throws -> HostReputation? {
        guard let path = settings.categories else { return nil }
        guard unsafe access(path, R_OK) == 0 else {
            SensorProgram.report("warning: reputation-categories-file \(path) is not there; rules with iprep cannot be loaded")
            return nil
        }
        var files: [(name: String, text: [UInt8])] = []
        for file in settings.files {
            let path = file.hasPrefix("/") || settings.folder.isEmpty ? file : settings.folder + "/" + file
            files.append((path, try bytes(path)))
        }
        let table = HostReputation(categories: (path, try bytes(path)), files: files)
        for problem in table.problems.prefix(16) { SensorProgram.report("warning: \(problem)") }
        return table
    }

    private static func countries(_ path: String?) -> CountryDatabase? {
        guard let path else { return nil }
        do throws(CountryDatabaseError) {
            return try CountryDatabase(path: path)
        } catch {
            SensorProgram.report("warning: geoip-database \(error); rules with geoip cannot be loaded")
            return nil
        }
    }

    /// `-S` replaces the configured files, `-s` comes on top.
    private static func paths(_ options: SensorOptions, _ configuration: SensorConfiguration) throws -> [String] {
        var paths = options.onlyRules
        if paths.isEmpty {
            paths = configuration.ruleFiles.map {
                $0.hasPrefix("/") || configuration.ruleFolder.isEmpty ? $0 : configuration.ruleFolder + "/" + $0
            }
        }
        var files: [String] = []
        for path in paths + options.moreRules {
            var matches = unsafe glob_t()
            defer { unsafe globfree(&matches) }
            // A name that matches nothing stays as it is, so that reading it says what is wrong with it.
            guard unsafe glob(path, GLOB_NOCHECK | GLOB_BRACE, nil, &matches) == 0 else { throw ConfigurationError(path, "cannot be read") }
            for index in 0..<Int(unsafe matches.gl_pathc) {
                if let name = unsafe matches.gl_pathv[index] { files.append(unsafe String(cString: name)) }
            }
        }
        return files
    }

    private static func readClassifications(_ configuration: SensorConfiguration, _ options: inout RuleLoaderOptions) throws {
        if let path = existing(configuration.classificationFile, "Rules/classification.config") {
            for problem in options.classifications.read(try bytes(path), file: path) { SensorProgram.report("warning: \(problem)") }
        }
        if let path = existing(configuration.referenceFile, "Rules/reference.config") {
            for problem in options.references.read(try bytes(path), file: path) { SensorProgram.report("warning: \(problem)") }
        }
    }

    /// The configured file; where it is not there (a suricata.yaml from another machine), the one that ships.
    private static func existing(_ configured: String?, _ shipped: String) -> String? {
        if let configured, unsafe access(configured, R_OK) == 0 { return configured }
        if let configured { SensorProgram.report("warning: \(configured) is not there; the shipped \(shipped) is used") }
        return ShippedFiles.path(shipped)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let bytes = WholeFile.read(path, limit: 16 << 20) else {
            throw ConfigurationError(path, "cannot be read: \(unsafe String(cString: strerror(errno)))")
        }
        return bytes
    }
}
