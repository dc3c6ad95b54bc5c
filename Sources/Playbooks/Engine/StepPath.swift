import Foundation

/// One passage of a run through a step: the same in every run that goes the same way, whatever runs beside it, so that a run that was
/// interrupted finds what it had done. Sorted as text, passages stand in the order of the workflow.
///
///     0003.parallel--…/b01/0001.while-condition--…/r0002/0001.action--…/c1
public struct StepPath: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    static let root = StepPath("")

    func adding(_ part: String) -> StepPath { StepPath(rawValue.isEmpty ? part : rawValue + "/" + part) }

    /// The passage through a step as the `number`th of its branch.
    func step(_ id: StepID, number: Int) -> StepPath { adding(Self.digits(number, 4) + "." + id.rawValue) }
    func branch(_ index: Int) -> StepPath { adding("b" + Self.digits(index, 2)) }
    func round(_ number: Int) -> StepPath { adding("r" + Self.digits(number, 4)) }
    func command(_ index: Int) -> StepPath { adding("c" + Self.digits(index, 2)) }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    /// How deep it stands: 0 for the steps of the workflow itself.
    public var depth: Int { rawValue.split(separator: "/").count { $0.contains(".") } - (rawValue.contains(".") ? 1 : 0) }

    /// The type of the step that it ends with, which the step's id begins with: `if-condition`. Nil for a command of a step.
    public var stepType: String? {
        guard let last = rawValue.split(separator: "/").last, let dot = last.firstIndex(of: "."),
            let end = last.range(of: "--", range: dot..<last.endIndex)?.lowerBound
        else { return nil }
        return String(last[last.index(after: dot)..<end])
    }

    public var description: String { rawValue }
    public static func < (a: StepPath, b: StepPath) -> Bool { a.rawValue < b.rawValue }
}
