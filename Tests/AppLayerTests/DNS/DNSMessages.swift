/// Builds DNS messages for tests.
enum DNSMessages {
    static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }

    static func header(_ flags: Int, _ questions: Int, _ answers: Int = 0, _ authorities: Int = 0, _ additionals: Int = 0) -> [UInt8] {
        word(0x3e80) + word(flags) + word(questions) + word(answers) + word(authorities) + word(additionals)
    }

    static func question(_ name: String, _ type: Int) -> [UInt8] { self.name(name) + word(type) + word(1) }

    /// A record whose name points to the first question.
    static func record(_ type: Int, ttl: Int = 300, _ data: [UInt8]) -> [UInt8] {
        [0xc0, 0x0c] + word(type) + word(1) + word(0) + word(ttl) + word(data.count) + data
    }

    static let query = header(0x0100, 1) + question("Www.Example.vn", 1)

    static let response =
        header(0x8180, 1, 5, 1, 1) + question("www.example.vn", 1)
        + record(5, name("web.example.vn")) + record(1, [10, 1, 2, 3])
        + record(28, [0x20, 1, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [1])
        + record(15, [0, 10, 4] + Array("mail".utf8) + [0xc0, 0x10]) + record(16, [3] + Array("abc".utf8) + [0])
        + record(6, name("ns.example.vn") + name("admin.example.vn") + [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5])
        + [0] + word(41) + word(1232) + [0, 0, 0, 0] + word(0)

    static func framed(_ message: [UInt8]) -> [UInt8] { word(message.count) + message }
}
