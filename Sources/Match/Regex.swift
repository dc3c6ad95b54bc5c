import Bytes
import CPCRE2

/// A compiled Perl-compatible regular expression over bytes (PCRE2, with JIT where the machine has it).
@safe public final class Regex: Sendable {
    public struct Options: Sendable {
        public var isCaseInsensitive = false
        public var isMultiline = false
        public var dotMatchesNewline = false
        public var isExtended = false
        public var isAnchored = false
        public var dollarEndOnly = false
        public var isUngreedy = false
        /// Without the usual bound on steps.
        public var liftsLimit = false

        public init() {}
    }

    // Compiled code is read-only after init; PCRE2 allows matching with it from several threads at once.
    private nonisolated(unsafe) let code: OpaquePointer
    private let liftsLimit: Bool

    public init(_ expression: String, _ options: Options = Options()) throws(MatchError) {
        var flags: UInt32 = PCRE2_NEVER_UTF
        if options.isCaseInsensitive { flags |= PCRE2_CASELESS }
        if options.isMultiline { flags |= PCRE2_MULTILINE }
        if options.dotMatchesNewline { flags |= PCRE2_DOTALL }
        if options.isExtended { flags |= PCRE2_EXTENDED }
        if options.isAnchored { flags |= PCRE2_ANCHORED }
        if options.dollarEndOnly { flags |= PCRE2_DOLLAR_ENDONLY }
        if options.isUngreedy { flags |= PCRE2_UNGREEDY }
        var problem: Int32 = 0
        var place = 0
        let text = Array(expression.utf8)
        guard let made = unsafe pcre2_compile_8(text, text.count, flags, &problem, &place, nil) else {
            var message = [UInt8](repeating: 0, count: 256)
            let size = unsafe pcre2_get_error_message_8(problem, &message, message.count)
            throw .expression(expression, offset: place, reason: String(decoding: message.prefix(max(0, Int(size))), as: UTF8.self))
        }
        unsafe code = made
        liftsLimit = options.liftsLimit
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Translates to machine code; costs some ten microseconds, saves most of the time of each match. Where that is not possible, matching goes on
    /// as before.
    ///
    /// To be called before the expression is handed to other threads.
    public func accelerate() { _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE) }

    /// Where the expression matches in `bytes` at or after `start`; reaching a limit is no match.
    public func firstMatch(in bytes: RawSpan, from start: Int, _ scratch: RegexScratch) -> Range<Int>? {
        guard start >= 0, start <= bytes.byteCount else { return nil }
        // PCRE2 refuses a nil subject even when it is empty.
        if bytes.byteCount == 0 {
            let empty: [UInt8] = [0]
            return run(empty.rawSpan.prefix(0), empty.rawSpan, 0, scratch)
        }
        return run(bytes, bytes, start, scratch)
    }

    private func run(_ bytes: RawSpan, _ backing: RawSpan, _ start: Int, _ scratch: RegexScratch) -> Range<Int>? {
        let count = bytes.byteCount
        let status = unsafe backing.withUnsafeBytes { buffer in
            let text = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let context = unsafe liftsLimit ? nil : scratch.context
            let status = unsafe pcre2_match_8(code, text, count, start, 0, scratch.data, context)
            // Machine code has a small stack; what needs more is matched without it.
            return status == PCRE2_ERROR_JIT_STACKLIMIT
                ? unsafe pcre2_match_8(code, text, count, start, PCRE2_NO_JIT, scratch.data, context) : status
        }
        guard status >= 0, let pairs = unsafe pcre2_get_ovector_pointer_8(scratch.data) else { return nil }
        let first = unsafe pairs[0]
        let second = unsafe pairs[1]
        return first <= second ? first..<second : nil
    }

    /// A group of the last match of `scratch`, when it took part; groups count from 1, up to 31.
    public static func group(_ number: Int, _ scratch: RegexScratch) -> Range<Int>? {
        guard (1..<32).contains(number), let pairs = unsafe pcre2_get_ovector_pointer_8(scratch.data),
            number < Int(unsafe pcre2_get_ovector_count_8(scratch.data))
        else { return nil }
        let first = unsafe pairs[2 * number]
        let second = unsafe pairs[2 * number + 1]
        return first != Int.max && first <= second && first != Int(bitPattern: UInt.max) ? first..<second : nil
    }

    /// The first group of the last match of `scratch`, when it took part.
    public static func firstGroup(_ scratch: RegexScratch) -> Range<Int>? {
        guard let pairs = unsafe pcre2_get_ovector_pointer_8(scratch.data) else { return nil }
        let first = unsafe pairs[2]
        let second = unsafe pairs[3]
        return first != Int.max && first <= second && first != Int(bitPattern: UInt.max) ? first..<second : nil
    }
}

/// Working memory of one worker for matching. Limits are those of Suricata: 3500 steps, depth 1500.
@safe public final class RegexScratch {
    fileprivate let data: OpaquePointer?
    fileprivate let context: OpaquePointer?

    public init() {
        unsafe data = pcre2_match_data_create_8(32, nil)
        unsafe context = pcre2_match_context_create_8(nil)
        unsafe pcre2_set_match_limit_8(context, 3500)
        unsafe pcre2_set_depth_limit_8(context, 1500)
    }

    deinit {
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_match_context_free_8(context)
    }
}
