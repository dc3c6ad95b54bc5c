import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// Playbooks and values that mean harm: each ends with a clear failure and a whole record, and nothing that they hold is run.
@Suite struct HostileTests {
    private let ended = "on_completion: end--e"

    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hostile-\(UUID().uuidString)").path
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func write(_ name: String, _ text: String, _ mode: Int = 0o600) throws -> String {
            let file = "\(path)/\(name)"
            try text.write(toFile: file + ".source", atomically: false, encoding: .utf8)
            // By a program of its own: a file that this process has open for writing, while another test starts a program, cannot be run.
            let copy = Process()
            copy.executableURL = URL(fileURLWithPath: "/usr/bin/install")
            copy.arguments = ["-m", String(mode, radix: 8), file + ".source", file]
            try copy.run()
            copy.waitUntilExit()
            return "\(path)/\(name)"
        }
    }

    // MARK: Interpolation

    private static let scripts = [
        "echo __v__:value", "echo \"__v__:value\"", "echo '__v__:value'", "echo \"a 'b __v__:value c' d\"", "echo $'a\\'b' __v__:value",
        "x=\"$(echo \"$(echo \"__v__:value\")\")\"; echo $x", "echo `echo __v__:value`", "# don't\necho __v__:value",
        "echo \"it's __v__:value\"", "cat <<END\n__v__:value\nEND", "cat <<-END\n\t__v__:value\n\tEND\necho __v__:value",
        "eval \"echo __v__:value\"", "bash -c \"echo __v__:value\"", "sh -c 'echo __v__:value'", "echo $((__v__:value + 1))",
        "((x = __v__:value)); echo $x", "let x=__v__:value", "[[ __v__:value -eq 1 ]] && echo one", "a=(1 2); echo ${a[__v__:value]}",
        "declare -i x=__v__:value", "echo x | sed \"s/x/__v__:value/\"", "awk \"BEGIN { print \\\"__v__:value\\\" }\"",
        "python3 -c \"print('__v__:value')\"", "echo x | xargs -I{} echo __v__:value", "test -v \"__v__:value\"", "expr __v__:value + 1",
        "case __v__:value in a) echo a ;; *) echo other ;; esac", "for i in __v__:value; do echo $i; done", "echo ${HOME:-__v__:value}",
        "printf -- __v__:value", "__v__:value", "true && __v__:value", "x=__v__:value; echo \"$x\"",
    ]

    private static func payloads(_ marker: String) -> [String] {
        [
            "$(touch \(marker))", "`touch \(marker)`", "; touch \(marker);", "'; touch \(marker); '", "\"; touch \(marker); \"",
            "\n touch \(marker)\n", "a[$(touch \(marker))]", "x/;e touch \(marker);s/x/", "'); import os; os.system('touch \(marker)'); ('",
            "\" ; system(\"touch \(marker)\") ; \"", "END\ntouch \(marker)", "| touch \(marker)", "& touch \(marker)",
            "\\\"; touch \(marker) #",
            "'\"'\"'; touch \(marker); '", "${IFS}$(touch \(marker))", "-exec touch \(marker) ;", "$'\\n'touch \(marker)",
        ]
    }

    @Test(arguments: scripts) func valuesNeverRun(_ script: String) throws {
        let folder = try Folder()
        let marker = folder.path + "/marker"
        for payload in Self.payloads(marker) {
            let rehearsal = Rehearsal()
            let outcome = try rehearsal.run(
                bash("a", script, "timeout: 20000, \(ended)"), variables: "{__v__: {type: string, external: true}}",
                values: ["__v__": payload])
            #expect(!FileManager.default.fileExists(atPath: marker), "\(script) with \(payload)")
            #expect(rehearsal.ended == ["a:\(outcome.rawValue)"])
            try? FileManager.default.removeItem(atPath: marker)
        }
    }

    /// The same scripts as they would reach a remote shell: the program in ssh's place runs what it is given.
    @Test(arguments: scripts) func valuesNeverRunElsewhere(_ script: String) throws {
        let folder = try Folder()
        let marker = folder.path + "/marker"
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/bash\nexec bash -c \"${@: -1}\"\n", 0o700)
        let quoted = try JSONValue.string(script).canonicalText()
        for payload in Self.payloads(marker).enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
            let rehearsal = Rehearsal()
            _ = try rehearsal.run(
                "action--a: {type: action, name: a, agent: linux--l, targets: [linux--l], commands: [{type: ssh, command: \(quoted)}], \(ended)}\n",
                variables: "{__v__: {type: string, external: true}}", values: ["__v__": payload], settings: settings)
            #expect(!FileManager.default.fileExists(atPath: marker), "\(script) with \(payload)")
        }
    }

    /// Values that mean no harm arrive as they are.
    @Test(arguments: ["198.51.100.66", "Nguyễn Văn A", "it's \"quoted\" $HOME `x` \\", "two\nlines", "-1"]) func harmlessValuesArrive(
        _ value: String
    ) throws {
        let folder = try Folder()
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/bash\nexec sh -c \"${@: -1}\"\n", 0o700)
        for type in ["bash", "ssh"] {
            let rehearsal = Rehearsal()
            let outcome = try rehearsal.run(
                "action--a: {type: action, name: a, agent: linux--l, targets: [linux--l], out_args: [__o__], commands: [{type: \(type), command: \"printf '%s' __v__:value\"}], on_completion: action--b}\n"
                    + "action--b: {type: action, name: b, agent: group--g, \(ended), commands: [{type: manual, command: \"__o__:value\"}]}\n",
                variables: "{__v__: {type: string, external: true}, __o__: {type: string}}", values: ["__v__": value], settings: settings)
            #expect(outcome == .succeeded)
            #expect(rehearsal.tasks.last?.text == value)
        }
    }

    @Test func hostsAndUsersAreNoOptions() throws {
        let folder = try Folder()
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \(folder.path)/arguments\n", 0o700)
        for host in ["-oProxyCommand=touch x", "a b", "a;b", "$(id)", "", "ho\nst"] {
            let rehearsal = Rehearsal()
            let outcome = try rehearsal.run(
                "action--a: {type: action, name: a, agent: group--g, targets: [ssh--t], commands: [{type: ssh, command: id}], \(ended)}\n",
                variables: "{__h__: {type: string, external: true}}", values: ["__h__": host],
                extra: "target_definitions: {ssh--t: {type: ssh, name: t, address: {dname: [\"__h__:value\"]}}}", settings: settings)
            #expect(outcome == .failed)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/arguments"), "\(host)")
        }
        let rehearsal = Rehearsal()
        settings.knownHosts = "/etc/vonggac/known_hosts"
        _ = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, targets: [ssh--t], commands: [{type: ssh, command: id}], \(ended)}\n",
            extra: "target_definitions: {ssh--t: {type: ssh, name: t, port: \"2222\", address: {dname: [gw.example]}}}", settings: settings)
        let arguments = try String(contentsOfFile: folder.path + "/arguments", encoding: .utf8)
        for part in [
            "StrictHostKeyChecking=yes", "UserKnownHostsFile=/etc/vonggac/known_hosts", "GlobalKnownHostsFile=/dev/null", "BatchMode=yes",
            "2222", "--\ngw.example",
        ] {
            #expect(arguments.contains(part), "\(part)")
        }
    }

    /// A target that is not defined, or an agent elsewhere, must not make a command run on another machine instead.
    @Test func commandsDoNotRunElsewhere() throws {
        let folder = try Folder()
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/sh\ntouch \(folder.path)/reached\n", 0o700)
        for targets in ["ssh--gone", "ssh--t, ssh--gone"] {
            for type in ["ssh", "bash"] {
                let rehearsal = Rehearsal()
                let outcome = try rehearsal.run(
                    "action--a: {type: action, name: a, agent: linux--l, targets: [\(targets)], commands: [{type: \(type), command: 'touch \(folder.path)/reached'}], \(ended)}\n",
                    extra: "target_definitions: {ssh--t: {type: ssh, name: t, address: {dname: [gw.example]}}}", settings: settings)
                if type == "ssh" || targets == "ssh--gone" {
                    #expect(outcome == .failed && rehearsal.result(of: "a")?.output?.contains("ssh--gone") == true)
                }
                if targets == "ssh--gone" { #expect(!FileManager.default.fileExists(atPath: folder.path + "/reached")) }
                try? FileManager.default.removeItem(atPath: folder.path + "/reached")
            }
        }
        for (host, isHere) in [("192.0.2.7", false), ("gw.example", false), ("127.0.0.1", true), ("localhost", true), ("::1", true)] {
            let rehearsal = Rehearsal()
            let kind = host.contains(":") ? "ipv6" : host.first?.isNumber == true ? "ipv4" : "dname"
            let outcome = try rehearsal.run(
                "action--a: {type: action, name: a, agent: linux--x, commands: [{type: bash, command: 'true'}], \(ended)}\n",
                extra: "target_definitions: {linux--x: {type: linux, name: x, address: {\(kind): ['\(host)']}}}", settings: settings)
            #expect((outcome == .succeeded) == isHere, "\(host) \(rehearsal.result(of: "a")?.output ?? "")")
        }
    }

    /// A switch has no shell: only harmless values are sent, as they are.
    @Test func plainDevicesGetHarmlessValues() throws {
        let folder = try Folder()
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/bash\nprintf '%s' \"${@: -1}\" > \(folder.path)/sent\n", 0o700)
        for (port, isSent) in [("GigabitEthernet0/7", true), ("Gi0/7\nreload", false), ("Gi0/7 ; x", false)] {
            try? FileManager.default.removeItem(atPath: folder.path + "/sent")
            let rehearsal = Rehearsal()
            _ = try rehearsal.run(
                "action--a: {type: action, name: a, agent: linux--l, targets: [linux--l], step_extensions: {\(StepPolicy.extensionID): {plain_device: true}}, commands: [{type: ssh, command: \"interface __p__:value\\nshutdown\"}], \(ended)}\n",
                variables: "{__p__: {type: string, external: true}}", values: ["__p__": port], settings: settings)
            let sent = try? String(contentsOfFile: folder.path + "/sent", encoding: .utf8)
            #expect(sent == (isSent ? "interface \(port)\nshutdown" : nil))
        }
    }

    /// Nor has what undoes it there.
    @Test func plainDevicesAreUndoneAsTheyAre() throws {
        let folder = try Folder()
        var settings = RunSettings()
        settings.sshProgram = try folder.write("ssh", "#!/bin/bash\nprintf '%s' \"${@: -1}\" > \(folder.path)/sent\n", 0o700)
        let rehearsal = Rehearsal()
        let workflow =
            "action--a: {type: action, name: a, agent: linux--l, targets: [linux--l], step_extensions: {\(StepPolicy.extensionID): {plain_device: true, rollback: {commands: [{type: ssh, command: \"interface __p__:value\\nno shutdown\"}]}}}, commands: [{type: ssh, command: \"interface __p__:value\\nshutdown\"}], \(ended)}\n"
        let variables = "{__p__: {type: string, external: true}}"
        _ = try rehearsal.run(workflow, variables: variables, values: ["__p__": "Gi0/7"], settings: settings)
        let undo = try #require(rehearsal.undos.first)
        let order = try #require(UndoOrder(text: UndoOrder(undo).json.canonicalText()))
        let playbook = try #require(Rehearsal.read(workflow, variables: variables).playbook)
        let result = try order.carryOut(playbook, title: "a", performer: rehearsal, secrets: NoSecrets(), settings: settings)
        #expect(result.outcome == .succeeded)
        #expect(try String(contentsOfFile: folder.path + "/sent", encoding: .utf8) == "interface Gi0/7\nno shutdown")
    }

    // MARK: Requests

    private func request(
        _ command: String, _ values: [String: String], folder: Folder, secrets: any SecretSource = NoSecrets(),
        target: String = "https://api.example/v1", auth: String? = nil, answer: String = "{}\\nHTTP 200"
    ) throws -> (StepResult.Outcome, input: String?, arguments: String, Rehearsal) {
        var settings = RunSettings()
        settings.curlProgram = try folder.write(
            "curl", "#!/bin/bash\ncat > \(folder.path)/input\nprintf '%s\\n' \"$@\" > \(folder.path)/arguments\nprintf '\(answer)'\n", 0o700
        )
        try? FileManager.default.removeItem(atPath: folder.path + "/input")
        let rehearsal = Rehearsal()
        let names = values.keys.sorted().map { "\($0): {type: string, external: true}" }.joined(separator: ", ")
        let info =
            auth.map {
                "authentication_info_definitions: {oauth2--i: {type: oauth2, oauth_header: Authorization, token: '', kms_key_identifier: \($0)}}\n"
            } ?? ""
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, targets: [http-api--t], out_args: [__id__], commands: [\(command)], \(ended)}\n",
            variables: "{\(names.isEmpty ? "" : names + ", ")__id__: {type: string}}", values: values,
            extra: info
                + "target_definitions: {http-api--t: {type: http-api, name: t, \(auth == nil ? "" : "authentication_info: oauth2--i, ")address: {url: [\"\(target)\"]}}}",
            secrets: secrets, settings: settings)
        return (
            outcome, try? String(contentsOfFile: folder.path + "/input", encoding: .utf8),
            (try? String(contentsOfFile: folder.path + "/arguments", encoding: .utf8)) ?? "", rehearsal
        )
    }

    @Test func valuesStayValuesInRequests() throws {
        let folder = try Folder()
        let evil = "x\", \"admin\": true, \"y\": \"\r\nHost: other\nurl = \"http://evil\" &a=b/../?#"
        let json =
            "{type: http-api, command: \"POST /block HTTP/1.1\", headers: {Content-Type: [application/json]}, content: '{\"ip\": \"__v__:value\"}'}"
        let (outcome, input, _, _) = try request(json, ["__v__": evil], folder: folder)
        #expect(outcome == .succeeded)
        let lines = try #require(input).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("url = ") } == ["url = \"https://api.example/v1/block\""])
        #expect(lines.count { $0.hasPrefix("data-raw") } == 1 && !lines.contains { $0.hasPrefix("Host") })
        let path = try request(
            "{type: http-api, command: \"GET /host/__v__:value?q=__v__:value HTTP/1.1\"}", ["__v__": "a/../b?x=1&y #\n"], folder: folder)
        #expect(path.input?.contains("url = \"https://api.example/v1/host/a%2F..%2Fb%3Fx%3D1%26y%20%23%0A?q=a%2F..") == true)
        let header = try request(
            "{type: http-api, command: \"GET / HTTP/1.1\", headers: {X-Who: [\"__v__:value\"]}}", ["__v__": "a\r\nX-Evil: 1"],
            folder: folder)
        #expect(header.0 == .failed && header.input == nil)
        let broken = try request(
            "{type: http-api, command: \"POST / HTTP/1.1\", headers: {Content-Type: [application/json]}, content: '{\"n\": __v__:value}'}",
            ["__v__": "1"], folder: folder)
        #expect(broken.0 == .failed && broken.input == nil)
    }

    @Test func answersGiveValues() throws {
        let folder = try Folder()
        let get = "{type: http-api, command: \"GET /x HTTP/1.1\"}"
        try #expect(request(get, [:], folder: folder, answer: "{\"id\": 7}\\nHTTP 201").3.record.contains { $0.contains("\"7\"") })
        try #expect(request(get, [:], folder: folder, answer: "gone\\nHTTP 404").0 == .failed)
        try #expect(request(get, [:], folder: folder, answer: "").0 == .failed)
        let openc2 =
            "{type: openc2-http, command: \"POST /openc2 HTTP/1.1\", content_b64: eyJhY3Rpb24iOiAiZGVueSIsICJ0YXJnZXQiOiB7ImlwdjRfbmV0IjogIl9fdl9fOnZhbHVlIn19}"
        let (outcome, input, _, _) = try request(openc2, ["__v__": "198.51.100.66"], folder: folder)
        #expect(outcome == .succeeded)
        #expect(
            input?.contains("application/openc2+json") == true && input?.contains("198.51.100.66") == true
                && input?.contains("request = \"POST\"") == true)
    }

    @Test func secretsStayOutOfSight() throws {
        struct One: SecretSource { func secret(named name: String) throws -> String { "s3cr3t-\(name)" } }
        let folder = try Folder()
        let get = "{type: http-api, command: \"GET /x HTTP/1.1\"}"
        let (outcome, input, arguments, rehearsal) = try request(
            get, [:], folder: folder, secrets: One(), auth: "api", answer: "your token s3cr3t-api\\nHTTP 200")
        #expect(outcome == .succeeded)
        #expect(input?.contains("header = \"Authorization: Bearer s3cr3t-api\"") == true)
        #expect(!arguments.contains("s3cr3t") && arguments == "-q\n-K\n-\n")
        #expect(!rehearsal.record.joined().contains("s3cr3t") && rehearsal.record.joined().contains("•••"))
        // Without TLS nothing secret is sent.
        let plain = try request(get, [:], folder: folder, secrets: One(), target: "http://api.example", auth: "api")
        #expect(plain.0 == .failed && plain.input == nil)
        // Over SSH a password reaches the program that asks for it, and nobody else.
        var settings = RunSettings()
        settings.sshProgram = try folder.write(
            "ssh", "#!/bin/bash\nprintf '%s\\n' \"$@\" > \(folder.path)/arguments\n\"$SSH_ASKPASS\" 'password:'\n", 0o700)
        let ssh = Rehearsal()
        let extra =
            "authentication_info_definitions: {user-auth--i: {type: user-auth, username: admin, kms: true, kms_key_identifier: gw}}\ntarget_definitions: {ssh--t: {type: ssh, name: t, authentication_info: user-auth--i, address: {ipv4: [192.0.2.1]}}}"
        let step =
            "action--a: {type: action, name: a, agent: group--g, targets: [ssh--t], out_args: [__o__], commands: [{type: ssh, command: id}], \(ended)}\n"
        try #expect(ssh.run(step, variables: "{__o__: {type: string}}", extra: extra, secrets: One(), settings: settings) == .succeeded)
        #expect(try !String(contentsOfFile: folder.path + "/arguments", encoding: .utf8).contains("s3cr3t"))
        #expect(!ssh.record.joined().contains("s3cr3t") && ssh.record.joined().contains("•••"))
    }

    @Test func secretsLieSafelyOrAreNotUsed() throws {
        let folder = try Folder()
        let good = try folder.write("good", "key\n")
        let open = try folder.write("open", "key\n", 0o644)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: good)
        let store = try SecretStore(
            file: folder.write(
                "secrets.yaml",
                """
                secrets:
                  link: {file: \(folder.path)/link}
                  open: {file: \(open)}
                  device: {file: /dev/zero}
                  folder: {file: \(folder.path)}
                  command: {command: [/bin/echo, from a command]}
                  fails: {command: [/bin/false]}
                  hangs: {command: [/no/such/program]}
                  variable: {environment: MINE}
                """), folder: folder.path, environment: ["MINE": "env", "VONGGAC_SECRET_OTHER_ONE": "more"])
        try #expect(store.secret(named: "good") == "key")
        try #expect(store.secret(named: "command") == "from a command")
        try #expect(store.secret(named: "variable") == "env")
        try #expect(store.secret(named: "other-one") == "more")
        for name in ["link", "open", "device", "folder", "fails", "hangs", "absent", "../good", ".hidden", ""] {
            #expect(throws: PlaybookRunError.self, "\(name)") { try store.secret(named: name) }
        }
        #expect(throws: PlaybookRunError.self) { try SecretStore(file: folder.write("loose.yaml", "secrets: {}", 0o666), folder: nil) }
        #expect(throws: PlaybookRunError.self) {
            try SecretStore(file: folder.write("odd.yaml", "secrets: {a: {command: rm}}"), folder: nil)
        }
    }

    // MARK: Bombs

    @Test func hugeOutputsAndHangingCommandsEnd() throws {
        let clock = ContinuousClock()
        let time = try clock.measure {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(bash("a", "yes | head -c 50000000", ended)) == .succeeded)
            for script in [
                "sleep 60", "trap '' TERM; sleep 60", "sleep 60 & sleep 60 & wait", "yes", "cat", "exec </dev/zero; cat >/dev/null",
            ] {
                let rehearsal = Rehearsal()
                let outcome = try rehearsal.run(bash("a", script, "timeout: 300, \(ended)"))
                #expect(rehearsal.ended == ["a:\(outcome.rawValue)"], "\(script)")
            }
        }
        #expect(time < .seconds(30))
    }

    @Test func bombsAreRefused() throws {
        let deep = String(repeating: "[", count: 100_000)
        for text in [
            "{\"type\": \"playbook\", \"x\": \(deep)", "type: playbook\nx: \(deep)",
            "type: playbook\nx: " + String(repeating: "{a: ", count: 20_000),
            String(repeating: "- ", count: 50_000), "type: playbook\n" + String(repeating: "? ", count: 50_000),
            "{\"type\": \"playbook\", \"type\": \"playbook\"}", "type: playbook\ntype: playbook", "\u{0}",
            "type: playbook\nx: !!binary \"?\"\ny: &a *a",
        ] {
            #expect(throws: PlaybookFileError.self) { try PlaybookReading(text: text, path: "x.yaml") }
        }
        #expect(throws: PlaybookFileError.tooLarge(path: "x")) {
            try PlaybookReading(text: String(repeating: " ", count: PlaybookText.largest + 1), path: "x")
        }
        #expect(throws: PlaybookFileError.self) { try PlaybookText.load("/dev/zero") }
        #expect(throws: PlaybookFileError.unreadable(path: "/")) { try PlaybookText.load("/") }
    }

    /// Ten thousand steps are read and judged in a moment.
    @Test func manyStepsAreQuick() throws {
        var steps = manual("a", "on_completion: action--b0")
        for index in 0..<3000 { steps += manual("b\(index)", "on_completion: action--b\(index + 1)") }
        steps += manual("b3000", ended)
        // This thread's own time: other tests run beside it.
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = seconds()
        let reading = try Rehearsal.read(steps)
        #expect(reading.errors == 0)
        #expect(seconds() - start < 20)
    }
}
