import Bytes

/// `ssh` (CACAO 5.11) by the system's OpenSSH: the host's key must be known beforehand, secrets never stand among the arguments.
struct SSHCommand: CommandType {
    static let name = "ssh"

    let text: String
    private let script: ShellScript
    var demands: [ShellScript.Use] { script.uses }
    var isForEachTarget: Bool { true }

    init(_ reader: inout ObjectReader) {
        text = reader.commandText()
        script = ShellScript(text)
    }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        guard let machine = unit.machine, let written = machine.host.map({ walker.filled($0) }) else {
            return StepResult(.failed, output: "ssh: no target with an address")
        }
        guard Self.isHost(written) else { return StepResult(.failed, output: "ssh: \(written) is no host name or address") }
        let remote: String
        do throws(Refusal) { remote = try command(unit, walker) } catch { return StepResult(.failed, output: error.text) }
        let port = machine.port.map { walker.filled($0) } ?? "22"
        guard let number = UInt16(port), number > 0 else { return StepResult(.failed, output: "ssh: \(port) is no port") }
        let settings = walker.context.settings
        var arguments = [
            "-F", "none", "-T", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=\(settings.knownHosts)", "-o",
            "GlobalKnownHostsFile=/dev/null", "-o", "UpdateHostKeys=no", "-o", "CheckHostIP=no", "-o", "ConnectTimeout=15", "-o",
            "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3", "-o", "ForwardAgent=no", "-o", "ForwardX11=no", "-o",
            "ClearAllForwardings=yes", "-o", "PermitLocalCommand=no", "-o", "LogLevel=ERROR", "-p", String(number),
        ]
        var job = CommandJob(
            unit: unit, typeName: Self.name, written: text, program: settings.sshProgram, arguments: [], environment: [:],
            timeout: walker.remaining(else: BashCommand.standardTimeout))
        var user = "root"
        if let info = unit.authentication {
            if let name = info.user.map({ walker.filled($0) }) {
                guard Self.isUser(name) else { return StepResult(.failed, output: "ssh: \(name) is no user name") }
                user = name
            }
            let secret = try walker.secret(of: info)
            job.secrets = [secret]
            job.credential = info.secretName
            if secret.hasPrefix("-----BEGIN ") {
                job.files["key"] = secret + "\n"
                arguments += ["-i", "{files}/key", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
            } else {
                // OpenSSH takes a password only from a program that it asks; the secret itself stays out of files and arguments.
                job.files["ask.sh"] = "#!/bin/sh\nprintf '%s\\n' \"$VONGGAC_SSH_SECRET\"\n"
                job.environment = [
                    "SSH_ASKPASS": "{files}/ask.sh", "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":", "VONGGAC_SSH_SECRET": secret,
                ]
                arguments += [
                    "-o", "PreferredAuthentications=password,keyboard-interactive", "-o", "PubkeyAuthentication=no", "-o",
                    "NumberOfPasswordPrompts=1",
                ]
            }
        } else {
            arguments += ["-o", "BatchMode=yes"]
        }
        job.arguments = arguments + ["-l", user, "--", written, remote]
        return try walker.finish(walker.perform(job), unit)
    }

    private struct Refusal: Error { var text: String }

    /// What the other side's shell gets: the values as assignments in quotes, then the script that expands them.
    private func command(_ unit: CommandUnit, _ walker: BranchWalker) throws(Refusal) -> String {
        if unit.step.policy.isPlainDevice {
            for name in VariableName.references(in: text) {
                guard let value = walker.current(name) else { throw Refusal(text: "\(name): no value") }
                guard ShellScript.meets(value, .plain) else {
                    throw Refusal(text: "\(name): only letters, digits and _.:@/,+- may be sent to a device without a shell")
                }
            }
            return walker.filled(text)
        }
        let script = walker.script(text, script)
        if let refusal = script.refusal({ walker.current($0) }) { throw Refusal(text: refusal) }
        let assignments = script.variables.map { name in
            "\(ShellScript.environmentName(name))=\(Self.quoted(walker.current(name) ?? ""))\n"
        }
        return assignments.joined() + script.text
    }

    /// In single quotes for a POSIX shell.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 254 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ".:-_%".utf8.contains($0) }
    }

    static func isUser(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 65 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ".-_@\\".utf8.contains($0) }
    }

    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String {
        let host = unit.machine?.host.map { VariableName.filled($0, value) } ?? "?"
        let user = unit.authentication?.user.map { VariableName.filled($0, value) } ?? "root"
        return "ssh \(user)@\(host): " + VariableName.filled(text, value)
    }
}
