import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// `ssh` commands by the system's OpenSSH to a real sshd.
@Suite(.enabled(if: PrivateSSHServer.program != nil, "sshd is not installed (apt-get install openssh-server)"), .serialized)
struct SSHCommandTests {
    private struct Held: SecretSource {
        var text: String
        func secret(named name: String) throws -> String { text }
    }

    private let server: PrivateSSHServer

    init() throws { server = try PrivateSSHServer() }

    private func ssh(
        _ script: String, hostKey: String? = "host", secret: String? = nil, timeout: Int = 20_000, plain: Bool = false,
        values: [String: String] = [:], rehearsal: Rehearsal = Rehearsal()
    ) throws -> (outcome: StepResult.Outcome, output: String, value: String?) {
        var settings = RunSettings()
        settings.knownHosts = try server.knownHosts(hostKey)
        let quoted = try JSONValue.string(script).canonicalText()
        let names = values.keys.sorted().map { "\($0): {type: string, external: true}, " }.joined()
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, targets: [ssh--t], timeout: \(timeout), out_args: [__o__], \(plain ? "step_extensions: {\(StepPolicy.extensionID): {plain_device: true}}, " : "")on_completion: end--e, commands: [{type: ssh, command: \(quoted)}]}\n",
            variables: "{\(names)__o__: {type: string}}", values: values,
            extra: """
                authentication_info_definitions: {user-auth--i: {type: user-auth, username: \(server.user), kms: true, kms_key_identifier: gw}}
                target_definitions: {ssh--t: {type: ssh, name: t, port: "\(server.port)", authentication_info: user-auth--i, address: {ipv4: [127.0.0.1]}}}
                """,
            secrets: Held(text: try secret ?? server.privateKey("key")), settings: settings)
        let result = rehearsal.result(of: "a")
        return (outcome, result?.output ?? "", result?.variables["__o__"])
    }

    @Test func keyAndPinnedHost() throws {
        let (outcome, output, value) = try ssh("echo $((6 * 7)); id -un")
        #expect(outcome == .succeeded, "\(output)")
        #expect(value == "42\n\(server.user)")
        let failed = try ssh("echo no >&2; exit 7")
        #expect(failed.outcome == .failed && failed.output.contains("no") && failed.output.contains("exit 7"), "\(failed.output)")
        // What a script does with its processes and its input is its own business.
        #expect(try ssh("sleep 0.3 & wait; cat; echo done").value == "done")
        #expect(try ssh("set -eu; trap 'echo bye' EXIT; false").output.contains("bye"))
        #expect(try ssh("exec sh -c 'echo in place'").value == "in place")
        #expect(try ssh("cat <<END\nhere\nEND").value == "here")
    }

    @Test(arguments: ["Nguyễn Văn A", "it's \"quoted\" $HOME `x` \\", "two\nlines", "$(touch /tmp/never)", "'; id; '"])
    func valuesArrive(_ value: String) throws {
        #expect(try ssh("printf '[%s]' __v__:value", values: ["__v__": value]).value == "[\(value)]")
    }

    @Test func hostsThatAreNotKnown() throws {
        let unknown = try ssh("touch \(server.folder)/reached", hostKey: nil)
        #expect(unknown.outcome == .failed)
        #expect(
            unknown.output.contains("[127.0.0.1]:\(server.port) is not in \(server.folder)/known-none: ssh-keyscan -p \(server.port)"),
            "\(unknown.output)")
        let other = try ssh("touch \(server.folder)/reached", hostKey: "other")
        #expect(other.outcome == .failed && other.output.contains("another machine answers"), "\(other.output)")
        #expect(!FileManager.default.fileExists(atPath: server.folder + "/reached"))
        // Nothing was learnt by trying.
        #expect(try String(contentsOfFile: server.folder + "/known-none", encoding: .utf8).isEmpty)
    }

    @Test func keysOfStrangers() throws {
        let (outcome, output, _) = try ssh("true", secret: server.privateKey("stranger"))
        #expect(outcome == .failed && output.contains("Permission denied"), "\(output)")
        #expect(!output.contains("BEGIN"))
    }

    @Test(.enabled(if: PrivateSSHServer.isRoot, "an account with a password of its own needs root")) func passwords() throws {
        let watch = CommandLineWatch()
        let rehearsal = Rehearsal()
        let (outcome, output, value) = try ssh(
            "sleep 0.5; echo in; echo '\(server.password)'", secret: server.password, rehearsal: rehearsal)
        let lines = watch.finish()
        #expect(outcome == .succeeded, "\(output)")
        #expect(value?.hasPrefix("in\n") == true)
        #expect(lines.contains { $0.contains("StrictHostKeyChecking=yes") })
        // The script itself says the password here, which only shows what is looked for; nothing else did.
        #expect(!lines.contains { $0.contains(server.password) && !$0.contains("echo in") })
        #expect(!rehearsal.record.joined().contains(server.password) && !output.contains(server.password))
        let wrong = try ssh("true", secret: "không phải")
        #expect(wrong.outcome == .failed && wrong.output.contains("Permission denied"), "\(wrong.output)")
    }

    private func running(_ words: String) -> Bool { CommandLineWatch.lines().contains { $0.hasPrefix(words) } }

    private func ends(_ words: String) -> Bool {
        for _ in 0..<300 {
            if !running(words) { return true }
            usleep(20_000)
        }
        return false
    }

    @Test func timeoutEndsWhatRunsThere() throws {
        let (outcome, output, _) = try ssh("trap '' TERM; sleep 61.37 & sleep 61.38; echo late", timeout: 1500)
        #expect(outcome == .failed && output.contains("ACTION_TIMEOUT"), "\(output)")
        #expect(ends("sleep 61.37") && ends("sleep 61.38"))
    }

    @Test func cancellingEndsWhatRunsThere() throws {
        var settings = RunSettings()
        settings.knownHosts = try server.knownHosts("host")
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(1500)
        var unit = CommandUnit.none
        unit.outputs = []
        var job = CommandJob(
            unit: unit, typeName: "ssh", written: "", program: settings.sshProgram,
            arguments: [
                "-F", "none", "-T", "-o", "UserKnownHostsFile=\(settings.knownHosts)", "-i", server.folder + "/key", "-o", "BatchMode=yes",
                "-p", String(server.port), "-l", server.user, "127.0.0.1", SSHCommand.guardian + "sleep 61.39",
            ], environment: [:], timeout: 60_000)
        job.holdsInput = true
        #expect(throws: PlaybookRunError.cancelled) { try CommandRunner().run(job) { clock.now > end } }
        #expect(ends("sleep 61.39"))
    }

    @Test func muchOutput() throws {
        let (outcome, output, _) = try ssh("head -c 3000000 /dev/zero | tr '\\0' x")
        #expect(outcome == .succeeded && output.utf8.count < 70_000 && output.contains("bytes more"))
        let endless = try ssh("yes endless", timeout: 1500)
        #expect(endless.outcome == .failed && endless.output.contains("ACTION_TIMEOUT"))
        #expect(ends("yes endless"))
    }

    /// A device without a shell gets the text as it is.
    @Test func plainDevices() throws {
        let (outcome, output, value) = try ssh("echo __v__:value", plain: true, values: ["__v__": "Gi0/7"])
        #expect(outcome == .succeeded && value == "Gi0/7", "\(output)")
    }

    @Test func nothingIsLeftBehind() throws {
        func folders() throws -> Set<String> {
            Set(try FileManager.default.contentsOfDirectory(atPath: "/dev/shm").filter { $0.hasPrefix("vonggac-") })
        }
        let before = try folders()
        _ = try ssh("ls")
        // Other tests come and go there too; what stays was left.
        var left = try folders().subtracting(before)
        for _ in 0..<200 where !left.isEmpty {
            usleep(50_000)
            left.formIntersection(try folders())
        }
        #expect(left.isEmpty)
    }

    /// A port that accepts and never says a word, and one that nobody listens on.
    @Test func silentMachines() throws {
        let port = try PrivateSSHServer.freePort()
        var settings = RunSettings()
        settings.knownHosts = "/dev/null"
        let step =
            "action--a: {type: action, name: a, agent: group--g, targets: [ssh--t], timeout: 1000, on_completion: end--e, commands: [{type: ssh, command: id}]}\n"
        let target = "target_definitions: {ssh--t: {type: ssh, name: t, port: \"\(port)\", address: {ipv4: [127.0.0.1]}}}"
        let refused = Rehearsal()
        #expect(try refused.run(step, extra: target, settings: settings) == .failed)
        #expect(refused.result(of: "a")?.output?.contains("refused") == true)
        let listener = try Command(
            "python3", "-uc",
            "import socket, time; s = socket.create_server(('127.0.0.1', \(port))); print('ready'); c = s.accept(); time.sleep(60)")
        _ = try listener.wait(for: "ready")
        defer { listener.signal(SIGKILL) }
        let silent = Rehearsal()
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try silent.run(step, extra: target, settings: settings) }
        #expect(time < .seconds(10) && silent.result(of: "a")?.output?.contains("ACTION_TIMEOUT") == true)
    }
}
