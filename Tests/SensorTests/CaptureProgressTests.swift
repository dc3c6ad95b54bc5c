import Testing

@testable import Sensor

@Suite struct CaptureProgressTests {
    @Test func theLineSaysShareSizeAndTime() {
        let line = CaptureProgress.line("office.pcap", 120_000_000, of: 240_000_000, seconds: 6, columns: 80)
        #expect(line.hasPrefix("office.pcap [####") && line.hasSuffix("] 50%  120 of 240 MB  ~6 s"))
        #expect(line.utf8.count < 80)
    }

    @Test(arguments: [1, 10, 20, 30, 40, 60, 80, 200], [0, 1, 5_000_000, 9_000_000_000] as [Int64])
    func itNeverFillsTheLine(columns: Int, done: Int64) {
        let line = CaptureProgress.line(
            "một-tên-tệp-rất-dài-của-buổi-ghi-hôm-qua.pcapng", done, of: 9_000_000_000, seconds: 100, columns: columns)
        #expect(columns < 40 || line.utf8.count < columns)
        #expect(line.utf8.allSatisfy { $0 >= 32 && $0 < 127 })
    }
}
