import AppLayer
import Bytes
import Digest

extension EventWriter {
    /// `fileinfo`: one file that has ended, with the transaction that carried it.
    public func file(_ transferred: TransferredFile, in transaction: Transaction, of descriptor: ProtocolDescriptor, subject: EventSubject)
    {
        guard let options = configuration.fileinfo else { return }
        let forwarding = options.forwardedFor ?? configuration.forwardedFor
        begin("fileinfo", forwarded(subject, transaction, forwarding, isToServer: transferred.direction == .toServer))
        forwardedFor(transaction, forwarding)
        transaction.writeEVE(&file.json, options: LogOptions(isInAlert: true))
        file.json.key("app_proto")
        file.json.string(descriptor.name)
        file.json.key("fileinfo")
        fileObject(transferred, transactionID: transaction.id)
        end()
    }

    /// The object that describes a file, in `fileinfo` events and in the `files` array of alerts.
    func fileObject(_ transferred: TransferredFile, transactionID: UInt64) {
        file.json.beginObject()
        if !transferred.name.isEmpty {
            file.json.key("filename")
            file.json.string(transferred.name)
        }
        if !transferred.wantedBy.isEmpty {
            file.json.key("sid")
            file.json.beginArray()
            for number in transferred.wantedBy { file.json.number(UInt64(number)) }
            file.json.endArray()
        }
        if !transferred.magic.isEmpty {
            file.json.key("magic")
            file.json.string(transferred.magic)
        }
        file.json.key("gaps")
        file.json.bool(transferred.content.hasGap)
        file.json.key("state")
        switch transferred.state {
        case .open: file.json.string("UNKNOWN")
        case .closed: file.json.string("CLOSED")
        case .truncated: file.json.string("TRUNCATED")
        case .error: file.json.string("ERROR")
        }
        digest("md5", transferred.md5)
        digest("sha1", transferred.sha1)
        digest("sha256", transferred.sha256)
        file.json.key("stored")
        file.json.bool(transferred.isStored)
        if transferred.isStored {
            file.json.key("file_id")
            file.json.number(transferred.storeNumber)
        } else if transferred.isWanted {
            file.json.key("storing")
            file.json.bool(true)
        }
        file.json.key("size")
        file.json.number(transferred.size)
        if let range = transferred.range {
            file.json.key("start")
            file.json.number(range.start)
            file.json.key("end")
            file.json.number(range.end)
        }
        file.json.key("tx_id")
        file.json.number(transactionID)
        file.json.endObject()
    }

    private func digest(_ key: StaticString, _ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        file.json.key(key)
        file.json.hex(bytes.rawSpan)
    }
}
