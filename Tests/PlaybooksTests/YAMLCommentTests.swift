import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// Comments and blank lines of YAML go into JSON and come back at the same place.
@Suite struct YAMLCommentTests {
    /// As the program writes it, so that it comes back to the byte.
    private let authored = """
        # Đội ứng cứu sự cố, bản nháp
        #

        type: playbook  # luôn như vậy
        spec_version: cacao-2.0
        id: playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562
        name: "Thử # không phải chú thích"
        description: |-  # hai dòng
          một
          # vẫn là văn bản
            lùi vào # cũng vậy

        # trước ngày

        created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1
        created: "2026-11-21T00:00:00Z"
        modified: "2026-11-21T00:00:00.000Z"
        labels:
          # hạng mục
          - category:MALWARE  # TT 20/2017
          - plain#text

          # - cũ

        workflow_start: start--s  # bắt đầu
        workflow:  # các bước
          # bước đầu
          start--s:
            type: start
            on_completion: action--a
            # timeout: 5 (chưa cần)


          action--a:
            type: action
            name: it's
            agent: group--g
            commands:
              - type: manual
                command: |
                  làm

                  xong

              # lệnh thứ hai
              - type: manual
                # nói gì
                command: làm hai
            on_completion: end--e

          end--e:
            type: end

          # hết các bước

        agent_definitions:
          group--g:
            type: group
            name: Trực
        # hết
        """ + "\n"

    private func parse(_ text: String, _ path: String = "a.yaml") throws -> DocumentNode { try PlaybookText.parse(text, path: path) }

    @Test func comeBackAtTheirPlaces() throws {
        let node = try parse(authored)
        let json = try node.jsonText()
        #expect(json.contains(#""behind": " TT 20/2017""#))
        let back = try parse(json, "a.json")
        #expect(try back.yamlText() == authored)
        #expect(try back.value.canonicalText() == node.value.canonicalText())
        // In another order of members as well: what was kept has none.
        let sorted = DocumentNode(node.value, order: PropertyOrder.place)
        let other = try parse(sorted.yamlText())
        #expect(try other.value.canonicalText() == node.value.canonicalText())
        #expect(try !other.yamlText().contains(AuthorComments.extensionID))
        // What it says about itself is valid.
        #expect(try PlaybookReading(text: authored, path: "a.yaml").findings.filter { $0.pointer.contains("extension") }.isEmpty)
        #expect(try PlaybookReading(text: authored, path: "a.yaml").errors == 0)
    }

    @Test func areSignedWithTheRest() throws {
        let key = try SigningKey.make(for: .ed25519)
        let node = try parse(authored)
        let signed = try PlaybookSignatures.sign(
            node.value, with: key, by: .ed25519, signee: "Đội", createdBy: nil, id: "jss--af892292-c4b4-47eb-9be6-4897ff4b9388")
        let result = node.with("signatures", signed["signatures"] ?? .null)
        let (yaml, json) = (try result.yamlText(), try result.jsonText())
        #expect(yaml.contains("# TT 20/2017") && !yaml.contains(AuthorComments.extensionID))
        func states(_ text: String, _ path: String) throws -> [SignatureVerification.State] {
            PlaybookSignatures.verify(try parse(text, path).value).map(\.state)
        }
        #expect(try states(yaml, "a.yaml") == [.valid(.hexadecimal)])
        #expect(try states(json, "a.json") == [.valid(.hexadecimal)])
        #expect(try states(parse(json, "a.json").yamlText(), "b.yaml") == [.valid(.hexadecimal)])
        #expect(try states(yaml.replacing("TT 20/2017", with: "TT 12/2022"), "a.yaml") == [.changed])
        #expect(try states(yaml + "# thêm\n", "a.yaml") == [.changed])
    }

    private func head(_ rest: String) -> String { "type: playbook\n" + rest }

    private func places(_ rest: String) throws -> [String: AuthorComments.Place] {
        let text = head(rest)
        return try AuthorComments.taken(from: parse(text)).map(\.comments.places) ?? [:]
    }

    @Test func formsOfYAML() throws {
        try #expect(places("a: \"x # y\\\" # z\" # c\n") == ["/a": .init(behind: " c")])
        try #expect(places("a: 'x # y'' # z' # c\n") == ["/a": .init(behind: " c")])
        try #expect(places("a: \"x\n  # y\n  z\" # c\n") == ["/a": .init(behind: " c")])
        try #expect(places("a: x#y # c\n") == ["/a": .init(behind: " c")])
        try #expect(places("a: x\n  y\nb: 1 #c\n") == ["/b": .init(behind: "c")])
        try #expect(places("a: >2\n    x\n   # y\n # c\nb: 1\n") == ["/b": .init(before: [" c"])])
        try #expect(places("a: |\n# c\nb: 1\n") == ["/b": .init(before: [" c"])])
        try #expect(places("a: &x |+ # h\n  t # t\n\nb: !!str 'q # q' # c\n") == ["/a": .init(behind: " h"), "/b": .init(behind: " c")])
        try #expect(places("'a # b': 1 # c\n") == ["/a # b": .init(behind: " c")])
        try #expect(places("a/~b: 1 # c\n") == ["/a~1~0b": .init(behind: " c")])
        try #expect(places("a: [1, # one\n  # two\n  2] # three\nb: 1\n") == ["/a": .init(before: [" two", " three"], behind: " one")])
        try #expect(
            places("a:\n- x # one\n# two\n- y\n# three\nb: 1\n") == [
                "/a/0": .init(behind: " one"), "/a/1": .init(before: [" two"]), "/b": .init(before: [" three"]),
            ])
        try #expect(places("a:\n  - x\n  # two\nb: 1\n") == ["/a": .init(after: [" two"])])
        try #expect(places("a:\n  - # one\n    x: 1\n") == ["/a/0": .init(before: [" one"])])
        try #expect(places("a: 1\r\n# one\r\nb: 2 # two\r\n") == ["/b": .init(before: [" one"], behind: " two")])
        try #expect(places("a: &v {x: 1} # one\nb: *v # two\nc: 3 # three\n")["/c"] == .init(behind: " three"))
        try #expect(places("a: \"\u{2028}# x\" # c\n") == ["/a": .init(behind: " c")])
        #expect(
            try AuthorComments.taken(from: parse("# one\n# two\ntype: playbook\n"))?.comments.places == [
                "": .init(before: [" one", " two"])
            ])
        #expect(try parse("# one\na: 1\n").value == ["a": 1])
    }

    @Test func blankLines() throws {
        func lines(_ rest: String) throws -> [String: AuthorComments.Place] { try places(rest) }
        try #expect(lines("a: 1\n\nb: 1\n") == ["/b": .init(before: [nil])])
        try #expect(lines("\n  \na: 1\n") == ["/a": .init(before: [nil, nil])])
        try #expect(lines("a: 1\n\n\n") == ["": .init(after: [nil, nil])])
        try #expect(lines("a: 1\n\n# x\n\nb: 1 # y\n") == ["/b": .init(before: [nil, " x", nil], behind: " y")])
        try #expect(lines("a: 1\r\n\r\nb: 1\r\n") == ["/b": .init(before: [nil])])
        try #expect(lines("a:\n  b: 1\n\n  # x\nc: 1\n") == ["/a": .init(after: [nil, " x"])])
        try #expect(lines("a:\n\n  - x: 1\n\n    y: 1\n\n  - z\n").keys.sorted() == ["/a/0", "/a/0/y", "/a/1"])
        // Within a text they are the text's.
        try #expect(lines("a: x\n\n  y\n").isEmpty)
        try #expect(lines("a: \"x\n\n  y\"\n").isEmpty)
        try #expect(lines("a: [1,\n\n  2]\n").isEmpty)
        try #expect(lines("a: |+\n  x\n\nb: 1\n").isEmpty)
        try #expect(lines("a: |\n  x\n\n  y\nb: 1\n").isEmpty)
        try #expect(lines("a: |\n  x\n\nb: 1\n") == ["/b": .init(before: [nil])])
        try #expect(lines("a: >-\n  x\n\n\nb: 1\n") == ["/b": .init(before: [nil, nil])])
        try #expect(lines("a: |-\n  x\n     \nb: 1\n").isEmpty)
        // Without any there is no extension.
        #expect(try parse(head("a: 1\n")).value["playbook_extensions"] == nil)
        for text in [
            head("a: 1\n\nb: |\n  x\n\nc: 2\n\n\n"), head("a:\n  - 1\n\n  - b: 2\n\n    c: 3\n\nd: 4\n"), "\n" + head(""),
        ] {
            let json = try parse(text).jsonText()
            #expect(try parse(json, "a.json").yamlText() == text)
        }
    }

    /// What somebody else put into the extension is kept as it is where it is no comment.
    @Test(arguments: [
        #"{"comments": {"/nowhere": {"before": ["x"]}}}"#, #"{"comments": {"/type": {"behind": "x\nid: evil"}}}"#,
        #"{"comments": {"/type": {"before": ["x\ny"]}}}"#, #"{"comments": {"/type": {"before": "x"}}}"#, #"{"comments": []}"#, "7",
        #"{"comments": {"/type": {"behind": "x", "other": 1}}}"#, #"{"comments": {"/type": {"behind": "a\u2028b\u0085c: d"}}}"#,
        #"{"comments": {"/type": {"behind": "\u0007"}}}"#, #"{"comments": {"/nowhere": {"before": [null]}}}"#,
        #"{"comments": {"/type": {"before": [null, 1]}}}"#, #"{"comments": {"/type": {"after": [null]}}}"#,
        #"{"comments": {"": {"behind": "x"}}}"#, #"{"comments": {}}"#,
    ])
    func foreignContent(_ content: String) throws {
        let json = #"{"type": "playbook", "id": "x", "playbook_extensions": {"\#(AuthorComments.extensionID)": \#(content)}}"#
        let node = try parse(json, "a.json")
        let yaml = try node.yamlText()
        #expect(try parse(yaml).value == node.value, "\(yaml)")
        #expect(try parse(yaml).value["id"]?.text == "x")
    }

    @Test func neverTrapsAndNeverLosesValues() throws {
        func check(_ text: String) {
            guard let node = try? parse(text), let yaml = try? node.yamlText(), let canonical = try? node.value.canonicalText() else {
                return
            }
            #expect((try? parse(yaml).value.canonicalText()) == canonical, "\(text)")
        }
        let scalars = Array(authored.unicodeScalars)
        for count in stride(from: 0, to: scalars.count, by: 7) {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[..<count])
            check(String(view))
        }
        var random = SeededGenerator(seed: 6)
        let pieces = Array("#\n \"'|>-[]{}:,&!*?\t".unicodeScalars)
        for _ in 0..<400 {
            var changed = scalars
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed.insert(pieces.randomElement(using: &random) ?? "#", at: Int.random(in: 0...changed.count, using: &random))
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: changed)
            check(String(view))
        }
    }

    @Test func tooManyAreRefused() throws {
        #expect(throws: PlaybookFileError.self) { try parse(head(String(repeating: "#\n", count: AuthorComments.mostLines + 1))) }
        #expect(throws: PlaybookFileError.self) {
            try parse(head(String(repeating: "\n", count: AuthorComments.mostLines + 1) + "a: 1\n"))
        }
        let name = String(repeating: "n", count: 1000)
        let long = "\(name):\n" + (0..<6000).map { "  k\($0): 1 # c\n" }.joined()
        #expect(throws: PlaybookFileError.self) { try parse(head(long)) }
    }
}
