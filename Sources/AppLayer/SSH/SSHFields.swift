import Bytes

extension BufferID {
    public static var sshProto: BufferID { BufferID(.ssh, 1) }
    public static var sshSoftware: BufferID { BufferID(.ssh, 2) }
    public static var sshHASSH: BufferID { BufferID(.ssh, 3) }
    public static var sshHASSHString: BufferID { BufferID(.ssh, 4) }
    public static var sshHASSHServer: BufferID { BufferID(.ssh, 5) }
    public static var sshHASSHServerString: BufferID { BufferID(.ssh, 6) }
}

/// What rules can ask of SSH, and the steps of a connection.
public enum SSHFields {
    /// The identification line was read.
    static let banner: UInt8 = 1
    /// The key exchange's lists were read.
    static let keyExchange: UInt8 = 2
    /// What follows is encrypted.
    static let finished: UInt8 = 3

    /// A banner without its end is not read yet: there is no step of its own for it.
    static let steps = ProtocolSteps(
        toServer: [
            ("request_in_progress", 0), ("request_banner_wait_eol", 0), ("request_banner_done", banner), ("request_finished", finished),
        ],
        toClient: [
            ("response_in_progress", 0), ("response_banner_wait_eol", 0), ("response_banner_done", banner), ("response_finished", finished),
        ])

    static let buffers: [BufferDescriptor] = [
        BufferDescriptor(.sshProto, "ssh.proto", aliases: ["ssh_proto"], directions: .both, progress: (banner, banner)),
        BufferDescriptor(.sshSoftware, "ssh.software", aliases: ["ssh_software"], directions: .both, progress: (banner, banner)),
        BufferDescriptor(.sshHASSH, "ssh.hassh", directions: .toServer, progress: (keyExchange, keyExchange)),
        BufferDescriptor(.sshHASSHString, "ssh.hassh.string", directions: .toServer, progress: (keyExchange, keyExchange)),
        BufferDescriptor(.sshHASSHServer, "ssh.hassh.server", directions: .toClient, progress: (keyExchange, keyExchange)),
        BufferDescriptor(.sshHASSHServerString, "ssh.hassh.server.string", directions: .toClient, progress: (keyExchange, keyExchange)),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8, CaseIterable { case invalidBanner, longBanner, invalidRecord, longKexRecord }

    static let events = ["invalid_banner", "long_banner", "invalid_record", "long_kex_record"]
}
