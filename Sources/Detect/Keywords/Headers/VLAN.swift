import RuleLanguage

/// `vlan.id` and `vlan.layers`: tags of IEEE 802.1Q.
enum VLANKeywords {
    static let id = Keyword(
        "vlan.id", summary: "A VLAN identifier: `n[,any|all|layer]`; layers count from 0, backwards from -1.",
        documentation: "vlan-keywords.html#vlan-id"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 2 else { throw RuleError("vlan.id: too many parts, expected a number and any, all or a layer", at: parts[2]) }
        let range = try IntegerGrammar.range(parts[0], "vlan.id", max: 4095)
        var layer = VLANLayer.any
        if parts.count == 2 {
            switch (parts[1].text, parts[1].signedNumber) {
            case ("any", _): layer = .any
            case ("all", _): layer = .all
            case (_, .some(let number)) where (-3...2).contains(number): layer = .index(Int(number))
            default: throw RuleError("vlan.id: \"\(parts[1].text)\", expected any, all, or a layer from -3 to 2", at: parts[1])
            }
        }
        builder.packetTests.append(.vlanID(range, layer))
        builder.needsPacket(option, "vlan.id")
    }

    static let layers = Keyword(
        "vlan.layers", summary: "How many VLAN tags the packet has, 0 to 3.", documentation: "vlan-keywords.html#vlan-layers"
    ) { option, builder throws(RuleError) in
        builder.packetTests.append(.integer(.vlanLayers, try IntegerGrammar.range(option.text, "vlan.layers", max: 3)))
        builder.needsPacket(option, "vlan.layers")
    }
}
