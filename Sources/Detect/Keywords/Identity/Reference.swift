import RuleLanguage

/// `reference` and `metadata`.
enum ReferenceKeywords {
    static let reference = Keyword(
        "reference", summary: "Where to read more: `key,value` with a key of reference.config.", documentation: "meta.html#reference"
    ) { option, builder throws(RuleError) in
        guard let comma = option.text.firstIndex(of: 44) else {
            throw RuleError("reference: no value, expected key,value such as cve,2021-44228", at: option.text)
        }
        let key = option.text[..<comma].trimmed
        let value = option.text[(comma + 1)...].trimmed
        guard !key.isEmpty, !value.isEmpty else {
            throw RuleError("reference: an empty key or value, expected key,value such as cve,2021-44228", at: option.text)
        }
        if let prefix = builder.frontEnd.references.prefixes[key.lowercasedText] {
            builder.references.append(prefix + value.text)
        } else {
            builder.references.append("\(key.text),\(value.text)")
            if !builder.frontEnd.references.prefixes.isEmpty {
                builder.warnings.append(RuleError("unknown reference key \"\(key.text)\", add it to reference.config", at: key))
            }
        }
    }

    static let metadata = Keyword(
        "metadata", summary: "`key value` pairs that outputs print; keys may repeat.", documentation: "meta.html#metadata"
    ) { option, builder throws(RuleError) in
        for part in option.text.parts(separatedBy: 44) where !part.isEmpty {
            if let blank = part.firstIndex(where: { $0 == 32 || $0 == 9 }) {
                builder.metadata.append((part[..<blank].text, part[blank...].trimmed.text))
            } else {
                builder.metadata.append((part.text, ""))
            }
        }
    }
}
