import Bytes

/// `vars` of the configuration: address groups and port groups by name without `$`. The two name spaces are apart.
public struct RuleVariables: Sendable {
    public var addresses: [String: String]
    public var ports: [String: String]

    public init(addresses: [String: String] = [:], ports: [String: String] = [:]) {
        self.addresses = addresses
        self.ports = ports
    }

    /// Suricata's shipped groups: the private networks of RFC 1918 are at home, everything else is outside.
    public static var standard: RuleVariables {
        var result = RuleVariables(
            addresses: ["HOME_NET": "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]", "EXTERNAL_NET": "!$HOME_NET"],
            ports: [
                "HTTP_PORTS": "80", "SHELLCODE_PORTS": "!80", "ORACLE_PORTS": "1521", "SSH_PORTS": "22", "DNP3_PORTS": "20000",
                "MODBUS_PORTS": "502", "FILE_DATA_PORTS": "[$HTTP_PORTS,110,143]", "FTP_PORTS": "21", "GENEVE_PORTS": "6081",
                "VXLAN_PORTS": "4789", "TEREDO_PORTS": "3544", "SIP_PORTS": "[5060,5061]",
            ])
        for name in [
            "HTTP_SERVERS", "SMTP_SERVERS", "SQL_SERVERS", "DNS_SERVERS", "TELNET_SERVERS", "AIM_SERVERS", "DC_SERVERS", "DNP3_SERVER",
            "DNP3_CLIENT", "MODBUS_CLIENT", "MODBUS_SERVER", "ENIP_CLIENT", "ENIP_SERVER",
        ] {
            result.addresses[name] = name == "AIM_SERVERS" ? "$EXTERNAL_NET" : "$HOME_NET"
        }
        return result
    }
}

/// Addresses after variables and negations are worked out: sorted, disjoint, closed ranges.
public struct ResolvedAddresses: Sendable, Equatable {
    public var ranges: [ClosedRange<IPAddress>]
    public var isAny: Bool
    /// A negation stood somewhere, in a variable's text too.
    public var hasNegation: Bool
}

/// Ports after variables and negations are worked out.
public struct ResolvedPorts: Sendable, Equatable {
    public var ranges: [ClosedRange<UInt16>]
    public var isAny: Bool
    public var hasNegation: Bool
}

extension RuleVariables {
    /// Works out the addresses of a rule header.
    public func resolveAddresses(_ text: ArraySlice<UInt8>) throws(RuleError) -> ResolvedAddresses {
        var sides = Sides<IPAddress>(what: "address", groups: addresses)
        try sides.collect(
            SetExpression(text, what: "address", element: AddressGrammar.range), isNegated: false, depth: 0, element: AddressGrammar.range)
        let set = try sides.result(at: text.startIndex)
        return ResolvedAddresses(ranges: set.isFull ? [] : set.ranges, isAny: set.isFull, hasNegation: sides.hasNegation)
    }

    /// Works out the ports of a rule header.
    public func resolvePorts(_ text: ArraySlice<UInt8>) throws(RuleError) -> ResolvedPorts {
        var sides = Sides<UInt16>(what: "port", groups: ports)
        try sides.collect(
            SetExpression(text, what: "port", element: PortGrammar.range), isNegated: false, depth: 0, element: PortGrammar.range)
        let set = try sides.result(at: text.startIndex)
        return ResolvedPorts(ranges: set.isFull ? [] : set.ranges, isAny: set.isFull, hasNegation: sides.hasNegation)
    }
}

/// What an expression adds and what it cuts out. Lists and variables are flattened into one pair, as Suricata does: the positive
/// elements form a union, the negated ones are taken away from it, and without positive ones from everything.
private struct Sides<Bound: IntervalBound> {
    let what: String
    let groups: [String: String]
    var positive: [ClosedRange<Bound>] = []
    var negative: [ClosedRange<Bound>] = []
    var hasAny = false
    var hasNegation = false

    init(what: String, groups: [String: String]) {
        self.what = what
        self.groups = groups
    }

    mutating func collect(
        _ expression: SetExpression<ClosedRange<Bound>>, isNegated: Bool, depth: Int,
        element: SetExpression<ClosedRange<Bound>>.ElementParser
    ) throws(RuleError) {
        switch expression {
        case .any(let offset):
            if isNegated { throw RuleError("\"!any\" matches no \(what), expected any without \"!\"", at: offset) }
            hasAny = true
        case .element(let range):
            if isNegated { negative.append(range) } else { positive.append(range) }
        case .list(let items):
            for item in items { try collect(item, isNegated: isNegated, depth: depth, element: element) }
        case .negated(let inner):
            hasNegation = true
            try collect(inner, isNegated: !isNegated, depth: depth, element: element)
        case .variable(let name, let offset):
            guard let text = groups[name] else {
                throw RuleError("unknown \(what) variable $\(name), expected one of vars.\(what)-groups", at: offset)
            }
            guard depth < SetExpression<Bound>.depthLimit else {
                throw RuleError(
                    "variable $\(name) is nested over \(SetExpression<Bound>.depthLimit) deep; does it name itself?", at: offset)
            }
            do throws(RuleError) {
                let inner = try SetExpression(ArraySlice(text.utf8), what: what, element: element)
                try collect(inner, isNegated: isNegated, depth: depth + 1, element: element)
            } catch {
                throw RuleError(depth == 0 ? "in variable $\(name): \(error.message)" : error.message, at: offset)
            }
        }
    }

    func result(at offset: Int) throws(RuleError) -> IntervalSet<Bound> {
        let base = hasAny || positive.isEmpty ? IntervalSet<Bound>.full : IntervalSet(positive)
        let set = base.subtracting(IntervalSet(negative))
        guard !set.ranges.isEmpty else { throw RuleError("the negations leave no \(what), expected at least one", at: offset) }
        return set
    }
}

/// One address: `a`, `a/length`, `a/mask`, `a-b`.
enum AddressGrammar {
    static func range(_ text: ArraySlice<UInt8>) throws(RuleError) -> ClosedRange<IPAddress> {
        if let dash = text.firstIndex(of: 45) {
            guard let low = IPAddress(text[..<dash].trimmed.text), let high = IPAddress(text[(dash + 1)...].trimmed.text) else {
                throw RuleError("\"\(text.text)\" is no address range, expected first-last", at: text)
            }
            guard low.isV4 == high.isV4, low <= high else {
                throw RuleError("\"\(text.text)\" runs backwards, expected the lower address first", at: text)
            }
            return low...high
        }
        if let slash = text.firstIndex(of: 47), let address = IPAddress(text[..<slash].text), address.isV4,
            let mask = IPAddress(text[(slash + 1)...].text), mask.isV4
        {
            let length = (~mask.v4).leadingZeroBitCount
            guard mask.v4 == (length == 0 ? 0 : UInt32.max << UInt32(32 - length)), let prefix = IPPrefix(address, length: length) else {
                throw RuleError("\"\(text.text)\" has a netmask with holes, expected one such as 255.255.255.0", at: text)
            }
            return prefix.first...prefix.last
        }
        guard let prefix = IPPrefix(text.text) else {
            throw RuleError("\"\(text.text)\" is no address, expected one such as 10.0.0.0/8, 2001:db8::/32 or a $VARIABLE", at: text)
        }
        return prefix.first...prefix.last
    }
}

/// One port: `n`, `a:b`, `a:`, `:b`.
enum PortGrammar {
    static func range(_ text: ArraySlice<UInt8>) throws(RuleError) -> ClosedRange<UInt16> {
        func port(_ digits: ArraySlice<UInt8>) throws(RuleError) -> UInt16 {
            guard let value = digits.trimmed.decimal, let port = UInt16(exactly: value) else {
                throw RuleError("\"\(text.text)\" is no port, expected 0 to 65535 or first:last", at: text)
            }
            return port
        }
        guard let colon = text.firstIndex(of: 58) else {
            let single = try port(text)
            return single...single
        }
        let left = text[..<colon].trimmed
        let right = text[(colon + 1)...].trimmed
        let low = left.isEmpty ? 0 : try port(left)
        let high = right.isEmpty ? UInt16.max : try port(right)
        guard low <= high else { throw RuleError("\"\(text.text)\" runs backwards, expected the lower port first", at: text) }
        return low...high
    }
}
