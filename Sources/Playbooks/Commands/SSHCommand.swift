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
        job.holdsInput = !unit.step.policy.isPlainDevice
        var result = try walker.perform(job)
        if result.status == 255, let advice = Self.advice(result.output, written, number, settings.knownHosts) {
            result.output += (result.output.hasSuffix("\n") ? "" : "\n") + advice
        }
        return walker.finish(result, unit)
    }

    /// What to do where OpenSSH itself gave up.
    private static func advice(_ output: String, _ host: String, _ port: UInt16, _ knownHosts: String) -> String? {
        guard output.contains("Host key verification failed") else { return nil }
        let name = port == 22 ? host : "[\(host)]:\(port)"
        return output.contains("HAS CHANGED")
            ? "the key that \(name) shows is not the one in \(knownHosts): another machine answers, or it was set up anew; compare before anything else"
            : "\(name) is not in \(knownHosts): ssh-keyscan -p \(port) \(host), compare the key with the machine's own, and keep the line there"
    }

    /// Ends the script's processes when this side goes away: without a terminal there, nothing else would. The shell's standard input ends
    /// then; what waits for that is nobody's child, so that the script's `wait` does not wait for it. At the script's own end the shell is gone
    /// before the connection is, and nothing is ended.
    static let guardian = """
        exec 3<&0 </dev/null
        ( { trap '' TERM; cat <&3; if kill -0 $$; then kill -TERM 0; sleep 2; kill -KILL 0; fi; } >/dev/null 2>&1 & )
        exec 3<&-

        """

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
        return Self.guardian + assignments.joined() + script.text
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
