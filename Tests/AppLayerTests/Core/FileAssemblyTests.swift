import Bytes
import Testing

@testable import AppLayer

@Suite struct FileAssemblyTests {
    private static func assembly() -> FileAssembly {
        FileAssembly(TransferredFile(direction: .toServer, name: [97], limit: 0, hashes: []))
    }

    @Test func chunksInAnyOrder() {
        let assembly = Self.assembly()
        assembly.begin(offset: 6, size: 3, Array("ghi".utf8).rawSpan)
        assembly.begin(offset: 3, size: 3, Array("d".utf8).rawSpan)
        #expect(assembly.waitingBytes == 4)
        #expect(assembly.add(Array("ef and more".utf8).rawSpan) == 2)
        #expect(assembly.waitingChunks == 2)
        assembly.begin(offset: 0, size: 3, Array("abc".utf8).rawSpan)
        #expect(assembly.waitingBytes == 0)
        #expect(assembly.position == 9)
        assembly.close()
        #expect(String(decoding: assembly.file.content.bytes, as: UTF8.self) == "abcdefghi")
        #expect(assembly.file.state == .closed)
    }

    @Test func aChunkThatIsNotWholeCutsTheFile() {
        let assembly = Self.assembly()
        assembly.begin(offset: 0, size: 5, [1, 2].rawSpan)
        assembly.begin(offset: 5, size: 1, [6].rawSpan)
        #expect(assembly.file.state == .truncated)
        #expect(!assembly.isOpen)
    }

    @Test func gapsWithinAChunk() {
        let assembly = Self.assembly()
        assembly.begin(offset: 0, size: 5, [1, 2].rawSpan)
        #expect(assembly.gap(2) == 2)
        #expect(assembly.add([5, 6].rawSpan) == 1)
        #expect(assembly.gap(3) == 0)
        assembly.close()
        #expect(assembly.file.content.hasGap)
        #expect(assembly.position == 5)
    }

    @Test func recentTablesForgetTheOldest() {
        var table = RecentTable<Int, Int>(limit: 3)
        for key in 0..<100 {
            table.insert(key, for: key)
            if key % 2 == 0 { table.remove(key) }
        }
        #expect(table.count == 3)
        #expect([95, 97, 99].allSatisfy { table[$0] == $0 })
        table.insert(1, for: 95)
        table.insert(2, for: 101)
        #expect(table[95] == nil)
    }
}
