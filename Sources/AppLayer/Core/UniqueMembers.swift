import Bytes

/// Members of an EVE object whose names may come again in a conversation: each stands once, with the value that came last.
///
/// Events are made per transaction, so that a few small buffers do not matter.
struct UniqueMembers {
    private var members: [(name: String, value: [UInt8])] = []

    mutating func set(_ name: String, _ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter(capacity: 64)
        write(&json)
        let value = unsafe json.buffer.withUnsafeBytes { unsafe Array($0) }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].value = value
        } else {
            members.append((name, value))
        }
    }

    mutating func set(_ name: String, _ value: [UInt8]) { set(name) { $0.string(value) } }
    mutating func set(_ name: String, _ value: String) { set(name) { $0.string(value) } }
    mutating func set(_ name: String, _ value: UInt64) { set(name) { $0.number(value) } }

    /// Writes them into an open object.
    func write(to json: inout JSONWriter) {
        for (name, value) in members {
            json.key(dynamic: name)
            json.buffer.append(value.rawSpan)
        }
    }
}
