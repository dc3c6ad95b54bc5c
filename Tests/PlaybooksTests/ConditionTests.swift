import Playbooks
import TestSupport
import Testing

@Suite struct ConditionTests {
    private let values: [String: (text: String?, type: String)] = [
        "__n__": ("7", "integer"), "__f__": ("2.5", "float"), "__s__": ("it's here", "string"), "__yes__": ("true", "bool"),
        "__ip__": ("10.1.2.3", "ipv4-addr"), "__unknown__": (nil, "string"), "__bad__": ("many", "integer"), "__text10__": ("10", "string"),
    ]

    private func holds(_ text: String) throws -> Bool? { try Condition(parsing: text).holds { values[$0] } }

    @Test(arguments: [
        ("__n__:value = 7", true), ("__n__:value == 7", true), ("__n__:value='7'", true), ("__n__:value != 7", false),
        ("__n__:value <> 8", true), ("__n__:value < 10", true), ("__n__:value >= 7", true), ("__n__:value > 7.5", false),
        ("__text10__:value < 9", false), ("__f__:value<=2.5", true), ("__s__:value = 'it\\'s here'", true),
        ("__s__:value = \"it's here\"", true), ("__s__:value LIKE 'it%'", true), ("__s__:value LIKE '%here_'", false),
        ("__s__:value LIKE '%s%e'", true), ("__yes__:value", true), ("__yes__:value == true", true), ("NOT __yes__:value", false),
        ("__ip__:value ISSUBSET '10.0.0.0/8'", true), ("__ip__:value ISSUBSET '11.0.0.0/8'", false), ("__n__:value IN (1, 7)", true),
        ("__n__:value NOT IN (1, 7)", false), ("1 = 1 AND 1 = 2 OR 1 = 1", true), ("1 = 1 AND (1 = 2 OR 1 = 1)", true),
        ("1 = 2 OR 1 = 2 AND 1 = 1", false), ("[__n__:value = 7]", true), ("not (1 = 2 and 1 = 1)", true),
        ("__s__:value = 'a AND b'", false), ("__n__:value = 7 OR __unknown__:value = 1", true),
        ("__n__:value = 8 AND __unknown__:value = 1", false),
    ])
    func decided(text: String, expected: Bool) throws { #expect(try holds(text) == expected) }

    @Test(arguments: [
        "__unknown__:value = 'x'", "__none__:value = 1", "__bad__:value > 3", "__n__:value = 7 AND __unknown__:value = 1", "__n__:value",
        "NOT __unknown__:value", "__yes__:value < true", "__s__:value > 3", "__s__:value ISSUBSET '10.0.0.0/8'",
    ])
    func undecided(text: String) throws { #expect(try holds(text) == nil) }

    @Test(arguments: [
        ("", 0), ("__n__:value =", 13), ("__n__:value = 7 AND", 19), ("(1 = 1", 6), ("'open", 0), ("1 = 1 1", 6), ("__n__:value IN 7", 15),
        ("__s__:value MATCHES 'a'", 19), ("= 3", 0), ("1 NOT 2", 1),
    ])
    func errorsNameTheirPlace(text: String, offset: Int) {
        let error = #expect(throws: ConditionError.self) { try Condition(parsing: text) }
        #expect(error?.offset == offset, "\(String(describing: error))")
    }

    @Test func nestingIsBounded() {
        #expect(throws: ConditionError.self) { try Condition(parsing: String(repeating: "(", count: 100_000)) }
        #expect(throws: ConditionError.self) { try Condition(parsing: String(repeating: "NOT ", count: 100_000)) }
    }

    @Test func anyTextIsJudgedWithoutATrap() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("__n__:value =<>!'\"()[],ANDORTIN 019.\\%")
        for _ in 0..<3000 {
            let text = String((0..<Int.random(in: 0...30, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
            if let condition = try? Condition(parsing: text) { _ = condition.holds { values[$0] } }
        }
    }
}
