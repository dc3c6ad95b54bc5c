import Bytes

/// Byte strings with a number each, looked up without allocating: an open-addressed table over one block of bytes.
///
/// Entries keep the order in which they came, so that what is saved does not depend on the hash.
struct ValueTable {
    private struct Entry {
        var start: Int
        var count: Int
        var payload: Int
        var isThere: Bool
    }

    /// What an entry costs besides its bytes, as Suricata's memcap counts it, roughly.
    static let entryCost = 96

    private var slots: [Int32] = Array(repeating: 0, count: 64)
    private var entries: [Entry] = []
    private var block: [UInt8] = []
    private(set) var count = 0
    /// Bytes of all values that are there.
    private(set) var valueBytes = 0

    /// What the table takes, for its bound.
    var memory: Int { valueBytes + count * ValueTable.entryCost }

    private func hash(_ value: RawSpan) -> Int {
        var hasher = Hasher()
        unsafe value.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// The entry's place in ``entries``, or nil, and the slot where the search ended.
    private func find(_ value: RawSpan) -> (entry: Int?, slot: Int) {
        let mask = slots.count - 1
        var slot = hash(value) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            let entry = entries[index]
            if entry.count == value.byteCount,
                block.rawSpan.extracting(entry.start..<entry.start + entry.count).equals(value)
            {
                return (index, slot)
            }
            slot = (slot + 1) & mask
        }
        return (nil, slot)
    }

    /// The number that goes with a value; nil when the value is not there.
    func payload(of value: RawSpan) -> Int? {
        guard let index = find(value).entry, entries[index].isThere else { return nil }
        return entries[index].payload
    }

    /// True when the value was not there before. The payload of one that is there stays.
    mutating func insert(_ value: RawSpan, payload: Int = 0) -> Bool {
        let (known, slot) = find(value)
        if let known {
            guard !entries[known].isThere else { return false }
            entries[known].isThere = true
            entries[known].payload = payload
        } else {
            entries.append(Entry(start: block.count, count: value.byteCount, payload: payload, isThere: true))
            unsafe value.withUnsafeBytes { unsafe block.append(contentsOf: $0) }
            slots[slot] = Int32(entries.count)
        }
        count += 1
        valueBytes += value.byteCount
        if entries.count * 2 > slots.count { grow() }
        return true
    }

    /// True when the value was there.
    mutating func remove(_ value: RawSpan) -> Bool {
        guard let known = find(value).entry, entries[known].isThere else { return false }
        entries[known].isThere = false
        count -= 1
        valueBytes -= value.byteCount
        return true
    }

    /// Makes room, and forgets what was removed.
    private mutating func grow() {
        let old = entries.filter(\.isThere)
        let bytes = block
        entries = []
        block = []
        block.reserveCapacity(valueBytes)
        slots = Array(repeating: 0, count: max(64, slots.count * (old.count * 4 > slots.count ? 2 : 1)))
        for entry in old {
            let value = bytes.rawSpan.extracting(entry.start..<entry.start + entry.count)
            let slot = find(value).slot
            entries.append(Entry(start: block.count, count: entry.count, payload: entry.payload, isThere: true))
            unsafe value.withUnsafeBytes { unsafe block.append(contentsOf: $0) }
            slots[slot] = Int32(entries.count)
        }
    }

    /// Calls `body` with each value in the order in which they came.
    func forEach(_ body: (RawSpan) -> Void) {
        for entry in entries where entry.isThere { body(block.rawSpan.extracting(entry.start..<entry.start + entry.count)) }
    }
}
