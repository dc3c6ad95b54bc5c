import Bytes
import Foundation
import Trust

/// `http-api` (CACAO 5.4): one request, by curl. TLS is verified, redirects are not followed, the answer is bounded.
struct HTTPCommand: CommandType {
    static let name = "http-api"

    let text: String
    private let request: HTTPRequest
    var isForEachTarget: Bool { true }

    init(_ reader: inout ObjectReader) {
        text = reader.text("command") ?? ""
        request = HTTPRequest(text, &reader, standardType: nil)
    }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        try request.run(unit, Self.name, text, in: &walker)
    }

    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String { request.preview(unit, value) }
}

/// `openc2-http` (CACAO 5.8): an OpenC2 command as the body of a POST (OpenC2 HTTPS transfer).
struct OpenC2Command: CommandType {
    static let name = "openc2-http"

    let text: String
    private let request: HTTPRequest
    var isForEachTarget: Bool { true }

    init(_ reader: inout ObjectReader) {
        text = reader.text("command") ?? ""
        request = HTTPRequest(text, &reader, standardType: "application/openc2+json;version=1.0")
        if request.content == nil {
            reader.error("content_b64", "thiếu nội dung lệnh OpenC2", "the OpenC2 command is missing")
        }
    }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        try request.run(unit, Self.name, text, in: &walker)
    }

    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String { request.preview(unit, value) }
}

/// What both commands send.
struct HTTPRequest: Sendable {
    /// More than an answer needs; curl stops there.
    static let mostBytes = 1 << 20

    var method: String
    /// A path, or a whole address.
    var place: String
    var headers: [(name: String, value: String)]
    var content: String?
    var contentType: String?

    init(_ text: String, _ reader: inout ObjectReader, standardType: String?) {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        if words.count >= 2, words[0].allSatisfy({ $0.isASCII && $0.isUppercase }) {
            method = String(words[0])
            place = String(words[1])
        } else {
            method = standardType == nil ? "GET" : "POST"
            place = words.first.map(String.init) ?? "/"
            if !text.isEmpty {
                reader.warning("command", "nên viết dạng “GET /đường-dẫn HTTP/1.1”", "expected the form \"GET /path HTTP/1.1\"")
            }
        }
        headers = []
        for (name, values) in reader.objects("headers") {
            for value in values.elements ?? [] { headers.append((name, value.text ?? "")) }
        }
        content = reader.contentText()
        contentType = headers.first { $0.name.lowercased() == "content-type" }?.value ?? (content == nil ? nil : standardType)
        if contentType != nil, standardType != nil, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append(("Content-Type", standardType ?? ""))
        }
    }

    struct Refusal: Error { var text: String }

    func run(_ unit: CommandUnit, _ typeName: String, _ written: String, in walker: inout BranchWalker) throws -> StepResult {
        var job = CommandJob(
            unit: unit, typeName: typeName, written: written, program: walker.context.settings.curlProgram, arguments: ["-q", "-K", "-"],
            environment: [:], timeout: walker.remaining(else: 60_000))
        // The answer, and what curl adds to it.
        job.mostOutput = Self.mostBytes + 1024
        job.stopsAtMost = true
        do throws(Refusal) {
            let address = try address(unit, walker.current)
            var lines = [
                "silent", "show-error", "proto = \"=http,https\"", "max-redirs = 0", "max-filesize = \(Self.mostBytes)",
                "connect-timeout = 15", "max-time = \(max(1, job.timeout / 1000))", "noproxy = \"*\"", "globoff", "path-as-is",
                "write-out = \"\\nHTTP %{response_code}\"", "request = \(Self.quoted(method))", "url = \(Self.quoted(address))",
            ]
            if let authorities = walker.context.settings.authorities { lines.append("cacert = \(Self.quoted(authorities))") }
            for (name, value) in headers {
                let filled = VariableName.filled(value, walker.current)
                guard Self.isHeaderName(name), !filled.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
                    throw Refusal(text: "\(name): a header with a control character")
                }
                lines.append("header = \(Self.quoted("\(name): \(filled)"))")
            }
            if let content {
                // Never `@file`: what begins so stays what it is.
                lines.append("data-raw = \(Self.quoted(try Self.body(content, contentType, walker.current)))")
            }
            job.input = lines.joined(separator: "\n") + "\n"
            if unit.authentication != nil, address.hasPrefix("http://"), !Self.isLoopback(address) {
                throw Refusal(text: "\(address): credentials are not sent without TLS")
            }
        } catch {
            return StepResult(.failed, output: "\(typeName): \(error.text)")
        }
        if let info = unit.authentication {
            let secret = try walker.secret(of: info)
            guard !secret.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
                return StepResult(.failed, output: "\(typeName): the secret \(info.secretName) has a control character")
            }
            job.secrets = [secret]
            job.credential = info.secretName
            switch info.type {
            case "oauth2":
                let value = info.header == "Authorization" && !secret.contains(" ") ? "Bearer \(secret)" : secret
                guard Self.isHeaderName(info.header) else {
                    return StepResult(.failed, output: "\(typeName): \(info.header) is no header")
                }
                job.input += "header = \(Self.quoted("\(info.header): \(value)"))\n"
            default:
                let user = walker.filled(info.user ?? "")
                job.input += "user = \(Self.quoted("\(user):\(secret)"))\n"
                job.secrets.append(Data("\(user):\(secret)".utf8).base64EncodedString())
            }
        }
        return Self.judge(try walker.perform(job), unit)
    }

    /// 2xx is success; the body is the value, or its JSON members are.
    private static func judge(_ result: CommandResult, _ unit: CommandUnit) -> StepResult {
        if result.timedOut { return StepResult(.failed, output: "ACTION_TIMEOUT \(unit.step.id)") }
        let marker = result.output.range(of: "\nHTTP ", options: .backwards)
        let body = marker.map { String(result.output[..<$0.lowerBound]) } ?? result.output
        let code = marker.flatMap { Int(result.output[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
        // curl only stops by itself where the length was said beforehand.
        if result.dropped > 0 || result.status == 63 {
            return StepResult(.failed, output: "the answer is longer than \(mostBytes) bytes")
        }
        guard result.status == 0 else { return StepResult(.failed, output: body + " (curl \(result.status))") }
        var values: [String: String] = [:]
        if let document = try? JSONValue(parsing: body), case .object(let members) = document {
            for name in unit.outputs {
                let core = String(name.dropFirst(2).dropLast(2))
                guard let member = members[name] ?? members[core] else { continue }
                values[name] = member.text ?? (try? member.canonicalText()) ?? ""
            }
        }
        if values.isEmpty, unit.outputs.count == 1 { values[unit.outputs[0]] = body }
        let outcome: StepResult.Outcome = (200..<300).contains(code) ? .succeeded : .failed
        return StepResult(outcome, output: body + (body.isEmpty || body.hasSuffix("\n") ? "" : "\n") + "HTTP \(code)", variables: values)
    }

    private static func encoded(_ text: String, _ value: (String) -> String?) throws(Refusal) -> String {
        for name in VariableName.references(in: text) where value(name) == nil { throw Refusal(text: "\(name): no value") }
        return VariableName.filled(text) { value($0).map { percentEncoded($0) } }
    }

    /// Where the request goes; values become percent-encoded parts of it.
    private func address(_ unit: CommandUnit, _ value: (String) -> String?) throws(Refusal) -> String {
        if place.hasPrefix("http://") || place.hasPrefix("https://") { return try Self.encoded(place, value) }
        guard let machine = unit.machine else { throw Refusal(text: "no target with an address") }
        let path = try Self.encoded(place.hasPrefix("/") ? place : "/" + place, value)
        if let url = machine.address["url"]?.first {
            // The address itself may be a value, as a whole.
            var base = VariableName.filled(url, value)
            while base.hasSuffix("/") { base.removeLast() }
            if !base.contains("://") { base = "https://" + base }
            guard base.hasPrefix("https://") || base.hasPrefix("http://"), !base.contains(where: { $0.isWhitespace || $0.asciiValue == 0 })
            else {
                throw Refusal(text: "\(base) is no web address")
            }
            return base + path
        }
        guard let written = machine.host else { throw Refusal(text: "no target with an address") }
        let host = VariableName.filled(written, value)
        guard SSHCommand.isHost(host) else { throw Refusal(text: "\(host) is no host name or address") }
        let port = machine.port.map { VariableName.filled($0, value) }
        guard port == nil || UInt16(port ?? "") != nil else { throw Refusal(text: "\(port ?? "") is no port") }
        // CACAO's default port is 80; only that one speaks without TLS.
        let scheme = port == "80" || (port == nil && unit.authentication == nil) ? "http" : "https"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host)\(port.map { ":\($0)" } ?? "")\(path)"
    }

    /// JSON keeps its structure whatever values hold; forms are percent-encoded; other text gets the value as it is.
    static func body(_ content: String, _ type: String?, _ value: (String) -> String?) throws(Refusal) -> String {
        for name in VariableName.references(in: content) where value(name) == nil { throw Refusal(text: "\(name): no value") }
        if let document = try? JSONValue(parsing: content) {
            guard VariableName.references(in: content).isEmpty == false else { return content }
            return (try? filled(document, value).canonicalText()) ?? content
        }
        if type?.lowercased().contains("json") == true {
            throw Refusal(text: "the body says it is JSON and is not; put values in quotes")
        }
        if type?.lowercased().contains("x-www-form-urlencoded") == true {
            return VariableName.filled(content) { value($0).map { percentEncoded($0) } }
        }
        return VariableName.filled(content, value)
    }

    private static func filled(_ document: JSONValue, _ value: (String) -> String?) -> JSONValue {
        switch document {
        case .string(let text): .string(VariableName.filled(text, value))
        case .array(let list): .array(list.map { filled($0, value) })
        case .object(let members): .object(members.mapValues { filled($0, value) })
        default: document
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }

    /// For curl's configuration file.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == 0x2d || $0 == 0x5f }
    }

    private static func isLoopback(_ address: String) -> Bool {
        ["http://127.", "http://localhost:", "http://localhost/", "http://[::1]"].contains { address.hasPrefix($0) }
    }

    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String {
        let place = (try? address(unit, value)) ?? place
        var text = "\(method) \(place)"
        for (name, value2) in headers { text += "\n\(name): \(VariableName.filled(value2, value))" }
        if let content { text += "\n" + VariableName.filled(content, value) }
        return text
    }
}
