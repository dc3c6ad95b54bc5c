import RuleLanguage

/// `dataset` and `datarep`: the buffer in force, as a whole, against a list.
enum DatasetKeywords {
    static let dataset = Keyword(
        "dataset", readsFiles: true,
        summary: "The buffer in a list: `isset|isnotset|set|unset,name[,type t,load f|save f|state f,memcap n,hashsize n,format f,…]`.",
        documentation: "datasets.html#dataset"
    ) { option, builder throws(RuleError) in
        try requireBuffer(option, builder)
        let parts = option.text.parts(separatedBy: 44).filter { !$0.isEmpty }
        guard parts.count >= 2 else {
            throw RuleError("dataset: \(parts.count) of 2 parts, expected isset, isnotset, set or unset, and a name", at: option.text)
        }
        guard let command = DatasetTest.Command(rawValue: parts[0].text) else {
            throw RuleError("dataset: \"\(parts[0].text)\", expected isset, isnotset, set or unset", at: parts[0])
        }
        let request = try Request(parts[1], parts[2...], "dataset")
        if request.isJSON, command == .set || command == .unset {
            throw RuleError("dataset: \(command.rawValue) on a list in JSON, expected isset or isnotset", at: parts[0])
        }
        let set = try request.resolve(&builder, at: option.text)
        builder.add(.dataset(DatasetTest(set: set, command: command, contextKey: request.contextKey)))
    }

    static let datarep = Keyword(
        "datarep", readsFiles: true, summary: "The buffer's reputation in a list: `name,>|<|==,value[,type t,load f,memcap n,hashsize n]`.",
        documentation: "datasets.html#datarep"
    ) { option, builder throws(RuleError) in
        try requireBuffer(option, builder)
        let parts = option.text.parts(separatedBy: 44).filter { !$0.isEmpty }
        guard parts.count >= 3 else {
            throw RuleError("datarep: \(parts.count) of 3 parts, expected a name, an operator and a value", at: option.text)
        }
        guard let value = parts[2].decimal, value <= 65535 else {
            throw RuleError("datarep: value \"\(parts[2].text)\", expected 0 to 65535", at: parts[2])
        }
        let comparison: IntegerRange.Comparison
        switch parts[1].text {
        case ">": comparison = .greater(value)
        case "<": comparison = .less(value)
        case "==": comparison = .equal(value)
        default: throw RuleError("datarep: \"\(parts[1].text)\" is no operator, expected >, < or ==", at: parts[1])
        }
        let request = try Request(parts[0], parts[3...], "datarep")
        if request.save != nil || request.isState || request.isJSON {
            throw RuleError("datarep: save, state and format are of dataset, expected type, load, memcap or hashsize", at: option.text)
        }
        builder.add(.reputation(try request.resolve(&builder, at: option.text), IntegerRange(comparison)))
    }

    private static func requireBuffer(_ option: RuleOption, _ builder: RuleBuilder) throws(RuleError) {
        guard builder.hasActiveBuffer else {
            throw RuleError(
                "\(option.name.text) without a buffer, expected a buffer keyword such as dns.query before it", at: option.offset)
        }
    }

    /// The options after the name.
    private struct Request {
        let name: ArraySlice<UInt8>
        let keyword: String
        var kind: DatasetKind?
        var load: String?
        var save: String?
        var isState = false
        var memoryLimit: Int?
        var hashSize: Int?
        var format = ""
        var valueKey = ""
        var arrayKey = ""
        var contextKey: String?
        var dropsKey = false

        var isJSON: Bool { !format.isEmpty && format != "csv" }

        init(_ name: ArraySlice<UInt8>, _ options: ArraySlice<ArraySlice<UInt8>>, _ keyword: String) throws(RuleError) {
            self.name = name
            self.keyword = keyword
            guard name.words.count == 1 else { throw RuleError("\(keyword): \"\(name.text)\", expected a name without blanks", at: name) }
            var seen: Set<String> = []
            for part in options {
                let words = part.words
                let key = words[0].text
                guard seen.insert(key).inserted else { throw RuleError("\(keyword): \(key) stands twice, expected once", at: part) }
                if key == "remove_key", words.count == 1 {
                    dropsKey = true
                    continue
                }
                guard words.count >= 2 else { throw RuleError("\(keyword): \"\(part.text)\", expected an option and its value", at: part) }
                try take(key, part[words[1].startIndex...], part)
            }
            if isState, load != nil || save != nil {
                throw RuleError("\(keyword): state beside load or save, expected state alone", at: name)
            }
            if isJSON, isState || save != nil { throw RuleError("\(keyword): lists in JSON are not saved, expected load", at: name) }
            if isJSON, valueKey.isEmpty { throw RuleError("\(keyword): format \(format) without value_key", at: name) }
            if !isJSON, contextKey != nil || !valueKey.isEmpty || !arrayKey.isEmpty || dropsKey {
                throw RuleError("\(keyword): context_key, value_key, array_key and remove_key need format json or ndjson", at: name)
            }
        }

        private mutating func take(_ key: String, _ value: ArraySlice<UInt8>, _ part: ArraySlice<UInt8>) throws(RuleError) {
            switch key {
            case "type":
                guard let kind = DatasetKind(rawValue: value.text == "ipv6" ? "ip" : value.text) else {
                    throw RuleError("\(keyword): type \"\(value.text)\", expected string, md5, sha256, ipv4 or ip", at: value)
                }
                self.kind = kind
            case "load": load = value.text
            case "save": save = value.text
            case "state":
                isState = true
                stateFile = value.text
            case "memcap", "hashsize":
                guard let size = SizeText.bytes(value), let number = Int(exactly: size) else {
                    throw RuleError("\(keyword): \(key) \"\(value.text)\", expected a number such as 1024 or 10mb", at: value)
                }
                if key == "memcap" { memoryLimit = number } else { hashSize = number }
            case "format":
                guard ["csv", "json", "ndjson", "jsonline"].contains(value.text) else {
                    throw RuleError("\(keyword): format \"\(value.text)\", expected csv, json or ndjson", at: value)
                }
                format = value.text
            case "value_key": valueKey = value.text
            case "array_key": arrayKey = value.text
            case "context_key", "enrichment_key": contextKey = value.text
            default: throw RuleError("\(keyword): unknown option \"\(key)\"", at: part)
            }
        }

        private var stateFile: String?

        func resolve(_ builder: inout RuleBuilder, at text: ArraySlice<UInt8>) throws(RuleError) -> Dataset {
            var request = DatasetRequest(name: name.text)
            request.kind = kind
            request.load = load
            request.save = stateFile ?? save
            request.memoryLimit = memoryLimit
            request.hashSize = hashSize
            switch format {
            case "", "csv": break
            case "json": request.format = .json(valueKey: valueKey, arrayKey: arrayKey, dropsKey: dropsKey)
            default: request.format = .ndjson(valueKey: valueKey, dropsKey: dropsKey)
            }
            do throws(DatasetError) {
                let (set, problems) = try builder.frontEnd.datasets.dataset(request, isState: isState, ruleFile: builder.file)
                builder.warnings += problems.map { RuleError("dataset \(set.name): \($0)", at: text) }
                return set
            } catch {
                throw RuleError(error.description, at: text)
            }
        }
    }
}
