import AppLayer
import Bytes
import RuleLanguage

/// `filename`, `fileext` and `filemagic`: short forms of tests on `file.name` and `file.magic`.
enum FileNameKeywords {
    private static func add(
        _ option: RuleOption, _ builder: inout RuleBuilder, _ id: BufferID, _ change: (inout ContentPattern) -> Void
    ) throws(RuleError) {
        var text = option.text
        var isNegated = false
        if let quoted = option.quoted {
            (text, isNegated) = (quoted.bytes, quoted.isNegated)
        } else if text.first == 33 {
            (text, isNegated) = (text.rest.trimmed, true)
        }
        let bytes = try ContentKeyword.bytes(text)
        guard !bytes.isEmpty, let buffer = builder.frontEnd.buffers[id] else {
            throw RuleError("\(option.name.text) is empty, expected at least one letter", at: option.text)
        }
        var pattern = ContentPattern(bytes: bytes)
        pattern.isNegated = isNegated
        change(&pattern)
        let run = try builder.newRun(on: buffer, at: option.offset)
        builder.inspections[run].tests.append(.content(pattern))
    }

    static let filename = Keyword(
        "filename", allowsQuotes: true, summary: "Text in the file's name, in either case.", documentation: "file-keywords.html#filename"
    ) { option, builder throws(RuleError) in
        try add(option, &builder, .fileName) { $0.isCaseInsensitive = true }
    }

    static let fileext = Keyword(
        "fileext", allowsQuotes: true, summary: "Extension of the file's name, in either case.", documentation: "file-keywords.html#fileext"
    ) { option, builder throws(RuleError) in
        try add(option, &builder, .fileName) { pattern in
            pattern.bytes.insert(46, at: 0)
            pattern.isCaseInsensitive = true
            pattern.endsWith = true
        }
    }

    static let filemagic = Keyword(
        "filemagic", allowsQuotes: true, summary: "Text in what libmagic makes of the file's first bytes.",
        documentation: "file-keywords.html#filemagic"
    ) { option, builder throws(RuleError) in
        try add(option, &builder, .fileMagic) { _ in }
    }
}
