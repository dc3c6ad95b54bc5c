import AppLayer
import Bytes
import Digest
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Detect

/// Compiled rules on disk: what comes back is what was stored, and nothing else is ever used.
@Suite final class RuleCacheTests {
    private let folder = NSTemporaryDirectory() + "vonggac-rule-cache-" + UUID().uuidString
    private var cache: RuleCache { RuleCache(folder: folder + "/cache") }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let rules = #"""
        alert tcp $HOME_NET any -> $EXTERNAL_NET [80,443] (msg:"stream"; content:"evil"; nocase; content:"twin"; distance:1; sid:1; rev:3;)
        alert tcp any any <> 10.1.0.0/16 !53 (msg:"both ways"; content:"|00 01|"; depth:2; content:"longer one"; sid:2; priority:1;)
        alert udp any any -> any 53 (msg:"packet"; content:"abc"; offset:4; depth:9; dsize:<40; threshold:type limit,track by_src,count 1,seconds 9; sid:3;)
        pass ip [1.2.3.4,2001:db8::/32] any -> any any (msg:"hosts"; sid:4;)
        alert http any any -> any any (msg:"field"; http.host; dotprefix; content:".bad.example"; endswith; flowbits:set,seen.bad; sid:5;)
        alert http any any -> any any (msg:"another"; http.uri; content:"/x"; pcre:"/x[0-9]+$/"; flowbits:isset,seen.bad; flowint:hits,+,1; sid:6;)
        drop dns any any -> any any (msg:"name"; dns.query; content:"nasty"; strip_whitespace; content:"a"; sid:7;)
        alert tls any any -> any any (msg:"no literal"; tls.sni; pcre:"/^a+$/"; sid:8; classtype:bad-unknown; reference:cve,2021-1;)
        alert http any any => any any (msg:"answer"; http.uri; content:"ask"; http.stat_code; content:"200"; sid:9;)
        alert http any any -> any any (msg:"file"; filestore; filesize:>10; file.data; content:"MZ"; startswith; sid:10;)
        alert dns any any -> any any (msg:"protocol alone"; xbits:set,dns,track ip_src,expire 60; tag:host,4,packets,src; sid:11;)
        alert tcp any any -> any any (msg:"event"; stream-event:3whs_ack_in_wrong_dir; sid:12;)
        alert pkthdr any any -> any any (msg:"decoder"; decode-event:ipv4.trunc_pkt; sid:13;)
        config dns any any -> any any (config:logging disable, type tx, scope tx; dns.query; content:"quiet"; sid:14;)
        alert http1:request_line any any -> any any (msg:"step"; sid:15;)
        alert smtp any any -> any any (msg:"frame"; frame:smtp.command_line; content:"EXPN"; sid:16;)
        alert tcp any any -> any any (msg:"old revision"; content:"gone"; to_nothing; sid:17;)
        alert tcp any any -> any any (msg:"twice"; http.host; to_lowercase; content:"first"; sid:18; rev:1;)
        alert tcp any any -> any any (msg:"twice"; content:"second"; \
            content:"continued"; sid:18; rev:2;)
        alert tcp any any -> any any (msg:"regex"; pcre:"/(/"; sid:19;)
        alert tcp any any -> any any (msg:"skipped"; requires:version >= 99; sid:20;)
        alert http any any -> any any (msg:"warned"; classtype:unheard-of; http.user_agent; content:"x"; sid:21;)
        """#

    private func write(_ text: String, _ name: String = "test.rules") throws -> String {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        return folder + "/" + name
    }

    private var options: RuleLoaderOptions {
        var options = RuleLoaderOptions()
        _ = options.classifications.read(Array("config classification: bad-unknown,Potentially Bad Traffic,2\n".utf8), file: "c")
        return options
    }

    private func read(_ paths: [String], _ options: RuleLoaderOptions) throws -> RuleTables {
        var loader = RuleLoader(options: options, makesTables: true)
        for path in paths { try loader.load(file: path) }
        return loader.tables()
    }

    private func key(_ paths: [String], _ options: RuleLoaderOptions, program: String = "1") throws -> RuleCacheKey {
        try RuleCacheKey(files: paths, options: options, program: program)
    }

    /// Stores the rules and gives the path of the cache file.
    private func store(_ path: String, _ options: RuleLoaderOptions) throws -> (key: RuleCacheKey, file: String) {
        let key = try key([path], options)
        _ = try cache.store(try read([path], options), key)
        return (key, cache.folder + "/" + key.fileName)
    }

    private func reason(_ found: RuleCache.Found) -> String? {
        if case .unusable(let problem) = found { return problem.reason }
        return nil
    }

    private func tables(_ found: RuleCache.Found) -> RuleTables? {
        if case .tables(let tables) = found { return tables }
        return nil
    }

    /// Everything that can be told of a rule set, rule by rule.
    private func description(_ set: RuleSet) -> [String] {
        var lines = (0..<set.count).map { rule in
            let program = set.program(rule)
            let signature = program.signature
            return "\(set.facts[rule]) \(signature.id) \(signature.action) \(signature.info.text) \(signature.info.position) "
                + "\(signature.info.classText) \(signature.source) \(signature.destinationPorts) \(signature.inspections) "
                + "\(program.state) \(program.thresholds)"
        }
        lines += set.fields.flatMap { $0.map { "\($0.buffer) \($0.transforms.count) \($0.longest) \($0.prefilter.always)" } }
        lines += set.transactionAlways.enumerated().map { "\($0) \($1)" }
        lines += [set.tcp.toServer, set.tcp.toClient, set.udp.toServer, set.other.toClient].map { "\($0.rules)" }
        lines += ["\(set.bitNames) \(set.integerNames) \(set.headers.addressSets) \(set.headers.portSets) \(set.payloadChoices.pool.count)"]
        lines += ["\(set.hasTags) \(set.hasMixedRules) \(set.hasBareSteps) \(set.looksAtFiles) \(set.storesFiles) \(set.frames.count)"]
        return lines
    }

    @Test func whatComesBackIsWhatWasStored() throws {
        let path = try write(Self.rules)
        let read = try read([path], options)
        let key = try key([path], options)
        let stored = try cache.store(read, key)
        let found = try #require(tables(cache.find(key, options: options)))
        for other in [stored, found] {
            #expect(other.issues.map { "\($0.severity) \($0)" } == read.issues.map { "\($0.severity) \($0)" })
            #expect(other.refused.map { "\($0.position) \($0.reason)" } == read.refused.map { "\($0.position) \($0.reason)" })
            #expect(
                (other.loadedCount, other.failedCount, other.skippedCount) == (read.loadedCount, read.failedCount, read.skippedCount))
        }
        #expect(read.loadedCount > 15)
        #expect(read.refused.count == 1)
        #expect(read.skippedCount == 1)
        let expected = description(try RuleSet(read))
        #expect(description(try RuleSet(stored)) == expected)
        #expect(description(try RuleSet(found)) == expected)
        // Rules that are kept whole say the same.
        var loader = RuleLoader(options: options)
        try loader.load(file: path)
        let whole = try RuleSet(signatures: loader.finish().signatures)
        #expect(whole.signatures.map(\.info.text) == (try RuleSet(found)).signatures.map(\.info.text))
        #expect(whole.bitNames == (try RuleSet(found)).bitNames)
    }

    @Test func aRuleIsMadeWhenItIsFirstAskedFor() throws {
        let path = try write(Self.rules)
        let (key, _) = try store(path, options)
        let set = try RuleSet(try #require(tables(cache.find(key, options: options))))
        #expect(set.programCount == 0)
        #expect(set.program(3) === set.program(3))
        #expect(set.programCount == 1)
        #expect(set.signatures.count == set.count)
        #expect(set.programCount == 1)
        // The texts are those of the cache: the rule file is not asked again.
        try FileManager.default.removeItem(atPath: path)
        #expect((0..<set.count).allSatisfy { set.program($0).signature.id.signature != 0 })
        #expect(set.programFailure == nil)
    }

    @Test func aDamagedFileIsNeverUsed() throws {
        let path = try write(Self.rules)
        let (key, file) = try store(path, options)
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        var random = SeededGenerator(seed: 3)
        func refuses(_ bytes: Data, _ what: String) throws {
            try bytes.write(to: URL(fileURLWithPath: file))
            _ = unsafe chmod(file, 0o600)
            #expect(reason(cache.find(key, options: options)) != nil, "\(what)")
        }
        // Every byte of the header, and some of everything.
        for place in Array(0..<RuleCacheFile.headerSize) + (0..<400).map({ _ in Int.random(in: 0..<whole.count, using: &random) }) {
            var bytes = whole
            bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            try refuses(bytes, "byte \(place) changed")
        }
        for _ in 0..<60 { try refuses(whole.prefix(Int.random(in: 0..<whole.count, using: &random)), "cut") }
        try refuses(whole + Data([0]), "a byte more")
        try refuses(Data(), "empty")
        try whole.write(to: URL(fileURLWithPath: file))
        #expect(tables(cache.find(key, options: options)) != nil)
        // The next start makes it whole again.
        try refuses(whole.dropLast(), "cut")
        _ = try store(path, options)
        #expect(tables(cache.find(key, options: options)) != nil)
    }

    /// Tables that are not what this program writes, under a checksum that holds, are refused or make a rule set; nothing traps.
    @Test func strangeTablesDoNoHarm() throws {
        let path = try write(Self.rules)
        let tables = try read([path], options)
        let bytes = tables.coded(sizes: [Self.rules.utf8.count])
        var random = SeededGenerator(seed: 5)
        var refused = 0
        for round in 0..<1500 {
            var changed = bytes
            if round % 5 == 4 {
                changed.removeLast(Int.random(in: 1...changed.count, using: &random))
            } else {
                for _ in 0..<(round % 3 + 1) {
                    changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do {
                var strange = try RuleTables(changed, tables.reader) { $0 == [Self.rules.utf8.count] ? tables.storage : nil }
                guard strange.readDependent() else { continue }
                let set = try RuleSet(strange)
                for rule in 0..<set.count { _ = set.program(rule) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 300)
    }

    @Test func whatOthersMayHaveWrittenIsNotUsed() throws {
        let path = try write(Self.rules)
        let (key, file) = try store(path, options)
        #expect(tables(cache.find(key, options: options)) != nil)
        var status = stat()
        #expect(unsafe stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(unsafe stat(cache.folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
        for mode in [0o622, 0o602, 0o660] as [mode_t] {
            _ = unsafe chmod(file, mode)
            #expect(try #require(reason(cache.find(key, options: options))).contains("others may write to it"))
        }
        _ = unsafe chmod(file, 0o600)
        _ = unsafe chmod(cache.folder, 0o777)
        #expect(reason(cache.find(key, options: options)) != nil)
        #expect(throws: RuleCache.Problem.self) { try cache.store(try read([path], options), key) }
        _ = unsafe chmod(cache.folder, 0o700)
        if geteuid() == 0 {
            _ = unsafe chown(file, 12345, 12345)
            #expect(reason(cache.find(key, options: options)) == "it belongs to user 12345")
            _ = unsafe chown(file, 0, 0)
        }
        // A link to a good file is none.
        try FileManager.default.moveItem(atPath: file, toPath: folder + "/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: folder + "/elsewhere")
        #expect(reason(cache.find(key, options: options)) != nil)
        // Storing puts a good file in its place.
        _ = try store(path, options)
        #expect(tables(cache.find(key, options: options)) != nil)
    }

    @Test func everythingThatGivesRulesTheirMeaningMakesAnotherKey() throws {
        let path = try write(Self.rules)
        let plain = try key([path], options)
        #expect(try key([path], options) == plain)
        #expect(try key([path], options, program: "2") != plain)
        #expect(try key([path, path], options) != plain)
        #expect(try key([try write(Self.rules, "other.rules")], options) != plain)
        var changed = options
        changed.variables.addresses["HOME_NET"] = "10.0.0.0/8"
        #expect(try key([path], changed) != plain)
        changed = options
        changed.variables.ports["HTTP_PORTS"] = "8080"
        #expect(try key([path], changed) != plain)
        changed = options
        _ = changed.classifications.read(Array("config classification: bad-unknown,Bad,1\n".utf8), file: "c")
        #expect(try key([path], changed) != plain)
        changed = options
        _ = changed.references.read(Array("config reference: cve http://cve.example/\n".utf8), file: "r")
        #expect(try key([path], changed) != plain)
        changed = options
        changed.features.insert("output::file-store")
        #expect(try key([path], changed) != plain)
        changed = options
        changed.protocols.removeLast()
        #expect(try key([path], changed) != plain)
        _ = try write(Self.rules + "\nalert ip any any -> any any (sid:100;)\n")
        #expect(try key([path], options) != plain)
        #expect(throws: RuleFileUnreadable.self) { try key(["/nowhere.rules"], options) }
    }

    /// Rules with lists are read at every start, and when a list gives them another meaning the cache is not used.
    @Test func listsBesideTheRulesCount() throws {
        let list = folder + "/names.lst"
        try Data("YmFkLmV4YW1wbGU=\n".utf8).write(to: URL(fileURLWithPath: list))
        let digests = folder + "/digests"
        try "d41d8cd98f00b204e9800998ecf8427e\n".write(toFile: digests, atomically: true, encoding: .utf8)
        let path = try write(
            """
            alert dns any any -> any any (dns.query; dataset:isset,names,type string,load \(list); sid:1;)
            alert http any any -> any any (filemd5:digests; sid:2;)
            alert http any any -> any any (filemd5:absent; sid:3;)
            alert dns any any -> any any (dns.query; content:"plain"; sid:4;)
            """)
        let (key, _) = try store(path, options)
        let found = try #require(tables(cache.find(key, options: options)))
        #expect(found.kept.count == 2)
        #expect(found.failedCount == 1)
        let set = try RuleSet(found)
        #expect(set.signatures.count == 3)
        // Values are looked up in the list as it is now.
        try Data("b3RoZXIuZXhhbXBsZQ==\nYmFkLmV4YW1wbGU=\n".utf8).write(to: URL(fileURLWithPath: list))
        let fresh = options
        #expect(tables(cache.find(key, options: fresh)) != nil)
        // A list that was not there is there now, or the other way round: the rule is another one.
        try "d41d8cd98f00b204e9800998ecf8427e\n".write(toFile: folder + "/absent", atomically: true, encoding: .utf8)
        #expect(try #require(reason(cache.find(key, options: options))).contains("have changed"))
        try FileManager.default.removeItem(atPath: folder + "/absent")
        #expect(tables(cache.find(key, options: options)) != nil)
        try FileManager.default.removeItem(atPath: digests)
        #expect(reason(cache.find(key, options: options)) != nil)
    }

    @Test func rulesThatChangeWhileTheyAreReadAreNotStored() throws {
        let path = try write(Self.rules)
        let key = try key([path], options)
        _ = try write("alert ip any any -> any any (sid:1;)")
        _ = try cache.store(try read([path], options), key)
        guard case .nothing = cache.find(key, options: options) else {
            Issue.record("other rules are stored under the key")
            return
        }
    }

    @Test func theFolderStaysSmall() throws {
        var last = ""
        for number in 0..<8 {
            let path = try write(Self.rules + "\nalert ip any any -> any any (sid:\(1000 + number);)\n")
            last = try store(path, options).file
            // Times of files count in seconds here.
            var times = [timeval(tv_sec: 1_700_000_000 + number, tv_usec: 0), timeval(tv_sec: 1_700_000_000 + number, tv_usec: 0)]
            _ = unsafe utimes(last, &times)
        }
        // A start that was killed while it wrote has left a draft, another one is writing, a third has only just begun.
        let drafts = (1...3).map { cache.folder + "/.rules-\($0).new" }
        for draft in drafts { try Data([1]).write(to: URL(fileURLWithPath: draft)) }
        for draft in drafts.dropLast() {
            var times = [timeval(tv_sec: 1_700_000_000, tv_usec: 0), timeval(tv_sec: 1_700_000_000, tv_usec: 0)]
            _ = unsafe utimes(draft, &times)
        }
        let writer = unsafe open(drafts[1], O_RDONLY)
        defer { close(writer) }
        #expect(flock(writer, LOCK_EX) == 0)
        try Data([1]).write(to: URL(fileURLWithPath: cache.folder + "/somebody.else"))
        last = try store(try write(Self.rules), options).file
        let names = try FileManager.default.contentsOfDirectory(atPath: cache.folder)
        #expect(names.count { $0.hasSuffix(".cache") } == RuleCache.mostFiles)
        #expect(names.contains { last.hasSuffix($0) })
        #expect(names.filter { $0.hasSuffix(".new") }.sorted() == [".rules-2.new", ".rules-3.new"])
        #expect(names.contains("somebody.else"))
    }

    @Test func startsAtTheSameTimeDoNotDisturbEachOther() async throws {
        let path = try write(Self.rules)
        let key = try key([path], options)
        let (cache, options) = (cache, options)
        let made = try read([path], options)
        let good = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    var good = 0
                    for _ in 0..<10 {
                        if (try? cache.store(made, key)) != nil { good += 1 }
                        if case .tables = cache.find(key, options: options) { good += 1 }
                    }
                    return good
                }
            }
            return await group.reduce(0, +)
        }
        #expect(good == 240)
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder) == [key.fileName])
    }

    @Test func aFolderThatCannotBeIsAProblemAndNothingElse() throws {
        let path = try write(Self.rules)
        let file = try write("x", "file")
        let cache = RuleCache(folder: file + "/cache")
        let key = try key([path], options)
        #expect(throws: RuleCache.Problem.self) { try cache.store(try read([path], options), key) }
        #expect(tables(cache.find(key, options: options)) == nil)
    }

    @Test func textsThatAreGoneAreTold() throws {
        let path = try write(Self.rules)
        let (key, file) = try store(path, options)
        let set = try RuleSet(try #require(tables(cache.find(key, options: options))))
        _ = unsafe truncate(file, 10)
        _ = set.program(0)
        #expect(try #require(set.programFailure).contains("rule cache"))
    }
}
