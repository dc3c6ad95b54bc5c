import Bytes

/// The headers of one side of a stream, from all its header blocks.
struct HTTP2Headers {
    /// Fields that refer to one table entry over and over cost a byte each on the wire; their text together is bounded.
    private static let mostText = 1 << 20

    private(set) var entries: [HPACKEntry] = []
    private var text = 0

    mutating func append(_ more: [HPACKEntry]) {
        for entry in more {
            if case .field(let field) = entry {
                guard text <= HTTP2Headers.mostText else { continue }
                text += field.size
            }
            entries.append(entry)
        }
    }

    private var fields: [HPACKField] {
        entries.compactMap { if case .field(let field) = $0 { field } else { nil } }
    }

    var isEmpty: Bool { entries.isEmpty }

    private static func matches(_ name: [UInt8], _ wanted: StaticString) -> Bool {
        guard name.count == wanted.utf8CodeUnitCount else { return false }
        return wanted.withUTF8Buffer { bytes in
            for index in 0..<name.count where unsafe name[index] != bytes[index] { return false }
            return true
        }
    }

    /// The first value of a header; names are compared as they are, lower case on the wire.
    func first(_ name: StaticString) -> [UInt8]? {
        for case .field(let field) in entries where HTTP2Headers.matches(field.name.bytes, name) { return field.value.bytes }
        return nil
    }

    /// All values of a header, joined with ", ". What refers to the same table entry again counts once.
    func value(_ name: StaticString) -> [UInt8]? {
        var result: [UInt8]?
        var taken: [HPACKText] = []
        for case .field(let field) in entries where HTTP2Headers.matches(field.name.bytes, name) {
            guard !taken.contains(where: { $0 === field.value }) else { continue }
            taken.append(field.value)
            if result == nil {
                result = field.value.bytes
            } else {
                result? += [44, 32]
                result? += field.value.bytes
            }
        }
        return result
    }

    /// The value of the first header of that name in any case, for logs.
    func loggedValue(_ name: StaticString) -> [UInt8]? {
        var found: [UInt8]?
        for case .field(let field) in entries where HTTP2Headers.matches(field.name.bytes.map(ASCII.lowercased), name) {
            found = field.value.bytes
        }
        return found
    }

    /// `name: value\r\n` for each; `trimmed` without cookies and blanks around values, as `http.header` shows them.
    func lines(trimmed: Bool, cookie: StaticString) -> [UInt8]? {
        var result: [UInt8] = []
        for case .field(let field) in entries {
            if trimmed, HTTP2Headers.matches(field.name.bytes.map(ASCII.lowercased), cookie) { continue }
            result += field.name.bytes
            result += [58, 32]
            if trimmed {
                var value = field.value.bytes[...]
                while let byte = value.first, byte == 32 || byte == 9 { value = value.dropFirst() }
                while let byte = value.last, byte == 32 || byte == 9 { value = value.dropLast() }
                result += value
            } else {
                result += field.value.bytes
            }
            result += [13, 10]
        }
        return result.isEmpty ? nil : result
    }

    /// `\r\nname\r\nname2\r\n\r\n`.
    func names() -> [UInt8]? {
        let fields = fields
        guard !fields.isEmpty else { return nil }
        return [13, 10] + fields.flatMap { $0.name.bytes + [13, 10] } + [13, 10]
    }

    /// The field at `index` as `name: value`.
    func line(_ index: Int) -> [UInt8]? {
        name(index).map { $0 + [58, 32] + fieldValue(index) }
    }

    func name(_ index: Int) -> [UInt8]? {
        guard entries.indices.contains(index) else { return nil }
        if case .field(let field) = entries[index] { return field.name.bytes }
        return []
    }

    private func fieldValue(_ index: Int) -> [UInt8] {
        if case .field(let field) = entries[index] { field.value.bytes } else { [] }
    }
}
