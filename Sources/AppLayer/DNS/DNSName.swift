import Bytes

/// What went wrong while a name was read; each has its event.
struct DNSNameFlaws: OptionSet {
    let rawValue: UInt8
    static let tooLong = DNSNameFlaws(rawValue: 1)
    static let infiniteLoop = DNSNameFlaws(rawValue: 2)
    static let tooManyLabels = DNSNameFlaws(rawValue: 4)
}

/// A domain name as text with dots, without the final one; label bytes as they are on the wire. The root is empty.
struct DNSName: Equatable {
    var text: [UInt8] = []
    /// The text was cut at ``DNSNameReader/longest``.
    var isTruncated = false
}

/// Undoes the compression of RFC 1035 §4.1.4 within bounds: a name's length, its labels, and the bytes that all names of a message make together.
struct DNSNameReader {
    /// Longest name that is kept, in bytes of text.
    static let longest = 1025
    /// Most labels and pointers in one name.
    static let mostLabels = 255

    var flaws: DNSNameFlaws = []
    /// A message of 64 KiB of pointers could unfold into megabytes.
    private var budget = 256 * 1024

    /// Reads the name at `offset` of the whole message and moves `offset` behind it; nil when the bytes are no name.
    mutating func read(_ message: RawSpan, at offset: inout Int) -> DNSName? {
        var name = DNSName()
        var at = offset
        var end: Int?
        var labels = 0
        while true {
            guard at < message.byteCount else { return nil }
            let length = Int(message.byte(at: at))
            if length == 0 {
                at += 1
                break
            }
            labels += 1
            if labels > DNSNameReader.mostLabels {
                // Without a pointer the place where the name ends is not known.
                flaws.insert(end == nil ? .tooManyLabels : .infiniteLoop)
                name.isTruncated = true
                guard end != nil else { return nil }
                break
            }
            switch length >> 6 {
            case 0:
                guard message.byteCount - at - 1 >= length else { return nil }
                append(message.extracting(at + 1..<at + 1 + length), to: &name)
                at += 1 + length
            case 3:
                guard message.byteCount - at >= 2 else { return nil }
                let target = Int(message.uint16(at: at) & 0x3fff)
                if end == nil { end = at + 2 }
                if target == at {
                    flaws.insert(.infiniteLoop)
                    offset = at + 2
                    return name
                }
                at = target
            default: return nil
            }
        }
        offset = end ?? at
        return name
    }

    private mutating func append(_ label: RawSpan, to name: inout DNSName) {
        guard !name.isTruncated else { return }
        let separator = name.text.isEmpty ? 0 : 1
        let room = min(DNSNameReader.longest - name.text.count, budget) - separator
        if room < label.byteCount {
            flaws.insert(.tooLong)
            name.isTruncated = true
        }
        guard room > 0 else { return }
        // Most names fit, so that the text is not moved again and again while it grows.
        if separator == 0 { name.text.reserveCapacity(48) }
        if separator == 1 { name.text.append(46) }
        let kept = label.prefix(room)
        name.text.append(kept)
        budget -= kept.byteCount + separator
    }
}
