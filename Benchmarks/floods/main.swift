import Glibc
import TestSupport

// bench-floods KIND COUNT [PER-SECOND [START]]   a capture of a flood to standard output, PER-SECOND packets in each second of its time,
// which begins START seconds late

let arguments = CommandLine.arguments
guard arguments.count > 2, let kind = Flood.Kind(rawValue: arguments[1]), let count = Int(arguments[2]) else {
    print("usage: bench-floods \(Flood.Kind.allCases.map(\.rawValue).joined(separator: "|")) COUNT [PER-SECOND]")
    exit(2)
}
let start = UInt64(arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0)
let rate = UInt64(arguments.count > 3 ? Int(arguments[3]) ?? 100_000 : 100_000)
var flood = Flood(kind, seed: start + 1)
var buffer: [UInt8] = []

@MainActor func little(_ value: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { buffer.append(UInt8(truncatingIfNeeded: value >> shift)) }
}
@MainActor func flush() {
    var offset = 0
    while offset < buffer.count {
        let written = buffer[offset...].withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        guard written > 0 else { exit(0) }
        offset += written
    }
    buffer.removeAll(keepingCapacity: true)
}
little(0xa1b2_c3d4)
buffer += [2, 0, 4, 0]
for value in [0, 0, 65_535, 1] as [UInt32] { little(value) }
for index in 0..<UInt64(count) {
    let frame = flood.next()
    little(UInt32(1_795_222_800 + start + index / rate))
    little(UInt32(index % rate * 1_000_000 / rate))
    little(UInt32(frame.count))
    little(UInt32(frame.count))
    buffer += frame
    if buffer.count > 1 << 18 { flush() }
}
flush()
