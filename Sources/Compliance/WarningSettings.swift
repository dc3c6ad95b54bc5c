import Bytes
import Foundation
import Incidents

/// When people are warned before deadlines, and how: `clocks.yaml` of the state folder or of /etc/vonggac.
public struct WarningSettings: Sendable, Hashable {
    /// A way to reach people.
    public enum Channel: Sendable, Hashable {
        /// By the machine's own sendmail.
        case mail(to: [String], from: String?, program: String)
        /// An HTTP POST with a JSON document.
        case webhook(url: String, headers: [String: String], timeoutSeconds: Int)
        /// A line and a bell on a terminal.
        case bell(terminal: String)

        /// What the record calls it.
        public var name: String {
            switch self {
            case .mail(let to, _, _): "mail \(to.joined(separator: ","))"
            case .webhook(let url, _, _): "webhook \(url.prefix { $0 != "?" })"
            case .bell(let terminal): "bell \(terminal)"
            }
        }
    }

    /// Whose deadlines run; nil for the standard one.
    public var profile: String?
    /// Minutes before the due time at which a warning goes out, the earliest first. 0 is the due time itself.
    public var minutesBefore: [Int]
    public var channels: [Channel]

    public init(profile: String? = nil, minutesBefore: [Int] = [1440, 240, 60, 0], channels: [Channel] = []) {
        self.profile = profile
        self.minutesBefore = minutesBefore
        self.channels = channels
    }

    /// The first of these files that is there; the standard settings without channels where none is.
    public static func find(in folders: [String]) throws(ContentError) -> (settings: WarningSettings, file: String?) {
        for folder in folders {
            let file = "\(folder)/clocks.yaml"
            if FileManager.default.fileExists(atPath: file) { return (try load(file: file), file) }
        }
        return (WarningSettings(), nil)
    }

    public static func load(file: String) throws(ContentError) -> WarningSettings { try WarningSettings(ContentValue.load(file: file)) }
    public static func parse(_ text: String, file: String) throws(ContentError) -> WarningSettings {
        try WarningSettings(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: ["schema", "profile", "warn_before", "channels"])
        let schema = try root.require("schema")
        guard try schema.text() == "vonggac-clocks/1" else { throw schema.error("expected vonggac-clocks/1") }
        self.init(profile: try root["profile"]?.text())
        if let list = root["warn_before"] {
            minutesBefore = []
            for entry in try list.list() { minutesBefore.append(try Self.minutes(entry)) }
            minutesBefore.sort(by: >)
        }
        for entry in try root["channels"]?.list() ?? [] { channels.append(try Self.channel(entry)) }
    }

    /// `24h`, `30m`, `2d`, `0`.
    private static func minutes(_ entry: ContentValue) throws(ContentError) -> Int {
        let text = try entry.text()
        let units: [Character: Int] = ["m": 1, "h": 60, "d": 1440]
        let factor = text.last.flatMap { units[$0] }
        guard let number = Int(factor == nil ? text[...] : text.dropLast()), (0...10_000).contains(number), factor != nil || number == 0
        else {
            throw entry.error("expected a time such as 24h, 30m, 2d or 0, found \(text)")
        }
        return number * (factor ?? 1)
    }

    private static func channel(_ entry: ContentValue) throws(ContentError) -> Channel {
        switch try entry.require("type").text() {
        case "mail":
            try entry.allow(keys: ["type", "to", "from", "sendmail"])
            var to: [String] = []
            for address in try entry.require("to").list() {
                let text = try address.text()
                // An address that begins with a dash would be an option of sendmail; a line break would be a header.
                guard text.contains("@"), text.first != "-", !text.contains(where: { $0.isWhitespace || $0.isNewline || $0 == "," }) else {
                    throw address.error("expected a mail address, found \(text)")
                }
                to.append(text)
            }
            guard !to.isEmpty else { throw try entry.require("to").error("expected at least one mail address") }
            return .mail(to: to, from: try entry["from"]?.text(), program: try entry["sendmail"]?.text() ?? "/usr/sbin/sendmail")
        case "webhook":
            try entry.allow(keys: ["type", "url", "headers", "timeout_seconds"])
            let url = try entry.require("url")
            guard let parsed = URL(string: try url.text()), ["http", "https"].contains(parsed.scheme), parsed.host != nil else {
                throw url.error("expected an address that begins with http:// or https://")
            }
            var headers: [String: String] = [:]
            for (name, value) in try entry["headers"]?.entries() ?? [] { headers[name] = try value.text() }
            return .webhook(
                url: try url.text(), headers: headers, timeoutSeconds: try entry["timeout_seconds"]?.integer(1...120) ?? 10)
        case "bell":
            try entry.allow(keys: ["type", "terminal"])
            return .bell(terminal: try entry["terminal"]?.text() ?? "-")
        case let type: throw try entry.require("type").error("expected mail, webhook or bell, found \(type)")
        }
    }
}

extension WarningSettings {
    /// The threshold that a deadline has reached: the last one passed; nil when it is further away than all.
    public func threshold(limit: Timestamp, now: Timestamp) -> Int? {
        let left = limit.microseconds - now.microseconds
        return minutesBefore.filter { left <= Int64($0) * 60_000_000 }.min()
    }
}
