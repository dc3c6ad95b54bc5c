import RuleLanguage
import TestSupport
import Testing

@Suite struct RuleTextTests {
    private func parse(_ text: String) throws(RuleError) -> RuleText { try RuleText(Array(text.utf8)) }

    @Test func splitsHeaderAndOptions() throws {
        let rule = try parse(#"alert tcp [1.1.1.1, 2.2.2.2] any -> $HOME_NET [80, 443] (msg:"a\;b: c"; sid : 5 ; nocase;)"#)
        #expect(rule.action.text == "alert")
        #expect(rule.source.text == "[1.1.1.1, 2.2.2.2]")
        #expect(rule.destinationPorts.text == "[80, 443]")
        #expect(rule.options.map(\.name.text) == ["msg", "sid", "nocase"])
        #expect(rule.options.map { $0.value?.text } == [#""a\;b: c""#, "5", nil])
        #expect(rule.options[1].offset == 72)
    }

    @Test(arguments: ["(sid:1;", "((( sid:1; ) )", "(sid:1;)"])
    func letsSpareOrMissingParenthesesThrough(_ options: String) throws {
        #expect(try parse("alert ip any any -> any any \(options)").options.map(\.name.text) == ["sid"])
    }

    @Test(arguments: [
        ("alert tcp any any -> any any(sid:1;)", "\"(\" inside a header word, expected a blank before it", 28),
        (
            "alert tcp any any -> any (sid:1;)",
            "the header ends after 6 of 7 words, expected action, protocol, source, ports, direction, destination, ports", 25
        ),
        ("alert tcp", "the header ends after 2 of 7 words, expected action, protocol, source, ports, direction, destination, ports", 9),
        ("alert tcp any any -> any any", "no options, expected \"(\" after the header", 28),
        ("alert tcp any any -> any any ()", "no options, expected at least \"sid\"", 30),
        ("alert tcp any any -> any any (sid:1; rev:2)", "option \"rev\" has no end, expected \";\"", 37),
        ("alert tcp any any -> any any (sid:1;;)", "an option without a name, expected a keyword before \";\"", 36),
        (#"alert tcp any any -> any any (msg:"a\\;)"#, "option \"msg\" has no end, expected \";\"", 30),
    ])
    func refuses(_ text: String, _ message: String, _ offset: Int) {
        #expect(throws: RuleError(message, at: offset)) { try parse(text) }
    }

    @Test func quotes() throws {
        let rule = try parse(#"a b c d e f g (x:! "q"; y:"r"; z:s; w:";)"#)
        #expect(rule.options[0].quoted?.isNegated == true)
        #expect(rule.options[0].quoted?.bytes.text == "q")
        #expect(rule.options[1].quoted?.isNegated == false)
        #expect(rule.options[2].quoted == nil)
        #expect(rule.options[3].quoted == nil)
    }

    @Test func everyPrefixIsReadOrRefused() {
        let text = Array(#"alert tcp [1.1.1.1,!$A] [1:2,!3] <> any any (msg:"a\;"; content:!"|41|"; sid:1;)"#.utf8)
        var read = 0
        for length in 0...text.count {
            do throws(RuleError) {
                _ = try RuleText(Array(text[..<length]))
                read += 1
            } catch {
                #expect(error.offset <= length)
            }
        }
        #expect(read > 0 && read < text.count)
    }
}
