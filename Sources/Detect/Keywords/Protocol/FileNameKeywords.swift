import AppLayer
import Bytes
import RuleLanguage

/// `filename` and `fileext`: short forms of tests on `file.name`.
enum FileNameKeywords {
    private static func add(_ option: RuleOption, _ builder: inout RuleBuilder, isExtension: Bool) throws(RuleError) {
        guard let quoted = option.quoted else {
            throw RuleError("\(option.name.text) without quotes, expected \(option.name.text):\"…\"", at: option.text)
        }
        let bytes = try ContentKeyword.bytes(quoted.bytes)
        guard !bytes.isEmpty, let buffer = builder.frontEnd.buffers[.fileName] else {
            throw RuleError("\(option.name.text) is empty, expected at least one letter", at: option.text)
        }
        var pattern = ContentPattern(bytes: isExtension ? [46] + bytes : bytes)
        pattern.isNegated = quoted.isNegated
        pattern.isCaseInsensitive = true
        pattern.endsWith = isExtension
        let run = try builder.newRun(on: buffer, at: option.offset)
        builder.inspections[run].tests.append(.content(pattern))
    }

    static let filename = Keyword(
        "filename", allowsQuotes: true, summary: "Text in the file's name, in either case.", documentation: "file-keywords.html#filename"
    ) { option, builder throws(RuleError) in
        try add(option, &builder, isExtension: false)
    }

    static let fileext = Keyword(
        "fileext", allowsQuotes: true, summary: "Extension of the file's name, in either case.", documentation: "file-keywords.html#fileext"
    ) { option, builder throws(RuleError) in
        try add(option, &builder, isExtension: true)
    }
}
