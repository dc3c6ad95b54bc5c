import Bytes
import RuleLanguage

/// Reputation of hosts by category: what `reputation-categories-file` and `reputation-files` say.
public final class HostReputation: Sendable {
    private struct Network: Sendable {
        var prefix: IPPrefix
        var value: UInt8
    }

    static let categoryLimit: UInt64 = 60
    static let largestValue: UInt64 = 127

    private let categories: [String: UInt8]
    private let hosts: [UInt8: [IPAddress: UInt8]]
    /// By category, the longest prefixes first.
    private let networks: [UInt8: [Network]]
    /// Lines that were passed over.
    public let problems: [String]

    /// - Parameters:
    ///   - categories: the categories' file: `number,short name,description` a line.
    ///   - files: reputation files by name: `address or network,category,value` a line.
    public init(categories text: (name: String, text: [UInt8]), files: [(name: String, text: [UInt8])]) {
        var problems: [String] = []
        var categories: [String: UInt8] = [:]
        HostReputation.eachLine(text.text) { number, parts in
            guard parts.count >= 2, let id = parts[0].decimal, id < HostReputation.categoryLimit, !parts[1].isEmpty else {
                problems.append("\(text.name):\(number): expected a number below \(HostReputation.categoryLimit),name,description")
                return
            }
            categories[parts[1].text] = UInt8(id)
        }
        var hosts: [UInt8: [IPAddress: UInt8]] = [:]
        var networks: [UInt8: [Network]] = [:]
        for file in files {
            HostReputation.eachLine(file.text) { number, parts in
                // A heading is allowed.
                if parts[0].text == "ip" { return }
                guard parts.count == 3, let category = parts[1].decimal, category < HostReputation.categoryLimit,
                    let value = parts[2].decimal, value <= HostReputation.largestValue, let prefix = IPPrefix(parts[0].text)
                else {
                    problems.append("\(file.name):\(number): expected an address or a network,category,value from 0 to 127")
                    return
                }
                if parts[0].contains(47) {
                    networks[UInt8(category), default: []].append(Network(prefix: prefix, value: UInt8(value)))
                } else {
                    hosts[UInt8(category), default: [:]][prefix.first] = UInt8(value)
                }
            }
        }
        for category in networks.keys { networks[category]?.sort { $0.prefix.length > $1.prefix.length } }
        self.categories = categories
        self.hosts = hosts
        self.networks = networks
        self.problems = problems
    }

    private static func eachLine(_ text: [UInt8], _ body: (Int, [ArraySlice<UInt8>]) -> Void) {
        for (number, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard let first = line.first, !ASCII.isSpace(first), first != 35 else { continue }
            body(number + 1, line.parts(separatedBy: 44))
        }
    }

    /// The number of a category by its short name; nil where there is none. 0 stands for none in Suricata too.
    func category(_ name: String) -> UInt8? { categories[name].flatMap { $0 == 0 ? nil : $0 } }

    /// The host's own value, or that of the smallest network around it; nil where nothing is said.
    func value(_ address: IPAddress, _ category: UInt8) -> UInt8? {
        if let own = hosts[category]?[address] { return own }
        guard let networks = networks[category] else { return nil }
        for network in networks where network.prefix.first.isV4 == address.isV4 && network.prefix.contains(address) { return network.value }
        return nil
    }
}

/// Which ends of a packet a test on addresses looks at.
public enum AddressSide: String, Sendable {
    /// Either of the two.
    case any
    case both
    case source = "src"
    case destination = "dst"

    /// Whether `test` holds for the ends that are meant.
    func holds(_ source: IPAddress, _ destination: IPAddress, _ test: (IPAddress) -> Bool) -> Bool {
        switch self {
        case .any: test(source) || test(destination)
        case .both: test(source) && test(destination)
        case .source: test(source)
        case .destination: test(destination)
        }
    }
}

/// `iprep`.
public struct ReputationTest: Sendable {
    public enum Condition: Sendable {
        case value(IntegerRange)
        case isSet, isNotSet
    }

    public var side: AddressSide
    public var category: UInt8
    public var condition: Condition
    public var table: HostReputation

    func holds(_ source: IPAddress, _ destination: IPAddress) -> Bool {
        side.holds(source, destination) { address in
            let value = table.value(address, category)
            switch condition {
            case .value(let range): return value.map { range.contains(UInt64($0)) } ?? false
            case .isSet: return value != nil
            case .isNotSet: return value == nil
            }
        }
    }
}
