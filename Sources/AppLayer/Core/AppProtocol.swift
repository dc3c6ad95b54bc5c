/// An application protocol, as rules and EVE name it.
///
/// The number is only an index; names come from the ``ProtocolDescriptor`` in the registry.
@frozen public struct AppProtocol: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Not yet known.
    @inlinable public static var unknown: AppProtocol { AppProtocol(rawValue: 0) }
    /// Detection gave up.
    @inlinable public static var failed: AppProtocol { AppProtocol(rawValue: 1) }
    @inlinable public static var http1: AppProtocol { AppProtocol(rawValue: 2) }
    @inlinable public static var dns: AppProtocol { AppProtocol(rawValue: 3) }
    @inlinable public static var tls: AppProtocol { AppProtocol(rawValue: 4) }
    @inlinable public static var smtp: AppProtocol { AppProtocol(rawValue: 5) }
    @inlinable public static var ssh: AppProtocol { AppProtocol(rawValue: 6) }
    @inlinable public static var sip: AppProtocol { AppProtocol(rawValue: 7) }
    @inlinable public static var ftp: AppProtocol { AppProtocol(rawValue: 8) }
    @inlinable public static var ftpData: AppProtocol { AppProtocol(rawValue: 9) }
    @inlinable public static var mqtt: AppProtocol { AppProtocol(rawValue: 10) }
    @inlinable public static var dcerpc: AppProtocol { AppProtocol(rawValue: 11) }
    @inlinable public static var smb: AppProtocol { AppProtocol(rawValue: 12) }
    @inlinable public static var krb5: AppProtocol { AppProtocol(rawValue: 13) }
    @inlinable public static var ldap: AppProtocol { AppProtocol(rawValue: 40) }
    @inlinable public static var dnp3: AppProtocol { AppProtocol(rawValue: 41) }
    @inlinable public static var pgsql: AppProtocol { AppProtocol(rawValue: 42) }
    @inlinable public static var rfb: AppProtocol { AppProtocol(rawValue: 43) }
    @inlinable public static var modbus: AppProtocol { AppProtocol(rawValue: 44) }
    @inlinable public static var enip: AppProtocol { AppProtocol(rawValue: 45) }
    @inlinable public static var rdp: AppProtocol { AppProtocol(rawValue: 46) }
    @inlinable public static var pop3: AppProtocol { AppProtocol(rawValue: 47) }
    @inlinable public static var imap: AppProtocol { AppProtocol(rawValue: 48) }
    @inlinable public static var telnet: AppProtocol { AppProtocol(rawValue: 49) }
    @inlinable public static var http2: AppProtocol { AppProtocol(rawValue: 100) }
    @inlinable public static var doh2: AppProtocol { AppProtocol(rawValue: 101) }
    @inlinable public static var websocket: AppProtocol { AppProtocol(rawValue: 102) }
    @inlinable public static var quic: AppProtocol { AppProtocol(rawValue: 103) }
    @inlinable public static var ike: AppProtocol { AppProtocol(rawValue: 60) }
    @inlinable public static var ntp: AppProtocol { AppProtocol(rawValue: 61) }
    @inlinable public static var snmp: AppProtocol { AppProtocol(rawValue: 62) }
    @inlinable public static var dhcp: AppProtocol { AppProtocol(rawValue: 63) }
    @inlinable public static var tftp: AppProtocol { AppProtocol(rawValue: 64) }
    @inlinable public static var mdns: AppProtocol { AppProtocol(rawValue: 65) }
    @inlinable public static var llmnr: AppProtocol { AppProtocol(rawValue: 66) }
    @inlinable public static var nfs: AppProtocol { AppProtocol(rawValue: 67) }
    @inlinable public static var bittorrentDHT: AppProtocol { AppProtocol(rawValue: 68) }
}
