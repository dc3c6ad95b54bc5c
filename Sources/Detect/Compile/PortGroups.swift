import Bytes
import Match

/// The payload rules of one protocol and direction, grouped by the ports in their headers, so that a packet meets few of them.
final class PortGroups {
    /// Rules for a set of ports.
    final class Group {
        fileprivate(set) var packets = Prefilter()
        fileprivate(set) var stream = Prefilter()

        func addToPackets(_ add: (inout Prefilter) -> Void) { add(&packets) }
        func addToStream(_ add: (inout Prefilter) -> Void) { add(&stream) }
    }

    /// A port set this wide belongs to the rules for all ports; the header test sorts them out.
    private static let wide = 4096

    private(set) var groups: [Group] = [Group()]
    /// Group numbers by destination and by source port; 0 is the group for all ports and stands for "none of its own".
    private var byDestination: [UInt16] = []
    private var bySource: [UInt16] = []

    private static func ports(_ set: PortSet) -> [UInt16]? {
        guard !set.isAny else { return nil }
        let count = set.ranges.reduce(0) { $0 + Int($1.upperBound) - Int($1.lowerBound) + 1 }
        return count > wide ? nil : set.ranges.flatMap { Array($0) }
    }

    /// Sorts rules into groups and compiles them. `add` puts one rule into a group.
    func build(_ rules: [Int], _ programs: [Program], add: (Int, Group) -> Void) throws(MatchError) {
        var destinationLists: [UInt16: [Int]] = [:]
        var sourceLists: [UInt16: [Int]] = [:]
        for rule in rules {
            if let ports = PortGroups.ports(programs[rule].signature.destinationPorts) {
                for port in ports { destinationLists[port, default: []].append(rule) }
            } else if let ports = PortGroups.ports(programs[rule].signature.sourcePorts) {
                for port in ports { sourceLists[port, default: []].append(rule) }
            } else {
                add(rule, groups[0])
            }
        }
        var made: [[Int]: UInt16] = [:]
        byDestination = numbers(destinationLists, &made, add)
        bySource = numbers(sourceLists, &made, add)
        for index in groups.indices {
            try groups[index].packets.compile()
            try groups[index].stream.compile()
        }
    }

    /// The group of each port; empty where no port has one.
    private func numbers(_ lists: [UInt16: [Int]], _ made: inout [[Int]: UInt16], _ add: (Int, Group) -> Void) -> [UInt16] {
        guard let highest = lists.keys.max() else { return [] }
        var numbers = [UInt16](repeating: 0, count: Int(highest) + 1)
        for (port, list) in lists.sorted(by: { $0.key < $1.key }) { numbers[Int(port)] = number(list, &made, add) }
        return numbers
    }

    private func number(_ list: [Int], _ made: inout [[Int]: UInt16], _ add: (Int, Group) -> Void) -> UInt16 {
        if let known = made[list] { return known }
        let group = Group()
        for rule in list { add(rule, group) }
        groups.append(group)
        let number = UInt16(groups.count - 1)
        made[list] = number
        return number
    }

    /// The groups that a packet with these ports meets: for all ports, for its destination, for its source (0 where there is none).
    func numbers(source: Port, destination: Port) -> (Int, Int) {
        let (to, from) = (Int(destination.rawValue), Int(source.rawValue))
        return (to < byDestination.count ? Int(byDestination[to]) : 0, from < bySource.count ? Int(bySource[from]) : 0)
    }
}
