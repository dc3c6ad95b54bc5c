import Bytes

/// The payload rules of one protocol and direction, grouped by the ports in their headers, so that a packet meets few of them.
final class PortGroups: Sendable {
    /// A port set this wide belongs to the rules for all ports; the header test sorts them out.
    private static let wide = 4096

    let ipProtocol: UInt8
    /// The rules of each group. The first are those for all ports.
    let rules: [[UInt32]]
    /// Group numbers by destination and by source port; 0 is the group for all ports and stands for "none of its own".
    private let byDestination: [UInt16]
    private let bySource: [UInt16]

    private static func ports(_ set: PortSet) -> [UInt16]? {
        guard !set.isAny else { return nil }
        let count = set.ranges.reduce(0) { $0 + Int($1.upperBound) - Int($1.lowerBound) + 1 }
        return count > wide ? nil : set.ranges.flatMap { Array($0) }
    }

    /// - Parameters:
    ///   - list: the rules of the protocol and direction.
    ///   - headers: of all rules, by number.
    init(ipProtocol: UInt8, _ list: [UInt32], _ headers: [HeaderTable.Entry], _ sets: RuleSets) {
        self.ipProtocol = ipProtocol
        var rules: [[UInt32]] = [[]]
        var destinationLists: [UInt16: [UInt32]] = [:]
        var sourceLists: [UInt16: [UInt32]] = [:]
        for rule in list {
            let header = headers[Int(rule)]
            if let ports = PortGroups.ports(sets.ports[Int(header.destinationPorts)]) {
                for port in ports { destinationLists[port, default: []].append(rule) }
            } else if let ports = PortGroups.ports(sets.ports[Int(header.sourcePorts)]) {
                for port in ports { sourceLists[port, default: []].append(rule) }
            } else {
                rules[0].append(rule)
            }
        }
        var made: [[UInt32]: UInt16] = [:]
        /// The group of each port; empty where no port has one.
        func numbers(_ lists: [UInt16: [UInt32]]) -> [UInt16] {
            guard let highest = lists.keys.max() else { return [] }
            var numbers = [UInt16](repeating: 0, count: Int(highest) + 1)
            for (port, list) in lists.sorted(by: { $0.key < $1.key }) {
                if let known = made[list] {
                    numbers[Int(port)] = known
                } else {
                    rules.append(list)
                    numbers[Int(port)] = UInt16(rules.count - 1)
                    made[list] = UInt16(rules.count - 1)
                }
            }
            return numbers
        }
        byDestination = numbers(destinationLists)
        bySource = numbers(sourceLists)
        self.rules = rules
    }

    /// The groups that a packet with these ports meets besides those for all ports: for its destination, for its source (0 where there is none).
    func numbers(source: Port, destination: Port) -> (Int, Int) {
        let (to, from) = (Int(destination.rawValue), Int(source.rawValue))
        return (to < byDestination.count ? Int(byDestination[to]) : 0, from < bySource.count ? Int(bySource[from]) : 0)
    }
}
