/// `vars`: what rules mean by `$HOME_NET`.
extension SensorConfiguration {
    static let defaultAddressGroups: [(name: String, value: String)] = [
        ("HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]"), ("EXTERNAL_NET", "!$HOME_NET"), ("HTTP_SERVERS", "$HOME_NET"),
        ("SMTP_SERVERS", "$HOME_NET"), ("SQL_SERVERS", "$HOME_NET"), ("DNS_SERVERS", "$HOME_NET"), ("TELNET_SERVERS", "$HOME_NET"),
        ("AIM_SERVERS", "$EXTERNAL_NET"), ("DC_SERVERS", "$HOME_NET"), ("DNP3_SERVER", "$HOME_NET"), ("DNP3_CLIENT", "$HOME_NET"),
        ("MODBUS_CLIENT", "$HOME_NET"), ("MODBUS_SERVER", "$HOME_NET"), ("ENIP_CLIENT", "$HOME_NET"), ("ENIP_SERVER", "$HOME_NET"),
    ]

    static let defaultPortGroups: [(name: String, value: String)] = [
        ("HTTP_PORTS", "80"), ("SHELLCODE_PORTS", "!80"), ("ORACLE_PORTS", "1521"), ("SSH_PORTS", "22"), ("DNP3_PORTS", "20000"),
        ("MODBUS_PORTS", "502"), ("FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"), ("FTP_PORTS", "21"), ("GENEVE_PORTS", "6081"),
        ("VXLAN_PORTS", "4789"), ("TEREDO_PORTS", "3544"), ("SIP_PORTS", "[5060, 5061]"),
    ]

    mutating func readVariables(_ tree: ConfigurationTree) {
        merge(tree.at("vars.address-groups"), into: &addressGroups)
        merge(tree.at("vars.port-groups"), into: &portGroups)
    }

    private func merge(_ tree: ConfigurationTree?, into groups: inout [(name: String, value: String)]) {
        for entry in tree?.entries ?? [] {
            guard let value = entry.value.text else { continue }
            if let index = groups.firstIndex(where: { $0.name == entry.key }) {
                groups[index].value = value
            } else {
                groups.append((entry.key, value))
            }
        }
    }
}
