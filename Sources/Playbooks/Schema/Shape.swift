import Trust

/// What CACAO demands of one kind of object: its properties, which of them must be there.
struct Shape: Sendable {
    /// As messages name it.
    var name: String
    var required: [String] = []
    var properties: [String: Form]
    /// Of each group, one must be there.
    var oneOf: [[String]] = []
    /// Other properties are part of the format, such as a vendor's in an open vocabulary.
    var isOpen = false
}

/// What a value must look like.
indirect enum Form: Sendable {
    case anything
    case text
    /// A text that is a base64 of something.
    case base64
    case flag
    case whole(ClosedRange<Int64>)
    /// `kind--<uuid>`; nil for any kind.
    case identifier(String?)
    case time
    /// One of a closed enumeration.
    case word([String])
    /// From an open vocabulary: other values are kept, with a hint.
    case open(Vocabulary)
    case list(Form, atLeast: Int)
    /// A dictionary with keys of the author's choice.
    case map(Form, atLeast: Int)
    case object(Shape)
    /// A definition that is one of several shapes by its `type`.
    case typed([String: Shape], fallback: Shape)
    case nullable(Form)
    /// `signature` may hold a signature.
    case signature

    struct Vocabulary: Sendable {
        var name: String
        var words: Set<String>

        init(_ name: String, _ words: String) {
            self.name = name
            self.words = Set(words.split(separator: " ").map(String.init))
        }
    }
}

/// Compares a document with the shapes, and notes everything that is wrong.
struct ShapeCheck {
    private(set) var findings: [Finding] = []

    mutating func note(_ grade: Finding.Grade, _ pointer: String, _ vietnamese: String, _ english: String) {
        findings.append(Finding(grade: grade, pointer: pointer.isEmpty ? "/" : pointer, text: .init(vietnamese, english)))
    }

    mutating func check(_ value: JSONValue, _ shape: Shape, at pointer: String) {
        guard case .object(let members) = value else {
            return note(.error, pointer, "phải là một đối tượng {…}", "expected an object {…}")
        }
        for name in shape.required where members[name] == nil || members[name] == .null {
            note(.error, pointer + "/" + name, "thiếu thuộc tính này", "this property is missing")
        }
        for group in shape.oneOf {
            let present = group.filter { members[$0] != nil }
            let list = group.joined(separator: ", ")
            if present.isEmpty {
                note(.error, pointer, "thiếu một trong: \(list)", "one of these is missing: \(list)")
            } else if present.count > 1 {
                note(.error, pointer + "/" + present[1], "chỉ được dùng một trong: \(list)", "only one of these may be given: \(list)")
            }
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let place = pointer + "/" + JSONPointer.escape(name)
            if let form = shape.properties[name] {
                if value == .null, !shape.required.contains(name) {
                    if case .nullable = form { continue }
                    note(.error, place, "không được là null; hãy bỏ thuộc tính này", "must not be null; leave the property out")
                    continue
                }
                if value != .null || !shape.required.contains(name) { check(value, form, at: place) }
            } else if !shape.isOpen {
                let near = shape.properties.keys.sorted().first { Self.isNear($0, name) }
                note(
                    .hint, place, "CACAO 2.0 không có thuộc tính này\(near.map { "; có phải “\($0)”?" } ?? "")",
                    "CACAO 2.0 has no such property\(near.map { "; did you mean \($0)?" } ?? "")")
            }
        }
    }

    private mutating func check(_ value: JSONValue, _ form: Form, at pointer: String) {
        switch form {
        case .anything: break
        case .nullable(let form): if value != .null { check(value, form, at: pointer) }
        case .text:
            guard value.text == nil else { return }
            switch value {
            case .integer, .number, .bool:
                let written = (try? value.canonicalText()) ?? ""
                note(.error, pointer, "phải là chuỗi ký tự: \"\(written)\"", "expected text: \"\(written)\"")
            default: note(.error, pointer, "phải là chuỗi ký tự", "expected text")
            }
        case .base64:
            guard let text = value.text else { return note(.error, pointer, "phải là chuỗi ký tự", "expected text") }
            if Base64.decode(text) == nil { note(.error, pointer, "không phải base64", "no base64") }
        case .flag: if value.bool == nil { note(.error, pointer, "phải là true hoặc false", "expected true or false") }
        case .whole(let range):
            if let text = value.text, let number = Int64(text), range.contains(number) {
                note(.error, pointer, "phải là số, không có dấu nháy: \(number)", "expected a number, without quotes: \(number)")
            } else if !range.contains(value.integer ?? .min) {
                range.upperBound == .max
                    ? note(.error, pointer, "phải là số nguyên từ \(range.lowerBound)", "expected a whole number from \(range.lowerBound)")
                    : range.upperBound > 1_000_000
                        ? note(
                            .error, pointer, "phải là số nguyên mili giây, từ \(range.lowerBound)",
                            "expected a whole number of milliseconds, from \(range.lowerBound)")
                        : note(
                            .error, pointer, "phải là số nguyên từ \(range.lowerBound) đến \(range.upperBound)",
                            "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        case .identifier(let kind): identifier(value, kind, pointer)
        case .time:
            if value.text.flatMap(Moment.init) == nil {
                note(
                    .error, pointer, "phải là thời điểm dạng 2026-11-21T08:00:00.000Z",
                    "expected a time such as 2026-11-21T08:00:00.000Z")
            }
        case .word(let words):
            guard let text = value.text else { return note(.error, pointer, "phải là chuỗi ký tự", "expected text") }
            if !words.contains(text) {
                note(
                    .error, pointer, "“\(text)” không phải một trong: \(words.joined(separator: ", "))",
                    "\(text) is none of: \(words.joined(separator: ", "))")
            }
        case .open(let vocabulary):
            guard let text = value.text else { return note(.error, pointer, "phải là chuỗi ký tự", "expected text") }
            if !vocabulary.words.contains(text) {
                note(.hint, pointer, "“\(text)” không có trong \(vocabulary.name)", "\(text) is not in \(vocabulary.name)")
            }
        case .list(let form, let least):
            guard let elements = value.elements else { return note(.error, pointer, "phải là danh sách", "expected a list") }
            if elements.count < least {
                elements.isEmpty
                    ? note(.error, pointer, "danh sách rỗng; hãy bỏ thuộc tính này", "an empty list; leave the property out")
                    : note(.error, pointer, "cần ít nhất \(least) mục", "expected at least \(least) entries")
            }
            for (index, element) in elements.enumerated() { check(element, form, at: "\(pointer)/\(index)") }
        case .map(let form, let least):
            guard case .object(let members) = value else {
                return note(.error, pointer, "phải là một đối tượng {…}", "expected an object {…}")
            }
            if members.count < least { note(.error, pointer, "rỗng; hãy bỏ thuộc tính này", "empty; leave the property out") }
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                check(value, form, at: pointer + "/" + JSONPointer.escape(name))
            }
        case .object(let shape): check(value, shape, at: pointer)
        case .typed(let shapes, let fallback): check(value, shapes[value["type"]?.text ?? ""] ?? fallback, at: pointer)
        case .signature: check(value, Shapes.signature, at: pointer)
        }
    }

    private mutating func identifier(_ value: JSONValue, _ kind: String?, _ pointer: String) {
        guard let text = value.text else { return note(.error, pointer, "phải là chuỗi ký tự", "expected text") }
        let example = "\(kind ?? "<type>")--<uuid>"
        guard let identifier = Identifier(text), kind == nil || identifier.kind == kind else {
            // Steps, agents and variables of a draft may have short names; those that leave the playbook must be ids.
            if kind == nil, let separator = text.firstRange(of: "--"), separator.lowerBound != text.startIndex {
                return note(.hint, pointer, "không phải UUID: \(text)", "no UUID: \(text)")
            }
            return note(.error, pointer, "phải có dạng \(example)", "expected the form \(example)")
        }
        if !identifier.isStrict {
            note(.hint, pointer, "UUID không theo RFC 4122: \(text)", "not a UUID of RFC 4122: \(text)")
        }
    }

    /// One letter too many, too few or wrong, or two exchanged.
    private static func isNear(_ a: String, _ b: String) -> Bool {
        // onCompletion, on-completion
        func plain(_ text: String) -> [UInt8] { Array(text.lowercased().utf8.filter { $0 != 0x2d && $0 != 0x5f }) }
        let (a, b) = (plain(a), plain(b))
        guard abs(a.count - b.count) <= 1, a.count > 3, a.count < 64 else { return false }
        let prefix = zip(a, b).prefix { $0 == $1 }.count
        let (restA, restB) = (a[prefix...], b[prefix...])
        if restA.dropFirst().elementsEqual(restB) || restB.dropFirst().elementsEqual(restA) { return true }
        if restA.dropFirst().elementsEqual(restB.dropFirst()) { return true }
        return restA.count > 1 && restB.count > 1 && restA.dropFirst(2).elementsEqual(restB.dropFirst(2))
            && restA.prefix(2).reversed().elementsEqual(restB.prefix(2))
    }
}
