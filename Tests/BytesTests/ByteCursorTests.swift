import Bytes
import Testing

@Suite struct ByteCursorTests {
    @Test func readsInNetworkOrder() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
        var cursor = ByteCursor(bytes.rawSpan)
        let u8 = try cursor.u8()
        #expect(u8 == 0x01)
        let u16 = try cursor.u16()
        #expect(u16 == 0x0203)
        let u24 = try cursor.u24()
        #expect(u24 == 0x040506)
        let u32 = try cursor.u32()
        #expect(u32 == 0x0708_090a)
        let u64 = try cursor.u64()
        #expect(u64 == 0x0b0c_0d0e_0f10_1112)
        let isAtEnd = cursor.isAtEnd
        #expect(isAtEnd)
    }

    @Test func aReadPastTheEndThrowsAndMovesNothing() {
        let bytes: [UInt8] = [1, 2, 3]
        var cursor = ByteCursor(bytes.rawSpan)
        let over = fails(&cursor, 4)
        #expect(over)
        let offset = cursor.offset
        #expect(offset == 0)
        let back = fails(&cursor, -1)
        #expect(back)
        let far = fails(&cursor, .max)
        #expect(far)
        let left = cursor.left
        #expect(left == 3)
    }

    private func fails(_ cursor: inout ByteCursor, _ count: Int) -> Bool {
        do throws(ParseError) {
            _ = try cursor.advance(count)
            return false
        } catch {
            return error == .truncated
        }
    }
}
