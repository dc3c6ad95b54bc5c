import Detect

/// New rules while packets come.
extension Worker {
    /// Goes on with other rules. What the old ones remember about flows is taken over.
    ///
    /// - Returns: the old ones.
    func change(to fresh: Detector) -> Detector? {
        let stale = detector
        detector = fresh
        return stale
    }
}
