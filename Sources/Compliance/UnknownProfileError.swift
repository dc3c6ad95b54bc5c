import Wording

/// No profile has that id.
public struct UnknownProfileError: BilingualError, Hashable {
    public var name: String
    public var known: [String]

    public var vietnamese: String {
        "không có hồ sơ tuân thủ \(name); hiện có \(known.joined(separator: ", ")), hoặc chỉ đường dẫn tới tệp .yaml"
    }
    public var english: String { "no compliance profile \(name); there are \(known.joined(separator: ", ")), or name a .yaml file" }
}
