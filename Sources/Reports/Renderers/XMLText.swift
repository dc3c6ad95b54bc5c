/// Text made safe for XML content and attributes. What HTML shows as `·` is shown so here too.
enum XMLText {
    static func escaped(_ text: String) -> String { HTMLText.escaped(text) }

    static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
}
