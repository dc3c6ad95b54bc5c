import AppLayer
import Bytes

/// `xff`: the client that a proxy says it speaks for.
public struct ForwardedForOptions: Sendable {
    /// Beside the addresses, or in the place of the client's.
    public enum Mode: Sendable { case extraData, overwrite }
    /// Which of several addresses counts: the first one that proxies on the way have written, or the last one, which the nearest wrote.
    public enum Deployment: Sendable { case forward, reverse }

    public var mode = Mode.extraData
    public var deployment = Deployment.reverse
    public var header = "X-Forwarded-For"

    public init() {}

    /// The address that a transaction names; nil where it names none.
    func address(_ transaction: Transaction) -> IPAddress? {
        guard let value = transaction.requestHeader(header) else { return nil }
        let entries = value.split(separator: UInt8(ascii: ","))
        guard let entry = deployment == .forward ? entries.first : entries.last else { return nil }
        return ForwardedForOptions.address(entry)
    }

    /// `10.0.0.1`, `10.0.0.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
    static func address(_ text: ArraySlice<UInt8>) -> IPAddress? {
        var text = text.drop(while: ASCII.isSpace)
        while let last = text.last, ASCII.isSpace(last) { text.removeLast() }
        if text.first == UInt8(ascii: "[") {
            text = text.dropFirst().prefix { $0 != UInt8(ascii: "]") }
        } else if text.contains(UInt8(ascii: ".")), let colon = text.lastIndex(of: UInt8(ascii: ":")) {
            text = text[..<colon]
        }
        return IPAddress(String(decoding: text, as: UTF8.self))
    }
}

extension EventWriter {
    /// The subject with the client that the transaction names in its place, where the configuration wants it so.
    func forwarded(
        _ subject: EventSubject, _ transaction: Transaction?, _ options: ForwardedForOptions?, isToServer: Bool
    ) -> EventSubject {
        guard let options, options.mode == .overwrite, let transaction, let address = options.address(transaction) else { return subject }
        var changed = subject
        if isToServer { changed.source = address } else { changed.destination = address }
        return changed
    }

    /// `xff`, where the configuration wants it beside the addresses.
    func forwardedFor(_ transaction: Transaction?, _ options: ForwardedForOptions?) {
        guard let options, options.mode == .extraData, let transaction, let address = options.address(transaction) else { return }
        file.json.key("xff")
        file.json.beginText()
        file.json.buffer.append(utf8: address.description)
        file.json.endText()
    }
}
