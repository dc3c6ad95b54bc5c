import CPcap

/// A classic BPF program that turns a packet into a number made of its two IP addresses, the same for both ways.
///
/// An ICMP error gets the number of the packet that it quotes. What is not IP gets 0.
enum PairProgram {
    private enum Label { case ipv4, ipv6, outer, finish }

    private enum Step {
        /// Loads a word, half or byte at a place behind the network header's first byte.
        case word(UInt32), half(UInt32), byte(UInt32)
        case etherType
        /// X = A; A = A ^ X.
        case toX, xorX
        case multiply(UInt32), shiftRight(UInt32)
        case ifEqual(UInt32, Label), unlessEqual(UInt32, Label), ifAnyBit(UInt32, Label), go(Label)
        case answer(UInt32), answerA
        case here(Label)
    }

    private static func xored(_ places: [UInt32]) -> [Step] {
        [.word(places[0])] + places.dropFirst().flatMap { [Step.toX, .word($0), .xorX] }
    }

    private static let steps: [Step] =
        [.etherType, .ifEqual(0x0800, .ipv4), .ifEqual(0x86dd, .ipv6), .answer(0), .here(.ipv4)]
        // An ICMP error, destination unreachable: no fragment, no options. The quoted addresses lie behind 20 + 8 + 12 bytes.
        + [.byte(9), .unlessEqual(1, .outer), .half(6), .ifAnyBit(0x3fff, .outer), .byte(0), .unlessEqual(0x45, .outer)]
        + [.byte(20), .unlessEqual(3, .outer)]
        + xored([40, 44]) + [.go(.finish), .here(.outer)] + xored([12, 16]) + [.go(.finish), .here(.ipv6)]
        + xored([8, 12, 16, 20, 24, 28, 32, 36])
        + [.here(.finish), .multiply(0x9e37_79b1), .shiftRight(16), .answerA]

    /// The program as the kernel takes it.
    static let code: [bpf_insn] = {
        var places: [Label: Int] = [:]
        var count = 0
        for step in steps {
            if case .here(let label) = step { places[label] = count } else { count += 1 }
        }
        var result: [bpf_insn] = []
        for step in steps {
            func distance(_ label: Label) -> Int { (places[label] ?? 0) - result.count - 1 }
            // SKF_NET_OFF and SKF_AD_OFF of linux/filter.h: places that the kernel understands as relative to the network header.
            func net(_ at: UInt32) -> UInt32 { 0xfff0_0000 &+ at }
            func append(_ code: UInt16, _ k: UInt32, _ yes: Int = 0, _ no: Int = 0) {
                result.append(bpf_insn(code: code, jt: UInt8(yes), jf: UInt8(no), k: k))
            }
            switch step {
            case .word(let at): append(0x20, net(at))
            case .half(let at): append(0x28, net(at))
            case .byte(let at): append(0x30, net(at))
            case .etherType: append(0x28, 0xffff_f000)
            case .toX: append(0x07, 0)
            case .xorX: append(0xac, 0)
            case .multiply(let by): append(0x24, by)
            case .shiftRight(let by): append(0x74, by)
            case .ifEqual(let value, let label): append(0x15, value, distance(label), 0)
            case .unlessEqual(let value, let label): append(0x15, value, 0, distance(label))
            case .ifAnyBit(let bits, let label): append(0x45, bits, distance(label), 0)
            case .go(let label): append(0x05, UInt32(distance(label)))
            case .answer(let value): append(0x06, value)
            case .answerA: append(0x16, 0)
            case .here: break
            }
        }
        return result
    }()
}
