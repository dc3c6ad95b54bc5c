import ArgumentParser
import Bytes
import Incidents

// What belongs to an agency: networks, contacts, assets, Internet links.

struct AgencyNetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: HelpText.text("Addresses of an agency."),
        subcommands: [AgencyNetworkAdd.self, AgencyNetworkRemove.self])
}

/// A network as people type it.
struct NetworkOptions: ParsableArguments {
    @Argument(help: ArgumentHelp(HelpText.text("A block of addresses such as 10.20.30.0/24; leave out for a whole VLAN or interface.")))
    var block: String?
    @Option(help: ArgumentHelp(HelpText.text("VLAN, 1 to 4094."))) var vlan: Int?
    @Option(help: ArgumentHelp(HelpText.text("Interface of the sensor."))) var interface: String?

    func network() throws -> AgencyNetwork {
        if let vlan, !(1...4094).contains(vlan) {
            throw UsageError("--vlan \(vlan): cần một số từ 1 đến 4094", "--vlan \(vlan): expected 1 to 4094")
        }
        let network = AgencyNetwork(
            prefix: try block.map(AgencyNetworkAdd.block), vlan: vlan.flatMap { UInt16(exactly: $0) }, interface: interface)
        guard network != AgencyNetwork(prefix: nil) else {
            throw UsageError("cần một dải địa chỉ, --vlan hoặc --interface", "give a block of addresses, --vlan or --interface")
        }
        return network
    }
}

struct AgencyNetworkAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Addresses that are an agency's from now on."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @OptionGroup var network: NetworkOptions

    func run() throws {
        let network = try network.network()
        try Registry.edit(common, code) { if !$0.networks.contains(network) { $0.networks.append(network) } }
    }

    static func block(_ text: String) throws -> IPPrefix {
        switch AgencyDirectory.block(text) {
        case .success(let prefix): return prefix
        case .failure(let problem): throw UsageError(problem.vietnamese, problem.english)
        }
    }
}

struct AgencyNetworkRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: HelpText.text("Addresses that are no longer an agency's."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @OptionGroup var network: NetworkOptions

    func run() throws {
        let network = try network.network()
        try Registry.edit(common, code) { agency in
            guard let index = agency.networks.firstIndex(of: network) else { throw NotFoundError(.network, "\(code) \(network)") }
            agency.networks.remove(at: index)
        }
    }
}

struct AgencyContactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact", abstract: HelpText.text("Whom to call; a change must be made known within 24 hours."),
        subcommands: [AgencyContactAdd.self, AgencyContactRemove.self])
}

struct AgencyContactAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Add a contact, or change the one of this name."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Name of the person or desk."))) var name: String
    @Option(help: ArgumentHelp(HelpText.text("Title."))) var title: String?
    @Option(help: ArgumentHelp(HelpText.text("Telephone."))) var phone: String?
    @Option(help: ArgumentHelp(HelpText.text("Mail address."))) var email: String?
    @Flag(help: ArgumentHelp(HelpText.text("Reachable at any hour of any day."))) var always = false

    func run() throws {
        guard phone != nil || email != nil else { throw UsageError("cần --phone hoặc --email", "--phone or --email is needed") }
        let contact = AgencyContact(name: name, title: title, phone: phone, email: email, isAlwaysReachable: always)
        try Registry.edit(common, code) { agency in
            if let index = agency.contacts.firstIndex(where: { $0.name == name }) {
                agency.contacts[index] = contact
            } else {
                agency.contacts.append(contact)
            }
        }
    }
}

struct AgencyContactRemove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: HelpText.text("Remove a contact."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Name of the person or desk."))) var name: String

    func run() throws {
        try Registry.edit(common, code) { agency in
            guard let index = agency.contacts.firstIndex(where: { $0.name == name }) else {
                throw NotFoundError(.contact, "\(code) \(name)")
            }
            agency.contacts.remove(at: index)
        }
    }
}

struct AgencyAssetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asset", abstract: HelpText.text("Systems and devices of an agency."),
        subcommands: [AgencyAssetAdd.self, AgencyAssetRemove.self])
}

extension Asset.Kind: ExpressibleByArgument {}

struct AgencyAssetAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Add a system or device, or change the one of this name."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Its name."))) var name: String
    @Option(help: "\(Asset.Kind.allCases.map(\.rawValue).joined(separator: ", ")).") var type: Asset.Kind
    @Option(help: ArgumentHelp(HelpText.text("Its address."))) var address: String?
    @Option(help: ArgumentHelp(HelpText.text("Its host name."))) var hostname: String?
    @Option(help: ArgumentHelp(HelpText.text("Level of the information system, 1 to 5."))) var level: Int?
    @Option(help: ArgumentHelp(HelpText.text("Number of the decision that approved the level."))) var decision: String?
    @Option(help: ArgumentHelp(HelpText.text("What it is."))) var description: String?

    func run() throws {
        if let level, !(1...5).contains(level) {
            throw UsageError("--level \(level): cần một số từ 1 đến 5", "--level \(level): expected 1 to 5")
        }
        let asset = Asset(
            name: name, kind: type, address: try ListOptions.address(address), hostname: hostname, level: level, decision: decision,
            description: description)
        try Registry.edit(common, code) { agency in
            if let index = agency.assets.firstIndex(where: { $0.name == name }) {
                agency.assets[index] = asset
            } else {
                agency.assets.append(asset)
            }
        }
    }
}

struct AgencyAssetRemove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: HelpText.text("Remove a system or device."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Its name."))) var name: String

    func run() throws {
        try Registry.edit(common, code) { agency in
            guard let index = agency.assets.firstIndex(where: { $0.name == name }) else { throw NotFoundError(.asset, "\(code) \(name)") }
            agency.assets.remove(at: index)
        }
    }
}

struct AgencyLinkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: HelpText.text("Internet links of an agency, and the sensors that watch them."),
        subcommands: [AgencyLinkAdd.self, AgencyLinkRemove.self])
}

struct AgencyLinkAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Add an Internet link, or change the one of this name."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Its name."))) var name: String
    @Option(help: ArgumentHelp(HelpText.text("Name of the sensor that watches it."))) var sensor: String?
    @Option(help: ArgumentHelp(HelpText.text("Whose line it is."))) var provider: String?
    @Option(help: ArgumentHelp(HelpText.text("Bandwidth in Mbit/s."))) var bandwidth: Int?

    func run() throws {
        if let bandwidth, bandwidth < 1 {
            throw UsageError(
                "--bandwidth \(bandwidth): cần một số nguyên lớn hơn 0", "--bandwidth \(bandwidth): expected a whole number above 0")
        }
        let link = InternetLink(name: name, sensor: sensor, provider: provider, bandwidthMbps: bandwidth)
        try Registry.edit(common, code) { agency in
            if let index = agency.links.firstIndex(where: { $0.name == name }) {
                agency.links[index] = link
            } else {
                agency.links.append(link)
            }
        }
    }
}

struct AgencyLinkRemove: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: HelpText.text("Remove an Internet link."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("Its name."))) var name: String

    func run() throws {
        try Registry.edit(common, code) { agency in
            guard let index = agency.links.firstIndex(where: { $0.name == name }) else { throw NotFoundError(.link, "\(code) \(name)") }
            agency.links.remove(at: index)
        }
    }
}
