import Bytes

/// Finds the rules on addresses alone that an address may concern: thousands of listed hosts cost one binary search.
///
/// Each rule stands at the side of its header that names fewer addresses; the header test decides about the other one.
struct AddressIndex: Sendable {
    /// One side of the headers: the beginnings of stretches of addresses, and the rules of each stretch.
    private struct Side: Sendable {
        var starts: [IPAddress] = []
        /// Where the rules of each stretch begin in `rules`; one more than there are stretches.
        var places: [UInt32] = [0]
        var rules: [UInt32] = []

        func look(_ address: IPAddress, _ body: (UInt32) -> Void) {
            var low = 0
            var high = starts.count
            while low < high {
                let middle = (low + high) / 2
                if starts[middle] <= address { low = middle + 1 } else { high = middle }
            }
            guard low > 0 else { return }
            for place in Int(places[low - 1])..<Int(places[low]) { body(rules[place]) }
        }
    }

    private var sources = Side()
    private var destinations = Side()
    /// Rules that name so many addresses that a look-up would not help.
    private(set) var rest: [UInt32] = []

    /// A set of more addresses than this is no list of hosts. (The sets of all IPv6 addresses and of "everything but" are.)
    private static let wide = 16_777_216.0

    /// - Parameters:
    ///   - rules: on addresses alone.
    ///   - headers: of all rules, by number.
    ///   - facts: the same.
    init(_ rules: [UInt32], _ headers: [HeaderTable.Entry], _ facts: [RuleFacts], _ sets: RuleSets) {
        var bySource: [(rule: UInt32, set: AddressSet)] = []
        var byDestination: [(rule: UInt32, set: AddressSet)] = []
        for rule in rules {
            let from = sets.addresses[Int(headers[Int(rule)].source)]
            let to = sets.addresses[Int(headers[Int(rule)].destination)]
            let source = AddressIndex.size(from)
            let destination = AddressIndex.size(to)
            if min(source, destination) > AddressIndex.wide || facts[Int(rule)].flags.contains(.isTransactional) {
                rest.append(rule)
            } else if source <= destination {
                bySource.append((rule, from))
            } else {
                byDestination.append((rule, to))
            }
        }
        sources = AddressIndex.side(bySource)
        destinations = AddressIndex.side(byDestination)
    }

    private static func size(_ set: AddressSet) -> Double {
        guard !set.isAny else { return .infinity }
        return set.ranges.reduce(0) { sum, range in
            sum + Double(range.last.high &- range.first.high) * 0x1p64 + Double(range.last.low) - Double(range.first.low) + 1
        }
    }

    private static func side(_ rules: [(rule: UInt32, set: AddressSet)]) -> Side {
        /// Where the rule's list begins or ends to hold.
        struct Edge {
            var place: IPAddress
            var rule: UInt32
            var begins: Bool
        }
        var edges: [Edge] = []
        for (rule, set) in rules {
            for range in set.ranges {
                edges.append(Edge(place: range.first, rule: rule, begins: true))
                if let after = range.last.next { edges.append(Edge(place: after, rule: rule, begins: false)) }
            }
        }
        edges.sort { $0.place < $1.place }
        var side = Side()
        var open: [UInt32: Int] = [:]
        var index = 0
        while index < edges.count {
            let place = edges[index].place
            while index < edges.count, edges[index].place == place {
                open[edges[index].rule, default: 0] += edges[index].begins ? 1 : -1
                if open[edges[index].rule] == 0 { open[edges[index].rule] = nil }
                index += 1
            }
            side.starts.append(place)
            side.rules += open.keys.sorted()
            side.places.append(UInt32(side.rules.count))
        }
        return side
    }

    /// Calls `body` with each rule that a packet between these addresses may concern.
    @inline(__always)
    func look(source: IPAddress, destination: IPAddress, _ body: (UInt32) -> Void) {
        for rule in rest { body(rule) }
        sources.look(source, body)
        destinations.look(destination, body)
    }
}

extension IPAddress {
    /// The address after this one; nil after the last.
    fileprivate var next: IPAddress? {
        let (sum, overflow) = low.addingReportingOverflow(1)
        if !overflow { return IPAddress(high: high, low: sum) }
        return high == .max ? nil : IPAddress(high: high + 1, low: 0)
    }
}
