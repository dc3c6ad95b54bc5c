import Foundation
import Incidents
import Wording

/// Finds templates: in the unit's folders first, then those that are built in.
public struct TemplateLibrary: Sendable {
    /// Searched in this order; files are `<id>.yaml`.
    public let folders: [String]

    public init(folders: [String] = ["/etc/vonggac/templates", "/usr/share/vonggac/templates"]) { self.folders = folders }

    private static let builtIn: [(id: String, bytes: [UInt8])] = [
        ("weekly", PackageResources.weekly_yaml), ("daily", PackageResources.daily_yaml), ("half-year", PackageResources.half_year_yaml),
        ("periodic", PackageResources.periodic_yaml), ("annual", PackageResources.annual_yaml), ("notice", PackageResources.notice_yaml),
        ("initial", PackageResources.initial_yaml), ("final", PackageResources.final_yaml), ("progress", PackageResources.progress_yaml),
        ("plan", PackageResources.plan_yaml), ("support", PackageResources.support_yaml), ("f24", PackageResources.f24_yaml),
        ("f72", PackageResources.f72_yaml), ("pdp", PackageResources.pdp_yaml), ("intake", PackageResources.intake_yaml),
        ("ack", PackageResources.ack_yaml),
    ]

    public static var names: [String] { builtIn.map(\.id) }

    /// The name under which the example of `organisation.yaml` is shipped.
    public static let organisation = "organisation"

    /// The text of a template as it is shipped, to be copied and changed.
    public static func shipped(_ id: String) -> String? {
        if id == organisation { return String(decoding: PackageResources.organisation_yaml, as: UTF8.self) }
        return builtIn.first { $0.id == id }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The template that is used: the unit's where there is one.
    /// - Throws: ``ContentError`` for a file that is wrong, ``UnknownTemplateError`` for a name that nothing has.
    public func template(_ id: String) throws -> DocumentTemplate {
        for folder in folders {
            let file = "\(folder)/\(id).yaml"
            guard FileManager.default.fileExists(atPath: file) else { continue }
            guard let data = FileManager.default.contents(atPath: file), let text = String(validating: data, as: UTF8.self) else {
                throw ContentError(file: file, line: nil, key: "", problem: "cannot be read as UTF-8 text")
            }
            return try checked(DocumentTemplate.parse(text, file: file), id, file)
        }
        guard let text = Self.shipped(id) else { throw UnknownTemplateError(name: id, known: Self.names) }
        return try checked(DocumentTemplate.parse(text, file: "\(id).yaml"), id, "\(id).yaml")
    }

    private func checked(_ template: DocumentTemplate, _ id: String, _ file: String) throws -> DocumentTemplate {
        guard template.id == id else {
            throw ContentError(file: file, line: nil, key: "id", problem: "expected \(id), found \(template.id)")
        }
        return template
    }
}

/// A template was asked for by a name that nothing has.
public struct UnknownTemplateError: BilingualError, Hashable {
    public var name: String
    public var known: [String]

    public init(name: String, known: [String]) {
        self.name = name
        self.known = known
    }

    public var vietnamese: String { "không có mẫu \(name); có: \(known.joined(separator: ", "))" }
    public var english: String { "no template \(name); known are \(known.joined(separator: ", "))" }
}
