import Bytes
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Detect

@Suite struct DatasetTests {
    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "vonggac-datasets-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func request(_ name: String, _ kind: DatasetKind, load: String? = nil, save: String? = nil) -> DatasetRequest {
        var request = DatasetRequest(name: name)
        request.kind = kind
        request.load = load
        request.save = save
        return request
    }

    private func contains(_ set: Dataset, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return set.contains(bytes.rawSpan)
    }

    @Test func tableKeepsOrderAndForgets() {
        var table = ValueTable()
        var generator = SeededGenerator(seed: 3)
        var model: [[UInt8]] = []
        for _ in 0..<5000 {
            let value = Array("\(Int.random(in: 0..<400, using: &generator))".utf8)
            if Bool.random(using: &generator) {
                let isNew = table.insert(value.rawSpan, payload: value.count)
                #expect(isNew == !model.contains(value))
                if isNew { model.append(value) }
            } else {
                let wasThere = table.remove(value.rawSpan)
                #expect(wasThere == model.contains(value))
                model.removeAll { $0 == value }
            }
        }
        #expect(table.count == model.count)
        #expect(table.valueBytes == model.reduce(0) { $0 + $1.count })
        var found = 0
        table.forEach { _ in found += 1 }
        #expect(found == model.count)
        for value in model {
            let payload = table.payload(of: value.rawSpan)
            #expect(payload == value.count)
        }
    }

    @Test func stringsAreSavedInTheOrderOfTheirComing() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = DatasetOptions()
        options.dataFolder = folder + "/data"
        let catalogue = DatasetCatalogue(options: options)
        let set = try catalogue.dataset(request("seen", .string, save: "seen.lst"), isState: true, ruleFile: "").set
        for text in ["curl/8", "wget", "curl/8", "lynx"] {
            let bytes = Array(text.utf8)
            _ = set.insert(bytes.rawSpan)
        }
        let gone = Array("wget".utf8)
        let isRemoved = set.remove(gone.rawSpan)
        #expect(isRemoved)
        #expect(catalogue.save().isEmpty)
        let saved = try String(contentsOfFile: folder + "/data/seen.lst", encoding: .utf8)
        #expect(saved == "Y3VybC84\nbHlueA==\n")
        let next = DatasetCatalogue(options: options)
        let again = try next.dataset(request("seen", .string, save: "seen.lst"), isState: true, ruleFile: "").set
        #expect(again.count == 2 && contains(again, "lynx") && !contains(again, "wget"))
    }

    @Test func addressesOfBothFamiliesStandInOneList() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "10.1.2.3\n::ffff:192.0.2.1\n2001:db8::1\nnonsense\n".write(toFile: folder + "/ip.lst", atomically: true, encoding: .utf8)
        let (set, problems) = try DatasetCatalogue().dataset(
            request("hosts", .ip, load: "ip.lst"), isState: false, ruleFile: folder + "/my.rules")
        #expect(set.count == 3)
        #expect(problems.count == 1 && problems[0].contains("ip.lst:4"))
        for text in ["10.1.2.3", "192.0.2.1", "2001:db8::1"] {
            let address = try #require(IPAddress(text))
            #expect(address.withBytes { set.contains($0) })
        }
        let lines = String(decoding: set.lines(), as: UTF8.self)
        #expect(lines == "10.1.2.3\n192.0.2.1\n2001:db8::1\n")
    }

    @Test func reputationsAndDigests() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "900150983cd24fb0d6963f7d28e17f72,300\n00000000000000000000000000000000\n"
            .write(toFile: folder + "/md5.rep", atomically: true, encoding: .utf8)
        let set = try DatasetCatalogue().dataset(request("rep", .md5, load: folder + "/md5.rep"), isState: false, ruleFile: "").set
        let known: [UInt8] = [0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0, 0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72]
        let reputation = set.reputation(of: known.rawSpan)
        #expect(reputation == 300)
        let short = set.contains(known.rawSpan.prefix(15))
        #expect(!short)
    }

    @Test func jsonGivesContexts() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try #"{"list":[{"ioc":{"host":"bad.vn"},"year": 2005},{"other":1},{"ioc":{"host":"bad.vn"},"year":1999}]}"#
            .write(toFile: folder + "/hosts.json", atomically: true, encoding: .utf8)
        var wanted = request("hosts", .string, load: folder + "/hosts.json")
        wanted.format = .json(valueKey: "ioc.host", arrayKey: "list", dropsKey: true)
        let set = try DatasetCatalogue().dataset(wanted, isState: false, ruleFile: "").set
        let bytes = Array("bad.vn".utf8)
        let context = set.context(of: bytes.rawSpan)
        #expect(String(decoding: context ?? [], as: UTF8.self) == #"{"ioc":{},"year":2005}"#)
        #expect(set.count == 1)
        wanted.name = "missing"
        wanted.format = .json(valueKey: "ioc.host", arrayKey: "nothing", dropsKey: false)
        #expect(throws: DatasetError.self) { try DatasetCatalogue().dataset(wanted, isState: false, ruleFile: "") }
    }

    @Test func memoryIsBounded() throws {
        var wanted = request("small", .string)
        wanted.memoryLimit = 3 * (ValueTable.entryCost + 1)
        let set = try DatasetCatalogue().dataset(wanted, isState: false, ruleFile: "").set
        let outcomes = (UInt8(ascii: "a")...UInt8(ascii: "e")).map { byte in
            let bytes = [byte]
            return set.insert(bytes.rawSpan)
        }
        #expect(outcomes == [.added, .added, .added, .refused, .refused])
        let known = [UInt8(ascii: "b")]
        let again = set.insert(known.rawSpan)
        #expect(again == .known && set.count == 3)
    }

    @Test(arguments: [
        (
            "/etc/passwd",
            "dataset x: /etc/passwd lies outside of the data folder; name a file in it, or set datasets.rules.allow-absolute-filenames"
        ),
        ("../x", "dataset x: ../x lies outside of the data folder; name a file in it, or set datasets.rules.allow-absolute-filenames"),
    ])
    func rulesWriteNowhereElse(_ path: String, _ message: String) {
        let problem = #expect(throws: DatasetError.self) {
            _ = try DatasetCatalogue().dataset(request("x", .string, save: path), isState: true, ruleFile: "")
        }
        #expect(problem?.description == message)
    }

    @Test func keywordsFormOneSet() throws {
        let signature = try #require(
            RuleFixture.signature("http.user_agent; dataset:isnotset,agents,type string; dataset:set, agents ;", proto: "http"))
        guard case .dataset(let one) = signature.inspections[0].tests[0], case .dataset(let other) = signature.inspections[0].tests[1]
        else {
            Issue.record("no datasets")
            return
        }
        #expect(one.set === other.set)
        #expect(one.command == .isNotSet && other.command == .set)
    }

    @Test(arguments: [
        ("dataset:isset,x,type string;", "dataset without a buffer, expected a buffer keyword such as dns.query before it"),
        ("http.uri; dataset:isset,x;", "dataset x: is not defined; give its type"),
        ("http.uri; dataset:has,x,type string;", #"dataset: "has", expected isset, isnotset, set or unset"#),
        ("http.uri; dataset:isset,x,type md4;", #"dataset: type "md4", expected string, md5, sha256, ipv4 or ip"#),
        ("http.uri; dataset:set,x,type string,state a,load b;", "dataset: state beside load or save, expected state alone"),
        ("http.uri; dataset:isset,x,type string,load a,format json;", "dataset: format json without value_key"),
        ("http.uri; dataset:isset,x,type string; dataset:isset,x,type md5;", "dataset x: is of type string, and here of type md5"),
        ("http.uri; datarep:x,>,70000,type string;", #"datarep: value "70000", expected 0 to 65535"#),
        ("http.uri; datarep:x,~,7,type string;", #"datarep: "~" is no operator, expected >, < or =="#),
        (
            "http.uri; dataset:isset,x,type string,hashsize 1gb;",
            "dataset x: hashsize 1073741824 is over datasets.limits.single-hashsize 262144"
        ),
    ])
    func refuses(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options, proto: "http") == message)
    }
}
