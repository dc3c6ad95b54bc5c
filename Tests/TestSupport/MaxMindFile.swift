import Bytes

/// Writes small MaxMind databases (format 2.0): a binary tree over the bits of addresses, whose leaves point at values behind it, and what the
/// file is about at its end.
public struct MaxMindFile: Sendable {
    public indirect enum Value: Sendable {
        case text(String)
        case uint16(UInt16)
        case uint32(UInt32)
        case uint64(UInt64)
        case list([Value])
        case map([(String, Value)])
    }

    private enum Side: Sendable {
        case nothing
        case node(Int)
        /// Offset among the values.
        case value(Int)
    }

    private var nodes: [[Side]] = [[.nothing, .nothing]]
    private var values: [UInt8] = []

    public init() {}

    /// A country's network, as GeoLite2-Country has it: `1.2.0.0/16`, `VN`.
    public mutating func add(_ network: String, country: String) {
        add(network, .map([("country", .map([("geoname_id", .uint32(1)), ("iso_code", .text(country))]))]))
    }

    /// Networks may not hold one another.
    public mutating func add(_ network: String, _ value: Value) {
        let parts = network.split(separator: "/")
        let address = IPAddress(String(parts[0]))!
        // IPv4 lies in the first 2³² addresses of IPv6.
        let bits = address.isV4 ? UInt128(address.v4) : UInt128(address.high) << 64 | UInt128(address.low)
        let length = Int(parts[1])! + (address.isV4 ? 96 : 0)
        let place = values.count
        values += Self.encoded(value)
        var node = 0
        for depth in 0..<length {
            let side = Int(bits >> UInt128(127 - depth) & 1)
            if depth == length - 1 {
                nodes[node][side] = .value(place)
            } else if case .node(let next) = nodes[node][side] {
                node = next
            } else {
                nodes.append([.nothing, .nothing])
                nodes[node][side] = .node(nodes.count - 1)
                node = nodes.count - 1
            }
        }
    }

    /// - Parameter recordSize: bits of one side of a node: 24, 28 or 32.
    public func bytes(type: String, built: UInt64, recordSize: Int = 24) -> [UInt8] {
        var file: [UInt8] = []
        for sides in nodes {
            let numbers = sides.map { side -> UInt32 in
                switch side {
                case .nothing: UInt32(nodes.count)
                case .node(let number): UInt32(number)
                case .value(let offset): UInt32(nodes.count + 16 + offset)
                }
            }
            let (left, right) = (Self.big(numbers[0]), Self.big(numbers[1]))
            switch recordSize {
            case 24: file += left[1...] + right[1...]
            case 28: file += left[1...] + [left[0] << 4 | right[0]] + right[1...]
            default: file += left + right
            }
        }
        file += [UInt8](repeating: 0, count: 16) + values
        let about = Value.map([
            ("binary_format_major_version", .uint16(2)), ("binary_format_minor_version", .uint16(0)), ("build_epoch", .uint64(built)),
            ("database_type", .text(type)), ("description", .map([("en", .text("A test"))])), ("ip_version", .uint16(6)),
            ("languages", .list([.text("en")])), ("node_count", .uint32(UInt32(nodes.count))), ("record_size", .uint16(UInt16(recordSize))),
        ])
        return file + [0xab, 0xcd, 0xef] + Array("MaxMind.com".utf8) + Self.encoded(about)
    }

    private static func big<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
    }

    /// Type and size in one byte; types above 7 in a second.
    private static func head(_ type: UInt8, _ size: Int) -> [UInt8] {
        let length: [UInt8] = size < 29 ? [] : [UInt8(size - 29)]
        let small = UInt8(min(size, 29))
        return (type < 8 ? [type << 5 | small] : [small, type - 7]) + length
    }

    private static func number(_ type: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        let short = Array(bytes.drop { $0 == 0 })
        return head(type, short.count) + short
    }

    private static func encoded(_ value: Value) -> [UInt8] {
        switch value {
        case .text(let text): head(2, text.utf8.count) + Array(text.utf8)
        case .uint16(let value): number(5, big(value))
        case .uint32(let value): number(6, big(value))
        case .uint64(let value): number(9, big(value))
        case .list(let values): head(11, values.count) + values.flatMap(encoded)
        case .map(let members): head(7, members.count) + members.flatMap { encoded(.text($0)) + encoded($1) }
        }
    }
}
