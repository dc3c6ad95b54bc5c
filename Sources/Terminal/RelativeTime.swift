/// How long ago or how soon something is, in the two languages: `3 giờ trước`, `in 2 d`.
public enum RelativeTime {
    /// - Parameter seconds: since then; negative for what is to come.
    public static func text(seconds: Double, isVietnamese: Bool) -> String {
        let size = Int(min(abs(seconds), 1e12))
        if size < 60 { return isVietnamese ? "vừa xong" : "just now" }
        let (number, vietnamese, english) =
            size < 3600 ? (size / 60, "phút", "min") : size < 2 * 86_400 ? (size / 3600, "giờ", "h") : (size / 86_400, "ngày", "d")
        if seconds < 0 { return isVietnamese ? "còn \(number) \(vietnamese)" : "in \(number) \(english)" }
        return isVietnamese ? "\(number) \(vietnamese) trước" : "\(number) \(english) ago"
    }
}
