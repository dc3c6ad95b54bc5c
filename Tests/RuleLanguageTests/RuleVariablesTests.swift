import Bytes
import RuleLanguage
import Testing

@Suite struct RuleVariablesTests {
    private let variables = RuleVariables(
        addresses: [
            "HOME": "[10.0.0.0/8,192.168.1.1]", "OUT": "!$HOME", "ANY": "any", "NONE": "!$ANY", "SELF": "[$SELF]", "BAD": "1.2.3.400",
        ],
        ports: ["WEB": "[80,8000:8010]", "NOTWEB": "!$WEB"])

    private func addresses(_ text: String) throws(RuleError) -> ResolvedAddresses { try variables.resolveAddresses(Array(text.utf8)[...]) }
    private func ports(_ text: String) throws(RuleError) -> ResolvedPorts { try variables.resolvePorts(Array(text.utf8)[...]) }

    private func contains(_ set: ResolvedAddresses, _ address: String) throws -> Bool {
        let address = try #require(IPAddress(address))
        return set.isAny || set.ranges.contains { $0.contains(address) }
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1", "10.0.0.2"), ("10.0.0.0/30", "10.0.0.3", "10.0.0.4"), ("10.0.0.0/255.255.255.0", "10.0.0.255", "10.0.1.0"),
        ("10.0.0.5-10.0.0.9", "10.0.0.9", "10.0.0.10"), ("2001:db8::/32", "2001:db8::1", "2001:db9::"), ("!10.0.0.1", "::1", "10.0.0.1"),
        ("[10.0.0.0/8,!10.1.0.0/16]", "10.2.0.0", "10.1.2.3"), ("[!10.0.0.1,!10.0.0.3]", "10.0.0.2", "10.0.0.3"),
        ("$HOME", "192.168.1.1", "192.168.1.2"), ("$OUT", "8.8.8.8", "10.9.9.9"), ("!$OUT", "10.1.1.1", "8.8.8.8"),
        ("[$OUT,!8.8.8.8]", "8.8.4.4", "8.8.8.8"), ("[any,!10.0.0.0/8]", "1.1.1.1", "10.0.0.1"),
        ("[[10.0.0.0/8,!10.0.0.1],10.0.0.1]", "10.0.0.2", "10.0.0.1"), ("0.0.0.0/0", "255.255.255.255", "::1"),
    ])
    func resolvesAddresses(_ text: String, _ inside: String, _ outside: String) throws {
        let set = try addresses(text)
        #expect(try contains(set, inside))
        #expect(try !contains(set, outside))
        #expect(set.hasNegation == (text.contains("!") || text.contains("OUT")))
    }

    @Test func flagsAny() throws {
        #expect(try addresses("any").isAny)
        #expect(try addresses("[any]").isAny)
        #expect(try addresses("[0.0.0.0/0,::/0]").isAny)
        #expect(try ports("any").isAny)
        #expect(try ports("0:65535").isAny)
        #expect(try ports("[:1000,1001:]").isAny)
    }

    @Test(arguments: [
        ("!any", #""!any" matches no address, expected any without "!""#),
        ("[10.0.0.1,!10.0.0.0/8]", "the negations leave no address, expected at least one"),
        ("$NOPE", "unknown address variable $NOPE, expected one of vars.address-groups"),
        ("$WEB", "unknown address variable $WEB, expected one of vars.address-groups"),
        ("$BAD", "in variable $BAD: \"1.2.3.400\" is no address, expected one such as 10.0.0.0/8, 2001:db8::/32 or a $VARIABLE"),
        ("10.0.0.0/33", "\"10.0.0.0/33\" is no address, expected one such as 10.0.0.0/8, 2001:db8::/32 or a $VARIABLE"),
        ("10.0.0.0/255.0.255.0", "\"10.0.0.0/255.0.255.0\" has a netmask with holes, expected one such as 255.255.255.0"),
        ("10.0.0.9-10.0.0.1", "\"10.0.0.9-10.0.0.1\" runs backwards, expected the lower address first"),
        ("[10.0.0.1", "no end of the address list, expected \"]\""),
        ("[]", "an empty address, expected one address, a list, a $VARIABLE or any"),
        ("[1.1.1.1,]", "an empty address, expected one address, a list, a $VARIABLE or any"),
        ("$", "\"$\" without a name, expected a variable such as $HOME_NET"),
    ])
    func refusesAddresses(_ text: String, _ message: String) {
        #expect(throws: RuleError.self) { try addresses(text) }
        do throws(RuleError) { _ = try addresses(text) } catch { #expect(error.message == message) }
    }

    @Test func aVariableThatNamesItselfIsAnError() {
        #expect(throws: RuleError.self) { try addresses("$SELF") }
        let deep = String(repeating: "[", count: 5000) + "1.1.1.1" + String(repeating: "]", count: 5000)
        #expect(throws: RuleError.self) { try addresses(deep) }
    }

    @Test(
        arguments: [
            ("80", [80...80]), ("1024:", [1024...65535]), (":1023", [0...1023]), ("$WEB", [80...80, 8000...8010]),
            ("[1:10,!5]", [1...4, 6...10]), ("!80", [0...79, 81...65535]), ("!5800,!445", [0...444, 446...5799, 5801...65535]),
            ("[80,81]", [80...81]), ("[$WEB,!8005]", [80...80, 8000...8004, 8006...8010]),
        ] as [(String, [ClosedRange<UInt16>])])
    func resolvesPorts(_ text: String, _ ranges: [ClosedRange<UInt16>]) throws {
        #expect(try ports(text).ranges == ranges)
    }

    @Test(arguments: [
        ("65536", "\"65536\" is no port, expected 0 to 65535 or first:last"),
        ("10:5", "\"10:5\" runs backwards, expected the lower port first"),
        ("$HOME", "unknown port variable $HOME, expected one of vars.port-groups"),
        ("http", "\"http\" is no port, expected 0 to 65535 or first:last"),
        ("[80,!80]", "the negations leave no port, expected at least one"),
    ])
    func refusesPorts(_ text: String, _ message: String) {
        #expect(throws: RuleError.self) { try ports(text) }
        do throws(RuleError) { _ = try ports(text) } catch { #expect(error.message == message) }
    }
}
