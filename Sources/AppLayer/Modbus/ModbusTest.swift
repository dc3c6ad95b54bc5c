import Bytes

/// What the keyword `modbus` asks of a request.
public struct ModbusTest: TransactionTest {
    /// `n`, `<n`, `>n` or `a<>b` (both ends excluded).
    public enum Range: Sendable, Equatable {
        case exactly(Int)
        case below(Int)
        case above(Int)
        case between(Int, Int)

        func contains(_ value: Int) -> Bool {
            switch self {
            case .exactly(let wanted): value == wanted
            case .below(let end): value < end
            case .above(let start): value > start
            case .between(let start, let end): start < value && value < end
            }
        }

        /// Whether one of these addresses is meant.
        func meets(_ addresses: ClosedRange<Int>) -> Bool {
            switch self {
            case .exactly(let wanted): addresses.contains(wanted)
            case .below(let end): addresses.lowerBound < end
            case .above(let start): addresses.upperBound > start
            case .between(let start, let end): start < addresses.upperBound && addresses.lowerBound < end
            }
        }
    }

    public enum Table: String, Sendable, CaseIterable {
        case discretes, coils, input, holding

        var access: ModbusMessage.Access {
            switch self {
            case .discretes: .discretes
            case .coils: .coils
            case .input: .input
            case .holding: .holding
            }
        }
    }

    /// Groups of functions.
    public enum Group: String, Sendable, CaseIterable {
        case assigned, unassigned, `public`, user, reserved, all

        var category: ModbusMessage.Category {
            switch self {
            case .assigned: .assigned
            case .unassigned: .unassigned
            case .public: [.assigned, .unassigned]
            case .user: .user
            case .reserved: .reserved
            case .all: [.assigned, .unassigned, .user, .reserved]
            }
        }
    }

    public enum Subject: Sendable {
        case any
        case function(UInt8, subfunction: UInt16?)
        case group(Group, isNegated: Bool)
        case access(isWrite: Bool, Table?, address: Range?, value: Range?)
    }

    public var unit: Range?
    public var subject: Subject

    public init(unit: Range? = nil, subject: Subject = .any) {
        self.unit = unit
        self.subject = subject
    }

    public var directions: FlowDirections { .toServer }

    public func holds(_ transaction: Transaction, _ direction: FlowDirection) -> Bool {
        guard let request = (transaction as? ModbusTransaction)?.request else { return false }
        if let unit, !unit.contains(Int(request.unit)) { return false }
        switch subject {
        case .any: return true
        case .function(let function, let subfunction):
            guard request.code == function else { return false }
            guard let subfunction else { return true }
            guard case .diagnostic(subfunction, _) = request.content else { return false }
            return true
        case .group(let group, let isNegated):
            return request.category.isDisjoint(with: group.category) == isNegated && !request.category.isEmpty
        case .access(let isWrite, let table, let address, let value):
            guard request.access.contains(isWrite ? .write : .read) else { return false }
            if let table, !request.access.contains(table.access) { return false }
            guard let address else { return true }
            guard let addresses = request.addresses, address.meets(addresses) else { return false }
            guard let value else { return true }
            guard case .exactly(let place) = address, let written = request.written(at: place) else { return false }
            return value.contains(written)
        }
    }
}
