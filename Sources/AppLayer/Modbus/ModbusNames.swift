/// Names in events, as Suricata spells them.
enum ModbusNames {
    static let functions: [UInt8: StaticString] = [
        1: "RdCoils", 2: "RdDiscreteInputs", 3: "RdHoldRegs", 4: "RdInputRegs", 5: "WrSingleCoil", 6: "WrSingleReg", 7: "RdExcStatus",
        8: "Diagnostic", 9: "Program484", 10: "Poll484", 11: "GetCommEventCtr", 12: "GetCommEventLog", 13: "ProgramController",
        14: "PollController", 15: "WrMultCoils", 16: "WrMultRegs", 17: "ReportServerID", 18: "Program884", 19: "ResetCommLink",
        20: "RdFileRec", 21: "WrFileRec", 22: "MaskWrReg", 23: "RdWrMultRegs", 24: "RdFIFOQueue", 43: "MEI",
    ]

    static let diagnostics: [UInt16: StaticString] = [
        0: "RetQueryData", 1: "RestartCommOpt", 2: "RetDiagReg", 3: "ChangeInputDelimiter", 4: "ForceListenOnlyMode",
        10: "ClearCtrDiagReg", 11: "RetBusMsgCount", 12: "RetBusCommErrCount", 13: "RetBusExcErrCount", 14: "RetServerMsgCount",
        15: "RetServerNoRespCount", 16: "RetServerNAKCount", 17: "RetServerBusyCount", 18: "RetBusCharOverrunCount",
        19: "RetOverrunErrCount", 20: "ClearOverrunCounterFlag", 21: "GetClearPlusStats",
    ]

    static let exceptions: [UInt8: StaticString] = [
        1: "IllegalFunction", 2: "IllegalDataAddr", 3: "IllegalDataValue", 4: "ServerDeviceFail", 5: "Ack", 6: "ServerDeviceBusy",
        7: "NegAck", 8: "MemParityErr", 10: "GatewayPathUnavailable", 11: "GatewayTargetFailToResp",
    ]

    static func encapsulated(_ type: UInt8) -> StaticString {
        switch type {
        case 13: "CANOpenGenRefReqResp"
        case 14: "RdDevId"
        default: "Unknown"
        }
    }

    // Sets of flags: every name of which all bits are set, with the names of combinations; NONE where there is none.

    static func access(_ access: ModbusMessage.Access) -> String {
        join(
            access.rawValue,
            [
                ("READ", 1), ("WRITE", 2), ("DISCRETES", 4), ("COILS", 8), ("INPUT", 16), ("HOLDING", 32), ("SINGLE", 64),
                ("MULTIPLE", 128), ("WRITE_SINGLE", 66), ("WRITE_MULTIPLE", 130),
            ])
    }

    static func category(_ category: ModbusMessage.Category) -> String {
        join(category.rawValue, [("PUBLIC_ASSIGNED", 1), ("PUBLIC_UNASSIGNED", 2), ("USER_DEFINED", 4), ("RESERVED", 8)])
    }

    static func flaws(_ flaws: ModbusMessage.Flaws) -> String {
        join(flaws.rawValue, [("DATA_VALUE", 1), ("DATA_LENGTH", 2), ("EXC_CODE", 4), ("FUNC_CODE", 8), ("PROTO_ID", 16)])
    }

    private static func join(_ bits: UInt8, _ names: [(name: String, bits: UInt8)]) -> String {
        bits == 0 ? "NONE" : names.filter { bits & $0.bits == $0.bits }.map(\.name).joined(separator: " | ")
    }
}
