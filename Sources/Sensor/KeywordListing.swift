import Detect

/// `--list-keywords`: what the rule language knows.
enum KeywordListing {
    static func run(_ what: String) -> ExitCode {
        let keywords = KeywordCatalogue.all
        switch what {
        case "all":
            for keyword in keywords { print("\(keyword.name): \(keyword.summary) [\(keyword.documentation)]") }
        case "csv":
            print("name;description;documentation")
            for keyword in keywords { print("\(keyword.name);\(keyword.summary);\(keyword.documentation)") }
        default:
            guard let keyword = keywords.first(where: { $0.name == what }) else {
                SensorProgram.report("vonggac-sensor: no keyword \"\(what)\"; --list-keywords=all names them")
                return .failed
            }
            print("\(keyword.name)\n    \(keyword.summary)\n    \(keyword.documentation)")
        }
        return .done
    }
}
