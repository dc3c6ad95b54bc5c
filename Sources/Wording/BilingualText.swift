/// A text in both languages.
public struct BilingualText: Sendable, Hashable {
    public var vietnamese: String
    public var english: String

    public init(_ vietnamese: String, _ english: String) {
        self.vietnamese = vietnamese
        self.english = english
    }

    public subscript(language: Language) -> String { language == .vi ? vietnamese : english }
}
