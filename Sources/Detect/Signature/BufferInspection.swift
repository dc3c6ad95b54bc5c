import AppLayer
import Bytes

/// Where a run of tests looks.
public enum InspectedBuffer: Hashable, Sendable {
    /// The packet's payload or the reassembled stream.
    case payload
    /// A field of a transaction.
    case field(BufferID)
    /// What `base64_decode` of the same rule decoded.
    case base64Data
    /// A header of the packet.
    case header(PacketHeader)
    /// A file as a whole: ``BufferInspection/fileTests`` and no others.
    case file
}

/// A header whose bytes are a buffer.
public enum PacketHeader: Hashable, Sendable {
    case ipv4, ipv6, tcp, udp, icmpv4, icmpv6
    /// `ip.src`, `ip.dst`: 4 or 16 bytes, also where no packet is at hand but its ends are known.
    case sourceAddress, destinationAddress

    var isAddress: Bool { self == .sourceAddress || self == .destinationAddress }
}

/// One run of tests on one buffer. A multiple buffer named twice in a rule makes two runs, which may hold on different instances.
public struct BufferInspection: Sendable {
    public var buffer: InspectedBuffer
    /// Applied to the buffer's bytes, in order, before the tests.
    public var transforms: [BufferTransform] = []
    /// In rule order. Evaluated left to right with one relative cursor and back-tracking (rule-semantics C10–C12).
    public var tests: [ContentTest] = []
    /// For ``InspectedBuffer/file``.
    public var fileTests: [FileTest] = []
    /// Index into `tests` of the content that the prefilter searches for, when this run holds the rule's fast pattern.
    public var fastPattern: FastPattern?

    /// The side whose bytes are meant, in rules on both sides of a transaction; nil where the rule's direction says it.
    public var side: FlowDirection?

    public init(buffer: InspectedBuffer) { self.buffer = buffer }
}

/// The content, or a part of it, that the prefilter looks for on behalf of a rule.
public struct FastPattern: Sendable, Equatable {
    /// Index of the `content` in ``BufferInspection/tests``.
    public var test: Int
    /// The part of its bytes that is searched for (`fast_pattern:offset,length`).
    public var slice: Range<Int>

    public init(test: Int, slice: Range<Int>) {
        self.test = test
        self.slice = slice
    }
}

/// What is done to a buffer's bytes before the tests see them.
public enum BufferTransform: Hashable, Sendable {
    case dotPrefix
    case toLowercase, toUppercase
    case stripWhitespace, compressWhitespace
    case toMD5, toSHA1, toSHA256
    case urlDecode
    case xor([UInt8])
    case headerLowercase, stripPseudoHeaders
    case domain, topLevelDomain
    case fromBase64(bytes: Int?, offset: Int, mode: Base64Mode)
    /// `gunzip`, `zlib_deflate`: at most so many bytes come out.
    case gunzip(limit: Int), inflate(limit: Int)
    case slice(BufferSlice)
    /// Index into the rule set's table of regular expressions; the first group replaces the buffer.
    case regularExpression(String)
}

/// `subslice`: a part of the buffer; negative numbers count from its end.
public struct BufferSlice: Hashable, Sendable {
    public var offset: Int
    public var count: Int?
    /// What reaches past the buffer is cut to it instead of giving nothing.
    public var truncates = false

    public init(offset: Int, count: Int? = nil) {
        self.offset = offset
        self.count = count
    }
}

public enum Base64Mode: Hashable, Sendable { case rfc4648, rfc2045, strict }

/// One test on the bytes of a buffer.
public enum ContentTest: Sendable {
    case content(ContentPattern)
    case pcre(PCREPattern)
    case byteTest(ByteTest)
    case byteJump(ByteJump)
    case byteExtract(ByteExtract)
    case byteMath(ByteMath)
    case isDataAt(IsDataAt)
    /// `bsize`, `urilen` and their like: the size of the buffer in bytes.
    case size(IntegerRange)
    case base64Decode(bytes: Int?, offset: Int, isRelative: Bool)
    /// `absent` (`orElse` false: the buffer must not be there; true: not there, or the other tests hold).
    case absent(orElse: Bool)
    case asn1(ASN1Test)
    case dataset(DatasetTest)
    /// `datarep`: the reputation that came with the buffer in a list.
    case reputation(Dataset, IntegerRange)
    case entropy(EntropyTest)
}

/// A number written in the rule or the name of a variable set by `byte_extract` or `byte_math` in the same buffer (index of the variable).
public enum ByteValue: Hashable, Sendable {
    case constant(Int64)
    case variable(Int)
}

/// `content` with its modifiers.
public struct ContentPattern: Sendable {
    public var bytes: [UInt8]
    public var isNegated = false
    public var isCaseInsensitive = false
    /// From the buffer's start.
    public var offset: ByteValue?
    public var depth: ByteValue?
    /// From the end of the match before.
    public var distance: ByteValue?
    public var within: ByteValue?
    public var startsWith = false
    public var endsWith = false
    public var isFastPattern = false
    /// `fast_pattern:only`, or a slice that is the whole pattern and needs no second look.
    public var fastPatternSlice: Range<Int>?

    public var isRelative: Bool { distance != nil || within != nil }

    public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// `pcre:"/…/flags"`.
public struct PCREPattern: Sendable {
    /// The expression between the slashes.
    public var expression: String
    public var isNegated = false
    /// i, m, s, x, A, E, G.
    public var options: Set<Character> = []
    /// R: starts at the end of the match before.
    public var isRelative = false
    /// O: without the match limit.
    public var liftsLimit = false
    /// Variables that groups set.
    public var captures: [PCRECapture] = []

    public init(expression: String) { self.expression = expression }
}

/// A group of an expression whose text is kept: in the flow, with the packet's events, or in the alert.
public struct PCRECapture: Sendable, Equatable {
    public enum Scope: Sendable { case flow, packet, alert }
    public var scope: Scope
    public var name: String
    /// Number of the group, from 1.
    public var group: Int

    public init(scope: Scope, name: String, group: Int) {
        self.scope = scope
        self.name = name
        self.group = group
    }
}

public struct ByteTest: Sendable {
    public enum Operator: Sendable { case equal, less, greater, lessOrEqual, greaterOrEqual, and, xor }
    /// Bytes to read; 0 with `string` reads as many digits as there are.
    public var size: ByteValue
    public var isNegated = false
    public var comparison: Operator
    public var value: ByteValue
    public var offset: ByteValue
    public var isRelative = false
    public var reading = NumberReading()

    public init(size: ByteValue, comparison: Operator, value: ByteValue, offset: ByteValue) {
        self.size = size
        self.comparison = comparison
        self.value = value
        self.offset = offset
    }
}

/// How bytes become a number.
public struct NumberReading: Sendable, Equatable {
    public enum Text: UInt8, Sendable { case decimal, hexadecimal, octal }
    public var isLittleEndian = false
    /// `dce`: byte order from the DCERPC header.
    public var isDCE = false
    /// `string,dec|hex|oct`; nil for binary numbers.
    public var text: Text?
    /// 0 for none. The result is ANDed and shifted right by the mask's trailing zeros.
    public var bitmask: UInt64 = 0

    public init() {}
}

public struct ByteJump: Sendable {
    public var size: ByteValue
    public var offset: ByteValue
    public var isRelative = false
    public var multiplier: Int64 = 1
    public var isAligned = false
    public var fromBeginning = false
    public var fromEnd = false
    public var postOffset: ByteValue = .constant(0)
    public var reading = NumberReading()

    public init(size: ByteValue, offset: ByteValue) {
        self.size = size
        self.offset = offset
    }
}

public struct ByteExtract: Sendable {
    public var size: Int
    public var offset: Int64
    /// Index of the variable that is set.
    public var variable: Int
    public var isRelative = false
    public var multiplier: Int64 = 1
    /// 1, 2 or 4.
    public var alignment: Int64 = 1
    public var reading = NumberReading()

    public init(size: Int, offset: Int64, variable: Int) {
        self.size = size
        self.offset = offset
        self.variable = variable
    }
}

public struct ByteMath: Sendable {
    public enum Operator: Sendable { case add, subtract, multiply, divide, shiftLeft, shiftRight }
    public var size: ByteValue
    public var offset: Int64
    public var operation: Operator
    public var operand: ByteValue
    /// Index of the variable that is set.
    public var variable: Int
    public var isRelative = false
    public var reading = NumberReading()

    public init(size: ByteValue, offset: Int64, operation: Operator, operand: ByteValue, variable: Int) {
        self.size = size
        self.offset = offset
        self.operation = operation
        self.operand = operand
        self.variable = variable
    }
}

public struct IsDataAt: Sendable {
    public var position: ByteValue
    public var isNegated = false
    public var isRelative = false

    public init(position: ByteValue) { self.position = position }
}

/// `asn1` (Snort's checks of ASN.1 in payloads).
public struct ASN1Test: Sendable, Equatable {
    public var bitstringOverflow = false
    public var doubleOverflow = false
    public var oversizeLength: UInt32?
    public var absoluteOffset: Int64?
    public var relativeOffset: Int64?

    public init() {}
}

/// Suricata's grammar for integers: n, <n, >n, <=n, >=n, !n, a<>b with both ends excluded.
public struct IntegerRange: Hashable, Sendable {
    public enum Comparison: Hashable, Sendable {
        case equal(UInt64), notEqual(UInt64), less(UInt64), lessOrEqual(UInt64), greater(UInt64), greaterOrEqual(UInt64)
        /// Both ends excluded.
        case between(UInt64, UInt64)
        case notBetween(UInt64, UInt64)
        /// The bits of a mask have this value, or another one.
        case bits(mask: UInt64, equal: UInt64), otherBits(mask: UInt64, than: UInt64)
    }
    public var comparison: Comparison

    public init(_ comparison: Comparison) { self.comparison = comparison }

    /// The highest number in the range; nil where there is none.
    var upperBound: UInt64? {
        switch comparison {
        case .equal(let n), .lessOrEqual(let n): n
        case .less(let n), .between(_, let n): n == 0 ? 0 : n - 1
        case .notEqual, .greater, .greaterOrEqual, .notBetween, .bits, .otherBits: nil
        }
    }

    /// The lowest number in the range, or one below it.
    var lowerBound: UInt64 {
        switch comparison {
        case .equal(let n), .greaterOrEqual(let n): n
        case .greater(let n), .between(let n, _): n == .max ? n : n + 1
        case .notEqual, .less, .lessOrEqual, .notBetween, .bits, .otherBits: 0
        }
    }

    @inlinable
    public func contains(_ value: UInt64) -> Bool {
        switch comparison {
        case .equal(let n): value == n
        case .notEqual(let n): value != n
        case .less(let n): value < n
        case .lessOrEqual(let n): value <= n
        case .greater(let n): value > n
        case .greaterOrEqual(let n): value >= n
        case .between(let low, let high): low < value && value < high
        case .notBetween(let low, let high): !(low < value && value < high)
        case .bits(let mask, let wanted): value & mask == wanted
        case .otherBits(let mask, let other): value & mask != other
        }
    }
}
