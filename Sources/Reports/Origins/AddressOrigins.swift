import Bytes

/// Where addresses are from, as far as a list or database of somebody else says.
public protocol AddressOrigins: Sendable {
    /// What it is and of when, as the report names its source: `GeoLite2-Country, 2026-11-17`.
    var label: String { get }
    /// Two letters of ISO 3166; nil where it does not say.
    func country(of address: IPAddress) -> String?
    /// Who runs the network: `AS45899 VNPT`; nil where it does not say.
    func network(of address: IPAddress) -> String?
}

/// Several, the first one that knows has the word.
public struct CombinedOrigins: AddressOrigins {
    private let parts: [any AddressOrigins]

    public init(_ parts: [any AddressOrigins]) { self.parts = parts }

    public var isEmpty: Bool { parts.isEmpty }
    public var label: String { parts.map(\.label).joined(separator: "; ") }

    public func country(of address: IPAddress) -> String? {
        for part in parts { if let country = part.country(of: address) { return country } }
        return nil
    }

    public func network(of address: IPAddress) -> String? {
        for part in parts { if let network = part.network(of: address) { return network } }
        return nil
    }
}
