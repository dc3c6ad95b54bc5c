import Bytes
import Digest

/// One SSH connection up to the point where both sides are encrypted.
public final class SSHTransaction: Transaction {
    struct Side {
        var proto: [UInt8] = []
        var software: [UInt8] = []
        /// `kex;encryption;mac;compression` as offered in this direction.
        var hasshString: [UInt8] = []
        /// MD5 of `hasshString` in lower-case hexadecimal.
        var hassh: [UInt8] = []
    }

    var client = Side()
    var server = Side()

    public override func completeProgress(_ direction: FlowDirection) -> UInt8 { SSHFields.finished }

    public override var isWorthLogging: Bool { !client.software.isEmpty && !server.software.isEmpty }

    func raise(_ event: SSHFields.Event) { raise(event.rawValue) }

    func set(_ direction: FlowDirection, _ change: (inout Side) -> Void) {
        if direction == .toServer { change(&client) } else { change(&server) }
    }

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0, let value = value(buffer, direction) else {
            return super.withBuffer(buffer, direction, instance: instance, body)
        }
        guard !value.isEmpty else { return false }
        body(value.rawSpan)
        return true
    }

    private func value(_ buffer: BufferID, _ direction: FlowDirection) -> [UInt8]? {
        let side = direction == .toServer ? client : server
        return switch (buffer, direction) {
        case (.sshProto, _): side.proto
        case (.sshSoftware, _): side.software
        case (.sshHASSH, .toServer), (.sshHASSHServer, .toClient): side.hassh
        case (.sshHASSHString, .toServer), (.sshHASSHServerString, .toClient): side.hasshString
        default: nil
        }
    }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObject(&json) }
}
