import Bytes
import Testing

@testable import AppLayer

@Suite struct TFTPParserTests {
    private static let read: [UInt8] = [0, 1] + Array("rfc1350.txt\0Octet\0".utf8)

    @Test func requests() throws {
        let write: [UInt8] = [0, 2] + Array("x\0netascii\0blksize\0512\0".utf8)
        let all = readDatagrams(
            [(.toServer, Self.read), (.toServer, write), (.toServer, [0, 1] + Array("x\0odd\0".utf8)), (.toClient, Self.read)],
            TFTPParser(limits: ParserLimits()))
        try #require(all.count == 2)
        #expect(eve(all[0]) == #"{"tftp":{"packet":"read","file":"rfc1350.txt","mode":"octet"}}"#)
        #expect(eve(all[1]) == #"{"tftp":{"packet":"write","file":"x","mode":"netascii"}}"#)
    }

    @Test func prefixesAndMutations() { exerciseDatagrams([(.toServer, Self.read)], seed: 75) { TFTPParser(limits: ParserLimits()) } }
}
