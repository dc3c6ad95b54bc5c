import Bytes

/// Takes the addresses of inner networks out of a text: TT 20/2017 Mẫu 03 says that only public ones may stand on the form.
enum PublicAddresses {
    /// The public ones of a list.
    static func only(_ text: String) -> String {
        text.split(whereSeparator: { $0 == "," || $0 == ";" || $0.isWhitespace }).filter { !isInner($0) }.joined(separator: ", ")
    }

    /// A running text with another word for each inner address.
    static func masked(_ text: String, with word: String) -> String {
        var result = ""
        var run = ""
        func flush() {
            // A full stop or a colon may end the sentence behind an address.
            var tail = ""
            var bare = run[...]
            while let last = bare.last, last == "." || last == ":" {
                tail = String(last) + tail
                bare = bare.dropLast()
            }
            result += !bare.isEmpty && isInner(bare) ? word + tail : run
            run = ""
        }
        for character in text {
            if character.isHexDigit || character == "." || character == ":" || character == "/" {
                run.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }

    /// An address, a block or an address with its port that lies within private space.
    private static func isInner(_ text: Substring) -> Bool {
        let bare = text.split(separator: "/").first ?? ""
        if let address = IPAddress(String(bare)) { return address.isPrivate }
        let parts = bare.split(separator: ":")
        guard parts.count == 2, let address = IPAddress(String(parts[0])) else { return false }
        return address.isPrivate
    }
}
