import AppLayer
import Bytes
import Testing

@testable import Detect

/// A rule's verdict on a body that grows piece by piece is its verdict on the whole body so far.
@Suite struct BodyMemoryTests {
    private let rules = [
        #"content:"alpha"; content:"omega""#, #"content:"ALPHA"; nocase; content:"zeta"; distance:3"#, #"content:!"beta"; content:"omega""#,
        #"content:"alpha"; offset:4; depth:20; content:"end""#, #"content:"alpha"; isdataat:30,relative"#,
    ]

    @Test func aGrowingBodyIsJudgedAsAWhole() throws {
        let text = Array("xxalphaxxxxzeta--ALPHA..beta....omega....zetaalpha;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;end".utf8)
        for rule in rules {
            let set = try RuleSet(
                signatures: RuleFixture.rules(#"alert http any any -> any any (http.response_body; \#(rule); sid:1;)"#).signatures)
            let inspection = set.program(0).inspections[0]
            for step in [1, 3, 7, 20] {
                let detector = Detector(set)
                let body = StreamingBody(limit: 0)
                var looks: [BodyLook] = []
                var at = 0
                while at < text.count {
                    let next = min(at + step, text.count)
                    body.append(Array(text[at..<next]).rawSpan)
                    at = next
                    let soFar = Array(text[..<at])
                    let expected = ContentEvaluator().matches(inspection, soFar.rawSpan)
                    #expect(detector.holds(inspection, on: body, isWhole: false, 0, 0, &looks) == expected, "\(rule) at \(at)")
                    if expected { break }
                }
            }
        }
    }

    @Test func aBodyThatHasNotGrownIsNotLookedAtAgain() throws {
        let set = try RuleSet(
            signatures: RuleFixture.rules(#"alert http any any -> any any (http.response_body; content:"omega"; sid:1;)"#).signatures)
        let detector = Detector(set)
        let body = StreamingBody(limit: 5)
        var looks: [BodyLook] = []
        body.append(Array("alpha".utf8).rawSpan)
        #expect(!detector.holds(set.program(0).inspections[0], on: body, isWhole: false, 0, 0, &looks))
        body.append(Array("omega".utf8).rawSpan)
        #expect(!detector.holds(set.program(0).inspections[0], on: body, isWhole: false, 0, 0, &looks))
        #expect(looks.count == 1)
        #expect(looks[0].end == 5)
        #expect(looks[0].missing == 0)
    }
}
