import Bytes

/// Data ports as FTP writes them.
enum FTPPort {
    /// `h1,h2,h3,h4,p1,p2` somewhere in the text: address and port of PORT and of the answer to PASV (RFC 959 §3.2).
    static func hostPort(_ text: [UInt8]) -> (address: IPAddress, port: UInt16)? {
        var numbers: [UInt8] = []
        var current: Int?
        for byte in text + [32] {
            if ASCII.isDigit(byte) {
                current = (current ?? 0) * 10 + Int(byte - 48)
                if current! > 255 { return nil }
                continue
            }
            if let value = current {
                numbers.append(UInt8(value))
                current = nil
                if numbers.count == 6 { break }
                if byte != 44 { numbers = [] }
            } else if !numbers.isEmpty {
                return nil
            }
        }
        guard numbers.count == 6 else { return nil }
        let host = numbers.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return (IPAddress(v4: host), UInt16(numbers[4]) << 8 | UInt16(numbers[5]))
    }

    /// `|1|132.235.1.2|6275|` of EPRT, `|||6446|` of the answer to EPSV (RFC 2428): the port is the last number between two bars.
    static func extended(_ text: [UInt8]) -> UInt16? {
        let parts = text.split(separator: 124, omittingEmptySubsequences: false)
        guard parts.count >= 3, let digits = parts.dropLast().last, !digits.isEmpty, digits.count <= 5, digits.allSatisfy(ASCII.isDigit)
        else {
            return nil
        }
        return UInt16(String(decoding: digits, as: UTF8.self))
    }
}
