/// What an object of a group and variation is made of (IEEE 1815 annex A).
struct DNP3Layout {
    enum Number { case u8, u16, u24, u32, i16, i32, time, f32, f64 }

    enum Field {
        case number(String, Number)
        /// The bits of one byte from the lowest up: names with their widths.
        case bits([(name: String, width: Int)])
        /// As many bytes as the field of that name says: text, or binary data.
        case text(String, size: String)
        case data(String, size: String)
        /// What the size before the object leaves.
        case restOfText(String)
        case restOfData(String)
        case vendor(String)
    }

    /// What must stand before each object.
    enum Prefix { case any, size, twoByteSize }

    var fields: [Field]
    /// Several points in a byte, each so many bits wide; then there is one field, of the point's state.
    var packedWidth: Int?
    var prefix = Prefix.any

    static func of(_ group: UInt8, _ variation: UInt8) -> DNP3Layout? { all[UInt16(group) << 8 | UInt16(variation)] }

    // MARK: pieces that many objects share

    private static func flags(_ rest: String...) -> Field {
        .bits((["online", "restart", "comm_lost", "remote_forced", "local_forced"] + rest).map { ($0, 1) })
    }

    private static let binary = flags("chatter_filter", "reserved", "state")
    private static let double = Field.bits(
        [("online", 1), ("restart", 1), ("comm_lost", 1), ("remote_forced", 1), ("local_forced", 1), ("chatter_filter", 1), ("state", 2)])
    private static let output = flags("reserved0", "reserved1", "state")
    private static let counter = flags("rollover", "discontinuity", "reserved0")
    private static let laterCounter = flags("rollover", "discontinuity", "reserved1")
    private static let delta = flags("rollover", "reserved0", "reserved1")
    private static let analog = flags("over_range", "reference_err", "reserved0")
    private static let security = flags("reserved0", "discontinuity", "reserved1")
    private static let command = Field.bits([("status_code", 7), ("commanded_state", 1)])
    private static let status = Field.bits([("status_code", 7), ("reserved0", 1)])
    private static let time = Field.number("timestamp", .time)
    private static let control: [Field] = [
        .bits([("op_type", 4), ("qu", 1), ("cr", 1), ("tcc", 2)]), .number("count", .u8), .number("ontime", .u32),
        .number("offtime", .u32), .bits([("status_code", 7), ("reserved", 1)]),
    ]

    private static func count(_ size: Number) -> Field { .number("count", size) }
    private static func value(_ size: Number) -> Field { .number("value", size) }

    // MARK: the objects

    private static let all: [UInt16: DNP3Layout] = {
        var all: [UInt16: DNP3Layout] = [:]
        func add(_ group: UInt16, _ variation: UInt16, _ fields: [Field], packed: Int? = nil, _ prefix: Prefix = .any) {
            all[group << 8 | variation] = DNP3Layout(fields: fields, packedWidth: packed, prefix: prefix)
        }
        func addAll(_ group: UInt16, from first: UInt16 = 1, _ lists: [[Field]]) {
            for (index, fields) in lists.enumerated() { add(group, first + UInt16(index), fields) }
        }
        // Binary inputs, double-bit inputs, outputs and commands.
        for (group, width) in [(1, 1), (3, 2), (10, 1), (80, 1)] as [(UInt16, Int)] {
            add(group, 1, [.number("state", .u8)], packed: width)
        }
        add(1, 2, [binary])
        addAll(2, [[.number("state", .u8)], [binary, time], [binary, .number("timestamp", .u16)]])
        add(3, 2, [double])
        addAll(4, [[double], [double, time], [double, .number("relative_time_ms", .u16)]])
        add(10, 2, [output])
        addAll(11, [[output], [output, time]])
        addAll(12, [control, control])
        add(12, 3, [.number("point", .u8)], packed: 1)
        addAll(13, [[command], [command, time]])
        // Counters.
        let plain = [[count(.u32)], [count(.u16)], [count(.u32)], [count(.u16)]]
        let counts = [[counter, count(.u32)], [counter, count(.u16)], [delta, count(.u32)], [delta, count(.u16)]]
        let deltaTimes = [[delta, count(.u32), time], [delta, count(.u16), time]]
        addAll(20, counts + plain)
        addAll(21, counts + [[laterCounter, count(.u32), time], [laterCounter, count(.u16), time]] + deltaTimes + plain)
        addAll(22, counts + [[delta, count(.u32), time], [counter, count(.u16), time]] + deltaTimes)
        let frozen = [[counter, count(.u32)], [delta, count(.u16)], [delta, count(.u32)], [delta, count(.u16)]]
        addAll(23, frozen + [[counter, count(.u32), time], [counter, count(.u16), time]] + deltaTimes)
        // Analog inputs and outputs.
        let analogs = ([.i32, .i16] as [Number]).map { [analog, value($0)] }
        let analogTimes = ([.i32, .i16] as [Number]).map { [analog, value($0), time] }
        let floats = ([.f32, .f64] as [Number]).map { [analog, value($0)] }
        let floatTimes = ([.f32, .f64] as [Number]).map { [analog, value($0), time] }
        addAll(30, analogs + [[value(.i32)], [value(.i16)]] + floats)
        addAll(31, analogs + analogTimes + [[value(.i32)], [value(.i16)]] + floats)
        for group in [32, 33, 42] as [UInt16] { addAll(group, analogs + analogTimes + floats + floatTimes) }
        addAll(34, ([.u16, .u32, .f32] as [Number]).map { [.number("deadband_value", $0)] })
        addAll(40, analogs + floats)
        addAll(41, ([.i32, .i16, .f32, .f64] as [Number]).map { [value($0), .number("control_status", .u8)] })
        let commanded = ([.i32, .i16] as [Number]).map { [status, .number("commanded_value", $0)] }
        let commandedFloats = ([.f32, .f64] as [Number]).map { [status, .number("commanded_value", $0)] }
        addAll(43, commanded + commanded.map { $0 + [time] } + commandedFloats + commandedFloats.map { $0 + [time] })
        // Times.
        addAll(50, [[time], [time, .number("interval", .u32)], [time]])
        add(50, 4, [time, .number("interval_count", .u32), .number("interval_units", .u8)])
        addAll(51, [[time], [time]])
        addAll(52, [[.number("delay_secs", .u16)], [.number("delay_ms", .u16)]])
        for (variation, layout) in files { all[70 << 8 | variation] = layout }
        // Devices and data sets.
        add(81, 1, [.bits([("fill_percentage", 7), ("overflow_state", 1)]), .number("group", .u8), .number("variation", .u8)])
        add(83, 1, [.vendor("vendor_code"), .number("object_id", .u16), .number("length", .u16), .data("data_objects", size: "length")])
        add(86, 2, [.bits(["rd", "wr", "st", "ev", "df", "padding0", "padding1", "padding2"].map { ($0, 1) })])
        add(102, 1, [value(.u8)])
        for (variation, layout) in authentication { all[120 << 8 | variation] = layout }
        let statistics: [Field] = [security, .number("association_id", .u16), .number("count_value", .u32)]
        add(121, 1, statistics)
        addAll(122, [statistics, statistics + [time]])
        return all
    }()

    // MARK: group 70, files

    private static let files: [(UInt16, DNP3Layout)] = [
        (
            1,
            DNP3Layout(fields: [
                .number("filename_size", .u16), .number("filetype_code", .u8), .number("attribute_code", .u8),
                .number("start_record", .u16), .number("end_record", .u16), .number("file_size", .u32),
                .number("created_timestamp", .time), .number("permission", .u16), .number("file_id", .u32), .number("owner_id", .u32),
                .number("group_id", .u32), .number("file_function_code", .u8), .number("status_code", .u8),
                .text("filename", size: "filename_size"), .number("data_size", .u16), .text("data", size: "data_size"),
            ])
        ),
        (
            2,
            DNP3Layout(fields: [
                .number("username_offset", .u16), .number("username_size", .u16), .number("password_offset", .u16),
                .number("password_size", .u16), .number("authentication_key", .u32), .text("username", size: "username_size"),
                .text("password", size: "password_size"),
            ])
        ),
        (
            3,
            DNP3Layout(fields: [
                .number("filename_offset", .u16), .number("filename_size", .u16), .number("created", .time),
                .number("permissions", .u16), .number("authentication_key", .u32), .number("file_size", .u32),
                .number("operational_mode", .u16), .number("maximum_block_size", .u16), .number("request_id", .u16),
                .text("filename", size: "filename_size"),
            ])
        ),
        (
            4,
            DNP3Layout(
                fields: [
                    .number("file_handle", .u32), .number("file_size", .u32), .number("maximum_block_size", .u16),
                    .number("request_id", .u16), .number("status_code", .u8), .restOfText("optional_text"),
                ], prefix: .size)
        ),
        (
            5,
            DNP3Layout(
                fields: [.number("file_handle", .u32), .number("block_number", .u32), .restOfText("file_data")], prefix: .size)
        ),
        (
            6,
            DNP3Layout(
                fields: [
                    .number("file_handle", .u32), .number("block_number", .u32), .number("status_code", .u8),
                    .restOfText("optional_text"),
                ], prefix: .size)
        ),
        (
            7,
            DNP3Layout(fields: [
                .number("filename_offset", .u16), .number("filename_size", .u16), .number("file_type", .u16),
                .number("file_size", .u32), .number("created_timestamp", .time), .number("permissions", .u16),
                .number("request_id", .u16), .text("filename", size: "filename_size"),
            ])
        ),
        (8, DNP3Layout(fields: [.restOfText("file_specification")], prefix: .twoByteSize)),
    ]

    // MARK: group 120, authentication

    private static let authentication: [(UInt16, DNP3Layout)] = [
        (
            1,
            DNP3Layout(
                fields: [
                    .number("csq", .u32), .number("usr", .u16), .number("mal", .u8), .number("reason", .u8),
                    .restOfData("challenge_data"),
                ], prefix: .twoByteSize)
        ),
        (2, DNP3Layout(fields: [.number("csq", .u32), .number("usr", .u16), .restOfData("mac_value")], prefix: .twoByteSize)),
        (3, DNP3Layout(fields: [.number("csq", .u32), .number("user_number", .u16)])),
        (4, DNP3Layout(fields: [.number("user_number", .u16)])),
        (
            5,
            DNP3Layout(
                fields: [
                    .number("ksq", .u32), .number("user_number", .u16), .number("key_wrap_alg", .u8), .number("key_status", .u8),
                    .number("mal", .u8), .number("challenge_data_len", .u16), .data("challenge_data", size: "challenge_data_len"),
                    .restOfData("mac_value"),
                ], prefix: .twoByteSize)
        ),
        (
            6,
            DNP3Layout(
                fields: [.number("ksq", .u24), .number("usr", .u16), .restOfData("wrapped_key_data")], prefix: .twoByteSize)
        ),
        (
            7,
            DNP3Layout(
                fields: [
                    .number("sequence_number", .u32), .number("usr", .u16), .number("association_id", .u16),
                    .number("error_code", .u8), .number("time_of_error", .time), .restOfText("error_text"),
                ], prefix: .twoByteSize)
        ),
        (
            8,
            DNP3Layout(
                fields: [.number("key_change_method", .u8), .number("certificate_type", .u8), .restOfData("certificate")],
                prefix: .twoByteSize)
        ),
        (9, DNP3Layout(fields: [.restOfData("mac_value")])),
        (
            10,
            DNP3Layout(
                fields: [
                    .number("key_change_method", .u8), .number("operation", .u8), .number("scs", .u32), .number("user_role", .u16),
                    .number("user_role_expiry_interval", .u16), .number("username_len", .u16), .number("user_public_key_len", .u16),
                    .number("certification_data_len", .u16), .text("username", size: "username_len"),
                    .data("user_public_key", size: "user_public_key_len"),
                    .data("certification_data", size: "certification_data_len"),
                ], prefix: .twoByteSize)
        ),
        (
            11,
            DNP3Layout(
                fields: [
                    .number("key_change_method", .u8), .number("username_len", .u16), .number("master_challenge_data_len", .u16),
                    .text("username", size: "username_len"), .data("master_challenge_data", size: "master_challenge_data_len"),
                ], prefix: .twoByteSize)
        ),
        (
            12,
            DNP3Layout(
                fields: [
                    .number("ksq", .u32), .number("user_number", .u16), .number("challenge_data_len", .u16),
                    .data("challenge_data", size: "challenge_data_len"),
                ], prefix: .twoByteSize)
        ),
        (
            13,
            DNP3Layout(
                fields: [
                    .number("ksq", .u32), .number("user_number", .u16), .number("encrypted_update_key_len", .u16),
                    .data("encrypted_update_key_data", size: "encrypted_update_key_len"),
                ], prefix: .twoByteSize)
        ),
        (14, DNP3Layout(fields: [.restOfData("digital_signature")], prefix: .twoByteSize)),
        (15, DNP3Layout(fields: [.restOfData("mac")], prefix: .twoByteSize)),
    ]
}
