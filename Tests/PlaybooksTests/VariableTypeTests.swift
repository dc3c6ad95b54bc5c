import Testing

@testable import Playbooks

/// CACAO's fifteen types of variables: what is a value of each, and what is none.
@Suite struct VariableTypeTests {
    private static let values: [(type: String, good: [String], bad: [String])] = [
        ("bool", ["true", "false"], ["True", "1", "yes", ""]),
        ("dictionary", [#"{"a": 1}"#, "{}"], ["[1]", "a", "{", ""]),
        ("float", ["0.85", "-1", "1e3"], ["nan", "inf", "1,5", ""]),
        ("hexstring", ["00ff", "DEADBEEF"], ["f", "0x00", "gg", ""]),
        ("integer", ["0", "-7", "2147483647"], ["1.0", "0x10", "one", ""]),
        ("long", ["9223372036854775807", "-1"], ["9223372036854775808", "1L", ""]),
        ("ipv4-addr", ["198.51.100.66", "10.68.0.0/16"], ["2001:db8::1", "198.51.100.256", "198.51.100", "x", ""]),
        ("ipv6-addr", ["2001:db8::1", "2001:db8::/32"], ["198.51.100.66", "2001:db8::g", ""]),
        ("mac-addr", ["00:1a:2B:3c:4d:5e"], ["00-1a-2b-3c-4d-5e", "00:1a:2b:3c:4d", "0:1a:2b:3c:4d:5e", ""]),
        ("hash", [String(repeating: "a", count: 40)], [String(repeating: "a", count: 15), String(repeating: "g", count: 40), ""]),
        ("md5-hash", [String(repeating: "0", count: 32)], [String(repeating: "0", count: 31), ""]),
        ("sha256-hash", [String(repeating: "F", count: 64)], [String(repeating: "F", count: 32), ""]),
        ("string", ["", "anything\nat all"], []),
        ("uri", ["https://example.vn/a?b", "urn:x:y"], ["example.vn", "http://a b", ""]),
        ("uuid", ["61a6c41e-6efc-4516-a242-dfbc5c89d562"], ["61a6c41e", "61a6c41e6efc4516a242dfbc5c89d562", ""]),
    ]

    @Test func everyTypeIsHere() { #expect(Self.values.map(\.type).sorted() == VariableType.all.sorted() && VariableType.all.count == 15) }

    @Test(arguments: VariableType.all) func valuesOf(_ type: String) throws {
        let row = try #require(Self.values.first { $0.type == type })
        for value in row.good { #expect(VariableType.fits(value, type) == true, "\(value)") }
        for value in row.bad { #expect(VariableType.fits(value, type) == false, "\(value)") }
        // A value from outside is held to it, and so is one that a person gives.
        let reading = try Rehearsal.read(
            manual("a", "out_args: [__v__], on_completion: end--e"), variables: "{__v__: {type: \(type), external: true}}")
        let playbook = try reading.runnable()
        func start(_ value: String, _ rehearsal: Rehearsal) throws -> PlaybookEngine {
            try PlaybookEngine(playbook, values: ["__v__": value], performer: rehearsal, record: rehearsal)
        }
        let good = try #require(row.good.first)
        for bad in row.bad {
            #expect(throws: PlaybookRunError.wrongType(name: "__v__", type: type), "\(bad)") { try start(bad, Rehearsal()) }
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.succeeded, variables: ["__v__": bad])
            #expect(try start(good, rehearsal).run() == .failed, "\(bad)")
        }
    }

    /// Other types are kept, and hold anything.
    @Test func unknownTypes() throws {
        #expect(VariableType.fits("x", "vendor-type") == nil)
        let reading = try Rehearsal.read(
            manual("a", "on_completion: end--e"), variables: "{__v__: {type: vendor-type, value: anything}}")
        #expect(reading.errors == 0 && reading.findings.contains { $0.grade == .hint && $0.pointer == "/playbook_variables/__v__/type" })
    }

    /// Markings are read with their definitions, and shown.
    @Test func markings() throws {
        let marked = try Rehearsal.read(
            manual("a", "on_completion: end--e"),
            extra: """
                markings: [marking-statement--6424867b-0440-4885-bd0b-604d51786d06, marking-statement--00000000-0440-4885-bd0b-604d51786d06]
                data_marking_definitions: {marking-statement--6424867b-0440-4885-bd0b-604d51786d06: {type: marking-statement, id: marking-statement--6424867b-0440-4885-bd0b-604d51786d06, created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1, created: "2026-11-21T00:00:00.000Z", statement: Lưu hành nội bộ}}
                """)
        #expect(marked.playbook?.markings == ["Lưu hành nội bộ"])
        #expect(marked.errors == 0)
        #expect(marked.findings.contains { $0.pointer == "/markings/1" && $0.text.english.contains("no definition") })
    }
}
