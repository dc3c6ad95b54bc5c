/// A line that a person types.
public struct LineEditor: Sendable, Hashable {
    private var characters: [Character]
    public private(set) var cursor: Int

    public init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    public var text: String { String(characters) }

    /// Longer lines are cut: a paste must not grow without bound.
    private static let longest = 4000

    /// Takes a key.
    /// - Returns: false for keys that are none of the line's.
    public mutating func take(_ key: Key) -> Bool {
        switch key {
        case .character(let character):
            guard characters.count < Self.longest else { return true }
            // A mark that comes by itself belongs to the character before it.
            if cursor > 0, DisplayText.width(String(character)) == 0 {
                let joined = String(characters[cursor - 1]) + String(character)
                if joined.count == 1 { characters[cursor - 1] = Character(joined) }
                return true
            }
            characters.insert(character, at: cursor)
            cursor += 1
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .backspace, .control("h"):
            guard cursor > 0 else { return true }
            cursor -= 1
            characters.remove(at: cursor)
        case .delete, .control("d"):
            if cursor < characters.count { characters.remove(at: cursor) }
        case .control("u"):
            characters.removeFirst(cursor)
            cursor = 0
        case .control("k"): characters.removeLast(characters.count - cursor)
        case .control("w"):
            while cursor > 0, characters[cursor - 1] == " " { removeBefore() }
            while cursor > 0, characters[cursor - 1] != " " { removeBefore() }
        default: return false
        }
        return true
    }

    private mutating func removeBefore() {
        cursor -= 1
        characters.remove(at: cursor)
    }

    /// The part of the line that fits, and where the cursor stands in it.
    public func window(columns: Int) -> (text: String, cursor: Int) {
        let room = max(4, columns) - 1
        var start = 0
        func width(_ range: Range<Int>) -> Int { DisplayText.width(DisplayText.safe(String(characters[range]))) }
        while start < cursor, width(start..<cursor) > room { start += 1 }
        var end = cursor
        while end < characters.count, width(start..<end + 1) <= room { end += 1 }
        return (String(characters[start..<end]), width(start..<cursor))
    }
}
