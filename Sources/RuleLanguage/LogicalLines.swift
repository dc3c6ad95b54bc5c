import Bytes

/// One line of a rule or configuration file after its continuations were joined.
public struct LogicalLine: Sendable {
    /// Without the line's end and without the backslashes that join lines.
    public let bytes: [UInt8]
    /// Of the first physical line, from 1.
    public let number: Int
    /// The physical lines in the file's bytes, without the end of the last one.
    public let range: Range<Int>
    /// Where later physical lines begin inside ``bytes``.
    let joins: [Int]

    /// Most bytes in a logical line, as in Suricata.
    public static let limit = 8192

    /// The place of the byte at `offset`.
    public func position(of offset: Int, file: String) -> SourcePosition {
        var line = number
        var start = 0
        for join in joins where join <= offset {
            line += 1
            start = join
        }
        return SourcePosition(file: file, line: line, column: offset - start + 1)
    }

    /// Refuses lines over the limit, control bytes and what is not UTF-8.
    public func check() throws(RuleError) {
        guard bytes.count <= LogicalLine.limit else {
            throw RuleError("the line has \(bytes.count) bytes, expected at most \(LogicalLine.limit)", at: LogicalLine.limit)
        }
        let view = bytes.rawSpan
        var index = 0
        while index < view.byteCount {
            let byte = view.byte(at: index)
            if byte &- 32 < 95 {
                index += 1
                continue
            }
            if byte < 0x80 {
                guard byte == 9 || byte == 10 || byte == 13 else {
                    throw RuleError("control byte 0x\(String(byte, radix: 16)), expected text or |hex| in a content", at: index)
                }
                index += 1
                continue
            }
            let length = UTF8Sequence.length(in: view, at: index)
            guard length > 0 else {
                throw RuleError("byte 0x\(String(byte, radix: 16)) is not UTF-8, expected |hex| for raw bytes", at: index)
            }
            index += length
        }
    }
}

/// The logical lines of a file: comments and blank lines are left out, a backslash at a line's end joins the next line.
public struct LogicalLines: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position = 0
    private var number: Int

    /// - Parameter firstNumber: of the first physical line in `bytes`, from 1.
    public init(_ bytes: [UInt8], firstNumber: Int = 1) {
        self.bytes = bytes
        number = firstNumber - 1
    }

    /// The next physical line without its end, or nil.
    private mutating func physical() -> Range<Int>? {
        guard position < bytes.count else { return nil }
        let start = position
        let newline = bytes[start...].firstIndex(of: 10) ?? bytes.count
        position = newline + 1
        number += 1
        return start..<(newline > start && bytes[newline - 1] == 13 ? newline - 1 : newline)
    }

    public mutating func next() -> LogicalLine? {
        while let line = physical() {
            let content = bytes[line].trimmed
            guard let first = content.first, first != 35 else { continue }
            let firstNumber = number
            if bytes[line.upperBound - 1] != 92 {
                return LogicalLine(bytes: Array(bytes[line]), number: firstNumber, range: line, joins: [])
            }
            var joined = Array(bytes[line].dropLast())
            var joins: [Int] = []
            var end = line.upperBound
            while let more = physical() {
                joins.append(joined.count)
                end = more.upperBound
                let continues = !more.isEmpty && bytes[more.upperBound - 1] == 92
                joined += continues ? bytes[more].dropLast() : bytes[more]
                // A line over the limit is refused anyway; what follows it is not gathered without end.
                guard continues, joined.count <= LogicalLine.limit else { break }
            }
            return LogicalLine(bytes: joined, number: firstNumber, range: line.lowerBound..<end, joins: joins)
        }
        return nil
    }
}
