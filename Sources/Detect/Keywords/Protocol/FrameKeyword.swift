import AppLayer
import Bytes
import RuleLanguage

/// `frame`.
enum FrameKeyword {
    static let frame = Keyword(
        "frame", summary: "Frame of a protocol as a sticky buffer: `protocol.frame`, or `frame` where the header names the protocol.",
        documentation: "app-layer.html#frame"
    ) { option, builder throws(RuleError) in
        let numbers = builder.proto.ipProtocols
        guard numbers.isEmpty || numbers.contains(6) || numbers.contains(17) else {
            throw RuleError(
                "frame in a rule that is neither on TCP nor on UDP, expected a protocol such as tls in the header", at: option.offset)
        }
        let text = option.text.text
        // The part before the first dot is a protocol's name, or belongs to the frame's (`request.line`).
        if let dot = text.firstIndex(of: "."), let owner = builder.frontEnd.protocols[String(text[..<dot]).lowercased()] {
            let name = String(text[text.index(after: dot)...])
            guard let buffer = buffer(name, of: owner) else {
                throw RuleError("\(owner.name) has no frame \"\(name)\", expected one of \(list(owner))", at: option.text)
            }
            return try builder.select(buffer, option)
        }
        let bound = builder.proto.appProtocols
        guard !bound.isEmpty else {
            throw RuleError("frame:\(text) does not say of which protocol, expected frame:protocol.\(text)", at: option.text)
        }
        let owners = builder.frontEnd.protocols.values.filter { bound.contains($0.appProtocol) }
            .sorted { $0.appProtocol.rawValue < $1.appProtocol.rawValue }
        for owner in owners {
            if let buffer = buffer(text, of: owner) { return try builder.select(buffer, option) }
        }
        throw RuleError("no frame \"\(text)\", expected one of \(owners.first.map(list) ?? "none")", at: option.text)
    }

    private static func list(_ owner: ProtocolDescriptor) -> String {
        (owner.frames + (owner.transports.contains(.tcp) ? ["stream"] : [])).joined(separator: ", ")
    }

    private static func buffer(_ name: String, of owner: ProtocolDescriptor) -> BufferDescriptor? {
        if name == "stream", owner.transports.contains(.tcp) { return descriptor(name, owner, ProtocolFrame.stream) }
        return owner.frames.firstIndex(of: name).map { descriptor(name, owner, UInt8($0)) }
    }

    private static func descriptor(_ name: String, _ owner: ProtocolDescriptor, _ type: UInt8) -> BufferDescriptor {
        BufferDescriptor(
            .frame(owner.appProtocol, type), "frame:\(owner.name).\(name)", shape: .streaming, directions: .both, progress: (0, 0))
    }
}
