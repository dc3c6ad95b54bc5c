/// Told now and then how far a long work is. Both numbers count the same thing, the second may become larger while the work goes on.
public typealias WorkProgress = (_ done: Int, _ total: Int) -> Void
