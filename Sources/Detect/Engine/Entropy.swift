import Bytes
import Glibc

/// Shannon entropy over bytes.
enum Entropy {
    /// Bits a byte, 0...8; 0 for no bytes.
    static func bitsPerByte(_ bytes: RawSpan) -> Double {
        guard bytes.byteCount > 0 else { return 0 }
        var counts: InlineArray<256, UInt32> = .init(repeating: 0)
        for index in 0..<bytes.byteCount { counts[Int(bytes.byte(at: index))] &+= 1 }
        let total = Double(bytes.byteCount)
        var result = 0.0
        for value in 0..<256 where counts[value] > 0 {
            let share = Double(counts[value]) / total
            result -= share * log2(share)
        }
        return result
    }
}
