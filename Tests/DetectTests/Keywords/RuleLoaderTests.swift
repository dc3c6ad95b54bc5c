import RuleLanguage
import TestSupport
import Testing

@testable import Detect

@Suite struct RuleLoaderTests {
    @Test func oneBadRuleDoesNotStopOthers() {
        let rules = RuleFixture.rules("alert ip any any -> any any (sid:1;)\nnonsense\nalert ip any any -> any any (sid:2;)\n")
        #expect(rules.signatures.map(\.id.signature) == [1, 2])
        #expect(rules.loadedCount == 2 && rules.failedCount == 1 && rules.skippedCount == 0)
    }

    @Test func theHigherRevisionStays() {
        for order in [[1, 2], [2, 1]] {
            let text = order.map { "alert ip any any -> any any (msg:\"\($0)\"; sid:9; rev:\($0);)" }.joined(separator: "\n")
            let rules = RuleFixture.rules(text)
            #expect(rules.signatures.map(\.info.message) == ["2"])
            #expect(rules.loadedCount == 1)
        }
        let equal = RuleFixture.rules("alert ip any any -> any any (sid:9;)\nalert ip any any -> any any (sid:9;)")
        #expect(equal.issues.map(\.description) == ["r:2:1: duplicate of sid 9 rev 0 at r:1:1, expected a higher rev"])
    }

    @Test func bothDirectionsMakeTwoSignatures() {
        let rules = RuleFixture.rules("alert tcp 10.0.0.1 1 <> any 2 (sid:1;)\nalert tcp any any <> any any (sid:2;)")
        #expect(rules.signatures.map(\.id.signature) == [1, 1, 2])
        #expect(rules.signatures[0].source == rules.signatures[1].destination)
        #expect(rules.signatures[0].sourcePorts == rules.signatures[1].destinationPorts)
        #expect(rules.loadedCount == 2)
    }

    @Test(
        arguments: [
            ("version >= 7.0.3", nil), ("version >= 7.0.3 < 8", "requires version >= 7.0.3 < 8, this rule language is of version 8.0.8"),
            ("version >= 9 | >= 8.0.0 < 9", nil), ("keyword dns.query", nil), ("keyword content, version >= 6", nil),
            ("keyword nope", "requires keyword nope, which is not there"), ("feature geoip", "requires feature geoip, which is not there"),
            ("foo bar", #"requires "foo bar", which is not known"#),
        ] as [(String, String?)])
    func requires(_ value: String, _ reason: String?) {
        let rules = RuleFixture.rules("alert ip any any -> any any (requires:\(value); unheard_of; sid:1;)")
        if let reason {
            #expect(rules.skippedCount == 1 && rules.failedCount == 0)
            #expect(rules.issues.map(\.message) == [reason])
        } else {
            #expect(rules.skippedCount == 0 && rules.failedCount == 1)
        }
    }

    @Test func classesSetPriorityAndAreMissedOnce() {
        var classes = ClassificationFile()
        #expect(classes.read(Array("config classification: bad,Something bad,1".utf8), file: "c").isEmpty)
        var loader = RuleLoader(options: RuleLoaderOptions(classifications: classes))
        loader.load(
            text: (1...3).map { "alert ip any any -> any any (classtype:\($0 == 3 ? "bad" : "lost"); sid:\($0);)" }.joined(separator: "\n"),
            name: "r")
        let rules = loader.finish()
        #expect(rules.signatures.map(\.info.priority) == [3, 3, 1])
        #expect(rules.signatures[2].info.classText == "Something bad")
        #expect(rules.issues.map(\.severity) == [.warning])
    }

    @Test func errorsInContinuedLinesKeepTheirPlace() {
        let rules = RuleFixture.rules("# c\nalert ip any any -> any any (\\\n  sid:1; \\\n  foo; \\\n)\n")
        #expect(rules.issues.map(\.description) == ["r:4:3: unknown keyword \"foo\""])
    }

    @Test func readsThresholdFiles() {
        var loader = RuleLoader()
        loader.loadThresholds(
            text: Array(
                """
                threshold gen_id 1, sig_id 10, type limit, track by_src, count 1, seconds 60
                suppress gen_id 1, sig_id 11, track by_either, ip [10.0.0.0/8,!10.0.0.1]
                suppress gen_id 1, sig_id 12
                rate_filter gen_id 1, sig_id 13, track by_rule, count 5, seconds 10, new_action drop, timeout 30
                suppress gen_id 1, sig_id 14, track by_src
                threshold gen_id 0, sig_id 3, type limit, track by_src, count 1, seconds 60
                other
                """.utf8), name: "t")
        let rules = loader.finish()
        #expect(rules.globalThresholds.map(\.signature) == [10, 13])
        #expect(rules.globalThresholds[1].spec.kind == .rateFilter(newAction: .drop, timeoutSeconds: 30))
        #expect(rules.suppressions.map(\.signature) == [11, 12])
        #expect(rules.suppressions[0].track == .either && rules.suppressions[1].track == .all)
        #expect(
            rules.issues.map(\.description) == [
                "t:5:1: suppress: track and ip belong together, one is missing",
                "t:6:1: threshold: gen_id 0 stands for all and needs sig_id 0",
                "t:7:1: unknown \"other\", expected threshold, event_filter, rate_filter or suppress",
            ])
    }

    @Test func mutatedRulesAreReadOrRefused() {
        let seeds = [
            #"alert http $HOME_NET any -> [$EXTERNAL_NET,!1.1.1.1] [80,8000:9000] (msg:"a"; flow:to_server; http.uri; dotprefix; content:"|41 42|b"; fast_pattern:1,2; bsize:3<>9; pcre:"/(?P<pkt_a>x)/Ri"; sid:1; rev:2;)"#,
            #"alert tcp any any <> any any (content:!"x"; offset:1; depth:9; byte_extract:2,0,v,little; byte_test:2,!>,v,0,string,hex; byte_jump:4,-1,relative,post_offset -3; byte_math:bytes 2,offset 1,oper <<,rvalue 3,result q; isdataat:!1,relative; base64_decode:bytes 3,offset 1,relative; base64_data; content:"z"; within:q; sid:2;)"#,
            "alert ip any any -> any any (flags:+SA,12; ttl:1<>5; stream_size:both,>,5; flowbits:isset,a|b; flowint:a,+,1; xbits:set,a,track ip_src,expire 4; threshold:type both,track by_src,count 1,seconds 2; tag:host,1,bytes,src; requires:version >= 7; sid:3;)",
        ].map { Array($0.utf8) }
        var generator = SeededGenerator(seed: 7)
        var loader = RuleLoader()
        let rounds = 3000
        for round in 0..<rounds {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(Array(",;:!|\"[]()\\<>-0aA/".utf8).randomElement(using: &generator) ?? 0, at: place)
                case 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...12, using: &generator)))
                }
                if bytes.isEmpty { bytes = [35] }
            }
            loader.load(text: bytes, name: "m")
        }
        let rules = loader.finish()
        #expect(rules.failedCount > rounds / 4)
        for issue in rules.issues { #expect(issue.position.line >= 1 && issue.position.column >= 1) }
    }
}
