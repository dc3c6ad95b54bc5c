import AppLayer
import Bytes
import RuleLanguage

/// `filestore`, `filesize`, `filemd5`, `filesha1`, `filesha256`: files as wholes.
enum FileKeywords {
    static let store = Keyword(
        "filestore", value: .optional,
        summary: "Puts the file into the file store: `[request|response|both[,file|tx|flow]]`.",
        documentation: "file-keywords.html#filestore"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "filestore")
        var spec = FileStoreSpec()
        let parts = option.text.isEmpty ? [] : option.text.parts(separatedBy: 44)
        guard parts.count <= 2 else { throw RuleError("filestore: too many parts, expected a direction and a scope", at: parts[2]) }
        if let direction = parts.first {
            spec.scope = .transaction
            switch direction.lowercasedText {
            case "request", "to_server": spec.directions = .toServer
            case "response", "to_client": spec.directions = .toClient
            case "both": spec.directions = .both
            default: throw RuleError("filestore: \"\(direction.text)\", expected request, response or both", at: direction)
            }
        }
        if parts.count == 2 {
            switch parts[1].lowercasedText {
            case "file": spec.scope = .file
            case "tx": spec.scope = .transaction
            case "ssn", "flow": spec.scope = .flow
            default: throw RuleError("filestore: \"\(parts[1].text)\", expected file, tx, ssn or flow", at: parts[1])
            }
        }
        builder.fileStore = spec
        try builder.add(.exists, "filestore", at: option.offset)
        if !builder.frontEnd.features.contains("output::file-store") {
            builder.warnings.append(
                RuleError("filestore stores nothing without the output file-store; switch it on in the configuration", at: option.offset))
        }
    }

    static let size = Keyword(
        "filesize", summary: "Size of the file in bytes, once it is whole.", documentation: "file-keywords.html#filesize"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard builder.isTransactional, parts.count == 2 else {
            return try builder.add(.size(try range(option.text)), "filesize", at: option.offset)
        }
        let side: FlowDirection
        switch parts[0].lowercasedText {
        case "to_server", "toserver": side = .toServer
        case "to_client", "toclient": side = .toClient
        default: throw RuleError("filesize: \"\(parts[0].text)\", expected to_server or to_client before the size", at: parts[0])
        }
        try builder.add(.size(try range(parts[1])), "filesize", at: option.offset, side: side)
    }

    /// The common grammar, with units at the numbers.
    private static func range(_ text: ArraySlice<UInt8>) throws(RuleError) -> IntegerRange {
        guard text.contains(where: ASCII.isLetter) else { return try IntegerGrammar.range(text, "filesize") }
        let symbol = text.prefix { [33, 60, 61, 62].contains($0) }
        guard let size = SizeText.bytes(text[symbol.endIndex...].trimmed) else { return try IntegerGrammar.range(text, "filesize") }
        return try IntegerGrammar.range(ArraySlice(Array(symbol) + Array("\(size)".utf8)), "filesize")
    }

    static let md5 = digest(.md5)
    static let sha1 = digest(.sha1)
    static let sha256 = digest(.sha256)

    private static func digest(_ algorithm: FileDigestList.Algorithm) -> Keyword {
        let name = "file\(algorithm.rawValue)"
        return Keyword(
            name, readsFiles: true, summary: "The file's digest is in a list, named relative to the rule file; `!` for not in it.",
            documentation: "file-keywords.html#\(name)"
        ) { option, builder throws(RuleError) in
            let isNegated = option.text.first == 33
            let path = isNegated ? option.text.rest.trimmed : option.text
            guard !path.isEmpty else { throw RuleError("\(name) names no file", at: option.text) }
            let list = FileDigestList(algorithm, try contents(path, name, builder))
            guard list.count > 0 else { throw RuleError("\(name): \(path.text) holds no digest", at: path) }
            try builder.add(.digest(list, isNegated: isNegated), name, at: option.offset)
        }
    }

    private static func contents(_ path: ArraySlice<UInt8>, _ name: String, _ builder: RuleBuilder) throws(RuleError) -> [UInt8] {
        let text = path.text
        let folder = builder.file.lastIndex(of: "/").map { String(builder.file[..<$0]) } ?? "."
        var candidates = [text]
        if !text.hasPrefix("/") { candidates = [builder.frontEnd.datasets.options.ruleFolder + "/" + text, folder + "/" + text, text] }
        var reason = ""
        for candidate in candidates {
            do {
                return try RuleLoader.contents(of: candidate)
            } catch {
                reason = error.reason
            }
        }
        throw RuleError("\(name): \(text) cannot be read: \(reason)", at: path)
    }
}
