import AppLayer
import Bytes

/// The different sets of addresses, ports and protocols, and lists of transforms, that rules name: each with a number, 0 for any and for none.
struct RuleSets: Sendable {
    private(set) var addresses: [AddressSet] = [.any]
    private(set) var ports: [PortSet] = [.any]
    private(set) var protocols: [[AppProtocol]] = [[]]
    private(set) var transforms: [[BufferTransform]] = [[]]

    private var addressNumbers: [[AddressSet.Range]: UInt32] = [:]
    private var portNumbers: [[ClosedRange<UInt16>]: UInt32] = [:]
    private var protocolNumbers: [[AppProtocol]: UInt16] = [[]: 0]
    private var transformNumbers: [[BufferTransform]: UInt16] = [[]: 0]

    init() {}

    /// What a cache holds.
    init(addresses: [AddressSet], ports: [PortSet], protocols: [[AppProtocol]], transforms: [[BufferTransform]]) {
        self.addresses = [.any] + addresses
        self.ports = [.any] + ports
        self.protocols = [[]] + protocols
        self.transforms = [[]] + transforms
    }

    mutating func number(_ set: AddressSet) -> UInt32 {
        guard !set.isAny else { return 0 }
        if let known = addressNumbers[set.ranges] { return known }
        addresses.append(set)
        addressNumbers[set.ranges] = UInt32(addresses.count - 1)
        return UInt32(addresses.count - 1)
    }

    mutating func number(_ set: PortSet) -> UInt32 {
        guard !set.isAny else { return 0 }
        if let known = portNumbers[set.ranges] { return known }
        ports.append(set)
        portNumbers[set.ranges] = UInt32(ports.count - 1)
        return UInt32(ports.count - 1)
    }

    mutating func number(_ list: [AppProtocol]) -> UInt16 {
        if let known = protocolNumbers[list] { return known }
        protocols.append(list)
        protocolNumbers[list] = UInt16(protocols.count - 1)
        return UInt16(protocols.count - 1)
    }

    mutating func number(_ list: [BufferTransform]) -> UInt16 {
        if list.isEmpty { return 0 }
        if let known = transformNumbers[list] { return known }
        transforms.append(list)
        transformNumbers[list] = UInt16(transforms.count - 1)
        return UInt16(transforms.count - 1)
    }
}
