import Bytes

extension SMBTransaction {
    /// Types of transactions as `outputs.eve-log.types.smb.types` names them.
    var kindName: String {
        switch detail {
        case .none: "generic"
        case .negotiate: "negotiate"
        case .sessionSetup: "session_setup"
        case .treeConnect: "tree_connect"
        case .create: "create"
        case .file: "file"
        case .rename: "rename"
        case .setInfo: "set_file_path_info"
        case .ioctl: "ioctl"
        case .pipe: "dcerpc"
        }
    }

    func writeObject(_ json: inout JSONWriter) {
        json.key("smb")
        json.beginObject()
        json.key("id")
        json.number(id + 1)
        json.key("dialect")
        if connection.dialect != 0 {
            json.string(SMBNames.dialect(connection.dialect))
        } else if let name = connection.dialectName {
            json.string(name)
        } else {
            json.string("unknown")
        }
        if let command {
            json.key("command")
            json.string(SMBNames.command(command))
        }
        writeStatus(&json)
        json.key("session_id")
        json.number(header.session)
        json.key("tree_id")
        json.number(UInt64(header.tree))
        writeDetail(&json)
        json.endObject()
    }

    private func writeStatus(_ json: inout JSONWriter) {
        switch status {
        case .nt(let code)?:
            json.key("status")
            json.string(NTStatus.name(code))
            json.key("status_code")
            json.string("0x" + String(code, radix: 16))
        case .dos(let errorClass, let code)?:
            json.key("status")
            json.string(SMBNames.error(errorClass, code))
            json.key("status_code")
            json.string("0x" + SMBNames.hex(UInt32(code), width: 4))
        case nil: break
        }
    }

    private func writeDetail(_ json: inout JSONWriter) {
        switch detail {
        case .none: break
        case .negotiate(let negotiate): write(negotiate, &json)
        case .sessionSetup(let setup): write(setup, &json)
        case .treeConnect(let tree): write(tree, &json)
        case .create(let create): write(create, &json)
        case .file(let file):
            text("filename", file.name, &json)
            text("share", file.share, &json)
            text("fuid", file.id.text, &json)
        case .rename(let file, let from, let to):
            if version == 2 {
                json.key("set_info")
                json.beginObject()
                text("class", Array("FILE_INFO".utf8), &json)
                text("info_level", Array("SMB2_FILE_RENAME_INFO".utf8), &json)
                json.endObject()
            }
            json.key("rename")
            json.beginObject()
            text("from", from, &json)
            text("to", to, &json)
            json.endObject()
            text("fuid", file.text, &json)
        case .setInfo(let info): write(info, &json)
        case .ioctl(let function):
            json.key("function")
            json.string(SMBNames.control(function))
        case .pipe(let call): write(call, &json)
        }
    }

    private func text(_ key: StaticString, _ value: [UInt8], _ json: inout JSONWriter) {
        json.key(key)
        json.string(value)
    }

    private func write(_ negotiate: Negotiate, _ json: inout JSONWriter) {
        json.key("client_dialects")
        json.beginArray()
        for dialect in negotiate.dialects { json.string(dialect) }
        json.endArray()
        if let guid = negotiate.clientGUID { text("client_guid", SMBGUID.text(guid), &json) }
        text("server_guid", SMBGUID.text(negotiate.serverGUID), &json)
        if connection.maxReadSize > 0 {
            json.key("max_read_size")
            json.number(UInt64(connection.maxReadSize))
        }
        if connection.maxWriteSize > 0 {
            json.key("max_write_size")
            json.number(UInt64(connection.maxWriteSize))
        }
    }

    private func write(_ setup: SessionSetup, _ json: inout JSONWriter) {
        if let ntlm = setup.ntlm {
            json.key("ntlmssp")
            json.beginObject()
            text("domain", ntlm.domain, &json)
            text("user", ntlm.user, &json)
            text("host", ntlm.host, &json)
            if let version = ntlm.version { text("version", version, &json) }
            json.endObject()
        }
        if let ticket = setup.ticket {
            json.key("kerberos")
            json.beginObject()
            text("realm", ticket.realm, &json)
            json.key("snames")
            json.beginArray()
            for name in ticket.service.parts { json.string(name) }
            json.endArray()
            json.endObject()
        }
        if let client = setup.client {
            json.key("request")
            write(client, &json)
        }
        if let server = setup.server {
            json.key("response")
            write(server, &json)
        }
    }

    private func write(_ host: SessionSetup.Host, _ json: inout JSONWriter) {
        json.beginObject()
        text("native_os", host.operatingSystem, &json)
        text("native_lm", host.lanManager, &json)
        json.endObject()
    }

    private func write(_ tree: TreeConnect, _ json: inout JSONWriter) {
        if tree.isPipe { text("named_pipe", tree.name, &json) } else { text("share", tree.name, &json) }
        if version == 1 {
            json.key("service")
            json.beginObject()
            if let service = tree.requestedService { text("request", service, &json) }
            if let service = tree.grantedService { text("response", service, &json) }
            json.endObject()
        } else {
            json.key("share_type")
            switch tree.shareType {
            case 1: json.string("FILE")
            case 2: json.string("PIPE")
            case 3: json.string("PRINT")
            default: json.string("UNKNOWN")
            }
        }
    }

    private func write(_ create: Create, _ json: inout JSONWriter) {
        if create.name.isEmpty {
            text("filename", Array("<share_root>".utf8), &json)
        } else {
            text(create.isDirectory ? "directory" : "filename", create.name, &json)
        }
        json.key("disposition")
        json.string(create.disposition < 6 ? SMBNames.dispositions[Int(create.disposition)] : "UNKNOWN")
        json.key("access")
        json.string(create.deletesOnClose ? "delete on close" : "normal")
        json.key("created")
        json.number(UInt64(create.created))
        json.key("accessed")
        json.number(UInt64(create.accessed))
        json.key("modified")
        json.number(UInt64(create.modified))
        json.key("changed")
        json.number(UInt64(create.changed))
        json.key("size")
        json.number(create.size)
        text("fuid", create.file.text, &json)
    }

    private func write(_ info: SetInfo, _ json: inout JSONWriter) {
        text("filename", info.name.isEmpty ? Array("<share_root>".utf8) : info.name, &json)
        json.key("access")
        json.string(info.deletesOnClose ? "delete on close" : "normal")
        if version == 1 {
            json.key("subcmd")
            json.string(info.subcommand == 8 ? "SET_FILE_INFO" : "SET_PATH_INFO")
            json.key("level_of_interest")
            json.string("Set Disposition Information")
        }
        text("fuid", info.file.text, &json)
    }

    private func write(_ call: SMBPipeCall, _ json: inout JSONWriter) {
        json.key("dcerpc")
        json.beginObject()
        json.key("request")
        json.string(call.requestType.map(DCERPCHeader.typeName) ?? "REQUEST_LOST")
        json.key("response")
        json.string(call.responseType.map(DCERPCHeader.typeName) ?? "UNREPLIED")
        if call.requestType == DCERPCTransaction.request {
            json.key("opnum")
            json.number(UInt64(call.operation))
            json.key("req")
            DCERPCTransaction.writeSizes(fragments: call.fragments.toServer, size: call.request.count, &json)
            let interfaces = connection.interfaces.filter { $0.contextID == call.contextID }
            if !interfaces.isEmpty { DCERPCTransaction.write(interfaces, withResults: false, &json) }
        } else if call.requestType == 11 {
            DCERPCTransaction.write(connection.interfaces, withResults: true, withReasons: true, &json)
        }
        if call.responseType == DCERPCTransaction.response {
            json.key("res")
            DCERPCTransaction.writeSizes(fragments: call.fragments.toClient, size: call.response.count, &json)
        }
        json.key("call_id")
        json.number(UInt64(call.callID))
        json.endObject()
    }
}
