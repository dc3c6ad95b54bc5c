import Bytes
import CHyperscan

/// Many literals searched for at once in a block of bytes, by Hyperscan (or Vectorscan, which has the same interface).
///
/// Which literals the text holds is all that is asked; where, the rules look for themselves.
@safe public final class LiteralSet: Sendable {
    // The database is never written after init, and hs_scan may read it from any number of threads (Hyperscan manual, "Runtime").
    private nonisolated(unsafe) let database: OpaquePointer
    /// Different literals in the set.
    public let count: Int

    /// - Parameter literals: at least one, each at least one byte; ids may repeat.
    public init(_ literals: [Literal]) throws(MatchError) {
        count = literals.count
        var expressions: [UnsafeMutablePointer<CChar>?] = unsafe []
        var flags: [UInt32] = []
        var ids: [UInt32] = []
        for literal in literals {
            // Every byte as \xHH: literal mode of some releases refuses NUL at the beginning.
            var text: [CChar] = []
            text.reserveCapacity(literal.bytes.count * 4 + 1)
            for byte in literal.bytes {
                text.append(92)
                text.append(120)
                text.append(CChar(ASCII.hexDigit(byte >> 4)))
                text.append(CChar(ASCII.hexDigit(byte)))
            }
            text.append(0)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            unsafe copy.initialize(from: text, count: text.count)
            unsafe expressions.append(copy)
            flags.append(UInt32(HS_FLAG_SINGLEMATCH) | (literal.isCaseInsensitive ? UInt32(HS_FLAG_CASELESS) : 0))
            ids.append(literal.id)
        }
        var made: OpaquePointer?
        var problem: UnsafeMutablePointer<hs_compile_error_t>?
        let views = unsafe expressions.map { unsafe UnsafePointer<CChar>($0) }
        let status = unsafe views.withUnsafeBufferPointer { pointers in
            unsafe hs_compile_multi(
                pointers.baseAddress, flags, ids, UInt32(literals.count), UInt32(HS_MODE_BLOCK), nil, &made, &problem)
        }
        for index in unsafe expressions.indices { unsafe expressions[index]?.deallocate() }
        guard status == HS_SUCCESS, let made = unsafe made else {
            var reason = "error \(status)"
            if let problem = unsafe problem {
                reason = unsafe String(cString: problem.pointee.message)
                unsafe hs_free_compile_error(problem)
            }
            throw .literals(reason: reason)
        }
        unsafe database = made
    }

    deinit { unsafe hs_free_database(database) }

    /// Adds the numbers of the literals that `bytes` hold to the scratch's candidates.
    public func scan(_ bytes: RawSpan, _ scratch: MatchScratch) {
        guard bytes.byteCount > 0 else { return }
        let context = unsafe Unmanaged.passUnretained(scratch.candidates).toOpaque()
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            _ = unsafe hs_scan(
                database, base.assumingMemoryBound(to: CChar.self), UInt32(truncatingIfNeeded: buffer.count), 0, scratch.space,
                { id, _, _, _, context in
                    guard let context = unsafe context else { return 0 }
                    unsafe Unmanaged<Candidates>.fromOpaque(context).takeUnretainedValue().insert(id)
                    return 0
                }, context)
        }
    }

    fileprivate func grow(_ space: inout OpaquePointer?) -> Bool { unsafe hs_alloc_scratch(database, &space) == HS_SUCCESS }
}

/// Working memory of one worker for all sets that it scans with.
@safe public final class MatchScratch {
    public let candidates = Candidates()
    fileprivate var space: OpaquePointer?

    public init() {}

    /// Makes room for a set; to be called for each before it is scanned with.
    public func prepare(for set: LiteralSet) throws(MatchError) {
        guard unsafe set.grow(&space) else { throw .outOfMemory }
    }

    deinit { unsafe hs_free_scratch(space) }
}
