import Bytes

extension BufferID {
    public static var dnp3Data: BufferID { BufferID(.dnp3, 1) }
    public static var dnp3Function: BufferID { BufferID(.dnp3, 2) }
    /// The sixteen internal indications of a response, as one number.
    public static var dnp3Indications: BufferID { BufferID(.dnp3, 3) }
    /// Group and variation of each object, as one number.
    public static var dnp3Objects: BufferID { BufferID(.dnp3, 4) }
}

/// What rules can look at in DNP3. `dnp3_ind` and `dnp3_obj` are keywords of their own.
public enum DNP3Fields {
    static let buffers: [BufferDescriptor] = [.init(.dnp3Data, "dnp3_data", directions: .both, progress: (1, 1))]

    static let numbers: [NumberField] = [
        NumberField(
            .dnp3Function, "dnp3_func", directions: .both, progress: (0, 0), maximum: 255,
            symbols: [
                "confirm", "read", "write", "select", "operate", "direct_operate", "direct_operate_nr", "immed_freeze",
                "immed_freeze_nr", "freeze_clear", "freeze_clear_nr", "freeze_at_time", "freeze_at_time_nr", "cold_restart",
                "warm_restart", "initialize_data", "initialize_appl", "start_appl", "stop_appl", "save_config", "enable_unsolicited",
                "disable_unsolicited", "assign_class", "delay_measure", "record_current_time", "open_file", "close_file", "delete_file",
                "get_file_info", "authenticate_file", "abort_file", "activate_config", "authenticate_req", "authenticate_err",
            ].enumerated().map { (name: $1, value: UInt64($0)) }
                + [("response", 129), ("unsolicited_response", 130), ("authenticate_resp", 131)])
    ]

    /// Internal indications by name (IEEE 1815 §4.5.1), from the highest bit down.
    public static let indications: [(name: String, mask: UInt64)] = [
        "device_restart", "device_trouble", "local_control", "need_time", "class_3_events", "class_2_events", "class_1_events",
        "all_stations", "reserved_1", "reserved_2", "config_corrupt", "already_executing", "event_buffer_overflow", "parameter_error",
        "object_unknown", "no_func_code_support",
    ].enumerated().map { (name: $1, mask: 0x8000 >> UInt64($0)) }

    /// Indices into the descriptor's events.
    enum Event: UInt8 {
        case flooded, lengthTooSmall, badLinkChecksum, badTransportChecksum, malformed, unknownObject, tooManyPoints, tooManyObjects
        case tooLongReassembly
    }

    static let events = [
        "flooded", "len_too_small", "bad_link_crc", "bad_transport_crc", "malformed", "unknown_object", "too_many_points",
        "too_many_objects", "too_long_reassembly",
    ]
}
