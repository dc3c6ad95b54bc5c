import Bytes
import Glibc

/// What libFuzzer calls. One program holds every target; VONGGAC_FUZZ_TARGET chooses, and `list` prints their names.
private let chosen: FuzzTarget = {
    let name = unsafe getenv("VONGGAC_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? "list"
    if let target = FuzzTarget.all.first(where: { $0.name == name }) { return target }
    for target in FuzzTarget.all { print(target.name, target.seedPorts.joined(separator: " ")) }
    exit(name == "list" ? 0 : 2)
}()

@_cdecl("LLVMFuzzerInitialize")
public func fuzzerInitialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
    _ = chosen
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzerTestOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    chosen.run(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}

/// Something that takes bytes from anybody.
struct FuzzTarget: Sendable {
    let name: String
    /// `tcp/80`, `udp/53`: streams of these server ports in our captures are seeds.
    var seedPorts: [String] = []
    /// Must neither trap nor hang nor grow; what it checks beyond that ends in ``fail(_:)``.
    let run: @Sendable ([UInt8]) -> Void

    static let all: [FuzzTarget] =
        ProtocolTarget.all + [
            FuzzTarget(name: "pipeline", run: PipelineTarget.run),
            FuzzTarget(name: "reassembly", run: StreamTargets.reassembly),
            FuzzTarget(name: "fragments", run: StreamTargets.fragments),
            FuzzTarget(name: "capture-file", run: CaptureFileTarget.run),
            FuzzTarget(name: "codings", run: BodyTargets.codings),
            FuzzTarget(name: "mail", run: BodyTargets.mail),
            FuzzTarget(name: "sdp", run: BodyTargets.sessionDescription),
            FuzzTarget(name: "search", run: SearchTarget.run),
            FuzzTarget(name: "rule", run: RuleTarget.run),
            FuzzTarget(name: "transform", run: RuleTarget.runTransforms),
            FuzzTarget(name: "rule-cache", run: RuleCacheTarget.run),
            FuzzTarget(name: "threshold", run: RuleTarget.runThresholds),
            FuzzTarget(name: "configuration", run: TextTargets.configuration),
            FuzzTarget(name: "catalogues", run: TextTargets.catalogues),
            FuzzTarget(name: "dataset", run: TextTargets.dataset),
            FuzzTarget(name: "reputation", run: TextTargets.reputation),
            FuzzTarget(name: "playbook", run: PlaybookTargets.playbook),
            FuzzTarget(name: "playbook-comments", run: PlaybookTargets.comments),
            FuzzTarget(name: "playbook-signature", run: PlaybookTargets.signature),
            FuzzTarget(name: "playbook-trust", run: PlaybookTargets.trust),
            FuzzTarget(name: "script", run: PlaybookTargets.script),
            FuzzTarget(name: "condition", run: PlaybookTargets.condition),
            FuzzTarget(name: "content", run: TextTargets.content),
            FuzzTarget(name: "json", run: TextTargets.json),
            FuzzTarget(name: "profile", run: TextTargets.profile),
            FuzzTarget(name: "eve", run: EVETarget.run),
        ]
}

/// A check of the fuzzer's own has failed.
func fail(_ what: String) -> Never {
    let line = Array("fuzz: \(what)\n".utf8)
    _ = unsafe write(2, line, line.count)
    abort()
}

/// Takes an input apart from the front.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Two bytes, little-endian.
    mutating func word() -> Int { Int(byte()) | Int(byte()) << 8 }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(taken)
    }

    mutating func all() -> [UInt8] { bytes(rest.count) }
}
