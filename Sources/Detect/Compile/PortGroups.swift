import Bytes
import Match

/// The payload rules of one protocol and direction, grouped by the ports in their headers, so that a packet meets few of them.
struct PortGroups {
    /// Rules for a set of ports.
    struct Group {
        var packets = Prefilter()
        var stream = Prefilter()
    }

    /// A port set this wide belongs to the rules for all ports; the header test sorts them out.
    private static let wide = 4096

    private(set) var groups: [Group] = [Group()]
    /// Group numbers by destination and by source port; 0 is the group for all ports and stands for "none of its own".
    private var byDestination: [UInt16: UInt16] = [:]
    private var bySource: [UInt16: UInt16] = [:]

    private static func ports(_ set: PortSet) -> [UInt16]? {
        guard !set.isAny else { return nil }
        let count = set.ranges.reduce(0) { $0 + Int($1.upperBound) - Int($1.lowerBound) + 1 }
        return count > wide ? nil : set.ranges.flatMap { Array($0) }
    }

    /// Sorts rules into groups and compiles them. `add` puts one rule into a group.
    mutating func build(_ rules: [Int], _ signatures: [Signature], add: (Int, inout Group) -> Void) throws(MatchError) {
        var destinationLists: [UInt16: [Int]] = [:]
        var sourceLists: [UInt16: [Int]] = [:]
        for rule in rules {
            if let ports = PortGroups.ports(signatures[rule].destinationPorts) {
                for port in ports { destinationLists[port, default: []].append(rule) }
            } else if let ports = PortGroups.ports(signatures[rule].sourcePorts) {
                for port in ports { sourceLists[port, default: []].append(rule) }
            } else {
                add(rule, &groups[0])
            }
        }
        var made: [[Int]: UInt16] = [:]
        for (port, list) in destinationLists.sorted(by: { $0.key < $1.key }) {
            byDestination[port] = number(list, &made, add)
        }
        for (port, list) in sourceLists.sorted(by: { $0.key < $1.key }) {
            bySource[port] = number(list, &made, add)
        }
        for index in groups.indices {
            try groups[index].packets.compile()
            try groups[index].stream.compile()
        }
    }

    private mutating func number(_ list: [Int], _ made: inout [[Int]: UInt16], _ add: (Int, inout Group) -> Void) -> UInt16 {
        if let known = made[list] { return known }
        var group = Group()
        for rule in list { add(rule, &group) }
        groups.append(group)
        let number = UInt16(groups.count - 1)
        made[list] = number
        return number
    }

    /// The groups that a packet with these ports meets: for all ports, for its destination, for its source (0 where there is none).
    func numbers(source: Port, destination: Port) -> (Int, Int) {
        (Int(byDestination[destination.rawValue] ?? 0), Int(bySource[source.rawValue] ?? 0))
    }
}
