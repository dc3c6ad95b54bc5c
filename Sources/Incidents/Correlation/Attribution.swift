import Bytes

/// Who attacks whom in an alert, and whose incident it would be.
public struct Attribution: Sendable, Hashable {
    /// Nil where the other end is only a relay.
    public var attacker: IPAddress?
    public var victim: IPAddress
    /// A machine inside that passes on what the victim sends or asks for: a resolver, a proxy, a file server.
    public var relay: IPAddress?
    public var agency: String?

    /// Decides from the rule's `target`, the kind's usual victim, and which side is inside.
    ///
    /// An inside client that attacks an outside server stays the attacker, and the incident is its agency's. Where the victim is the client and
    /// the server is inside too, the server is a relay: nobody says that the office's resolver attacks its users.
    public init(_ alert: AlertRecord, kind: IncidentKind, directory: AgencyDirectory) {
        let sourceIsServer = alert.direction == .toClient
        let client = sourceIsServer ? alert.destination.address : alert.source.address
        let server = sourceIsServer ? alert.source.address : alert.destination.address
        let clientIsInside = directory.isInternal(client, vlans: alert.vlans, interface: alert.interface)
        let serverIsInside = directory.isInternal(server, vlans: alert.vlans, interface: alert.interface)
        let victimIsServer =
            switch (alert.targetSide, kind.victim) {
            case (.source, _): sourceIsServer
            case (.destination, _): !sourceIsServer
            case (nil, .server): true
            case (nil, .client): !clientIsInside && serverIsInside
            // Mail suffers where it is delivered; anything else where somebody follows the link.
            case (nil, .inside): serverIsInside == clientIsInside ? alert.appProtocol == "smtp" : serverIsInside
            }
        victim = victimIsServer ? server : client
        let other = victimIsServer ? client : server
        if alert.targetSide == nil && !victimIsServer && clientIsInside && serverIsInside {
            relay = other
        } else {
            attacker = other
        }
        agency =
            (directory.agency(of: victim, vlans: alert.vlans, interface: alert.interface)
            ?? directory.agency(of: other, vlans: alert.vlans, interface: alert.interface))?.code
    }
}
