import Bytes

/// Takes the addresses of inner networks out of a text: TT 20/2017 Mẫu 03 says that only public ones may stand on the form.
enum PublicAddresses {
    static func only(_ text: String) -> String {
        text.split(whereSeparator: { $0 == "," || $0 == ";" || $0.isWhitespace }).filter { part in
            let bare = part.split(separator: "/").first.map(String.init) ?? ""
            guard let address = IPAddress(bare) else { return true }
            return !address.isPrivate
        }.joined(separator: ", ")
    }
}
