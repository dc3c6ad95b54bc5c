import Bytes
import Glibc

/// Writes moments as EVE does: `2023-11-14T22:13:20.060000+0000`, in the machine's time zone.
///
/// The part up to the second is kept from line to line, since most lines share it with the one before.
public struct TimestampFormatter: Sendable {
    private var second = Int64.min
    /// The second with which the minute of `text` began.
    private var minute = Int64.max
    private var text: InlineArray<19, UInt8> = InlineArray(repeating: 0)
    private var zone: InlineArray<5, UInt8> = InlineArray(repeating: 0)

    public init() {}

    /// Writes `"timestamp"`-like values: the quoted text, at the writer's place.
    public mutating func write(_ time: Timestamp, to json: inout JSONWriter) {
        if time.seconds != second { prepare(time.seconds) }
        json.beginText()
        json.buffer.append(text.span.bytes)
        json.buffer.append(46)
        json.buffer.append(decimal: UInt64(time.subsecondMicroseconds), width: 6)
        json.buffer.append(zone.span.bytes)
        json.endText()
    }

    private mutating func prepare(_ second: Int64) {
        let isSameMinute = minute <= second && second < minute &+ 60
        self.second = second
        guard !isSameMinute else {
            put(Int(second &- minute), at: 17, width: 2)
            return
        }
        var clock = time_t(second)
        var parts = unsafe tm()
        unsafe localtime_r(&clock, &parts)
        put(unsafe Int(parts.tm_year) + 1900, at: 0, width: 4)
        put(unsafe Int(parts.tm_mon) + 1, at: 5, width: 2)
        put(unsafe Int(parts.tm_mday), at: 8, width: 2)
        put(unsafe Int(parts.tm_hour), at: 11, width: 2)
        put(unsafe Int(parts.tm_min), at: 14, width: 2)
        put(unsafe Int(parts.tm_sec), at: 17, width: 2)
        // No minute where a second is left over: those have 61.
        minute = unsafe parts.tm_sec < 60 ? second - Int64(parts.tm_sec) : .max
        text[4] = 45
        text[7] = 45
        text[10] = 84
        text[13] = 58
        text[16] = 58
        let minutes = unsafe parts.tm_gmtoff / 60
        zone[0] = minutes < 0 ? 45 : 43
        let size = abs(minutes)
        zone[1] = digit(size / 600)
        zone[2] = digit(size / 60 % 10)
        zone[3] = digit(size % 60 / 10)
        zone[4] = digit(size % 10)
    }

    private func digit(_ value: Int) -> UInt8 { 48 + UInt8(truncatingIfNeeded: value % 10) }

    private mutating func put(_ value: Int, at start: Int, width: Int) {
        var rest = value
        for index in stride(from: start + width - 1, through: start, by: -1) {
            text[index] = digit(rest)
            rest /= 10
        }
    }
}
