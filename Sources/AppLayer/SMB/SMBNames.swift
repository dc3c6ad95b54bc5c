/// What EVE calls commands, dialects and codes.
enum SMBNames {
    private static let smb1: [UInt8: StaticString] = [
        0x00: "CREATE_DIRECTORY", 0x01: "DELETE_DIRECTORY", 0x02: "OPEN", 0x03: "CREATE", 0x04: "CLOSE", 0x05: "FLUSH", 0x06: "DELETE",
        0x07: "RENAME", 0x08: "QUERY_INFORMATION", 0x09: "SET_INFORMATION", 0x0a: "READ", 0x0b: "WRITE", 0x0c: "LOCK_BYTE_RANGE",
        0x0d: "UNLOCK_BYTE_RANGE", 0x0e: "CREATE_TEMPORARY", 0x0f: "CREATE_NEW", 0x10: "CHECK_DIRECTORY", 0x11: "PROCESS_EXIT",
        0x12: "SEEK", 0x13: "LOCK_AND_READ", 0x14: "WRITE_AND_UNLOCK", 0x24: "LOCKING_ANDX", 0x25: "TRANS", 0x2b: "ECHO",
        0x2c: "WRITE_AND_CLOSE", 0x2d: "OPEN_ANDX", 0x2e: "READ_ANDX", 0x2f: "WRITE_ANDX", 0x32: "TRANS2", 0x33: "TRANS2_SECONDARY",
        0x34: "FIND_CLOSE2", 0x71: "TREE_DISCONNECT", 0x72: "NEGOTIATE_PROTOCOL", 0x73: "SESSION_SETUP_ANDX", 0x74: "LOGOFF_ANDX",
        0x75: "TREE_CONNECT_ANDX", 0x80: "QUERY_INFO_DISK", 0xa0: "NT_TRANS", 0xa1: "NT_TRANS_SECONDARY", 0xa2: "NT_CREATE_ANDX",
        0xa4: "NT_CANCEL",
    ]

    private static let smb2: [StaticString] = [
        "NEGOTIATE_PROTOCOL", "SESSION_SETUP", "SESSION_LOGOFF", "TREE_CONNECT", "TREE_DISCONNECT", "CREATE", "CLOSE", "FLUSH", "READ",
        "WRITE", "LOCK", "IOCTL", "CANCEL", "KEEPALIVE", "FIND", "CHANGE_NOTIFY", "GET_INFO", "SET_INFO", "OPLOCK_BREAK",
    ]

    /// The number in decimal where the command has no name.
    static func command(_ command: SMBTransaction.Command) -> String {
        switch command {
        case .smb1(let number): smb1[number].map { "SMB1_COMMAND_\($0)" } ?? String(number)
        case .smb2(let number): Int(number) < smb2.count ? "SMB2_COMMAND_\(smb2[Int(number)])" : String(number)
        }
    }

    private static let dialects: [UInt16: StaticString] = [
        0x0202: "2.02", 0x0210: "2.10", 0x0222: "2.22", 0x0224: "2.24", 0x02ff: "2.??", 0x0300: "3.00", 0x0302: "3.02", 0x0310: "3.10",
        0x0311: "3.11",
    ]

    static func dialect(_ number: UInt16) -> [UInt8] { Array((dialects[number]?.description ?? String(number)).utf8) }

    static let dispositions: [StaticString] = [
        "FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE", "FILE_OVERWRITE_IF",
    ]

    private static let dosErrors: [UInt16: StaticString] = [
        0: "DOS_SUCCESS", 1: "DOS_BAD_FUNC", 2: "DOS_BAD_FILE", 3: "DOS_BAD_PATH", 4: "DOS_TOO_MANY_OPEN_FILES", 5: "DOS_ACCESS_DENIED",
    ]

    private static let serverErrors: [UInt16: StaticString] = [
        1: "SRV_ERROR", 2: "SRV_BADPW", 3: "SRV_BADTYPE", 4: "SRV_ACCESS", 91: "SRV_BADUID",
    ]

    /// An error of SMB before NT status codes ([MS-CIFS] §2.2.2.4).
    static func error(_ errorClass: UInt8, _ code: UInt16) -> String {
        switch errorClass {
        case 1: dosErrors[code]?.description ?? String(code)
        case 2: serverErrors[code]?.description ?? String(code)
        default: "UNKNOWN_" + hex(UInt32(errorClass), width: 2) + "_" + hex(UInt32(code), width: 4)
        }
    }

    static func hex(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static let controls: [UInt32: StaticString] = [
        0x060194: "DFS_GET_REFERRALS", 0x0601b0: "DFS_GET_REFERRALS_EX", 0x090000: "REQUEST_OPLOCK_LEVEL_1",
        0x090004: "REQUEST_OPLOCK_LEVEL_2", 0x090008: "REQUEST_BATCH_OPLOCK", 0x09000c: "OPLOCK_BREAK_ACKNOWLEDGE",
        0x090010: "OPBATCH_ACK_CLOSE_PENDING", 0x090014: "OPLOCK_BREAK_NOTIFY", 0x090018: "LOCK_VOLUME", 0x09001c: "UNLOCK_VOLUME",
        0x090020: "DISMOUNT_VOLUME", 0x090028: "IS_VOLUME_MOUNTED", 0x09002c: "IS_PATHNAME_VALID", 0x090030: "MARK_VOLUME_DIRTY",
        0x09003b: "QUERY_RETRIEVAL_POINTERS", 0x09003c: "GET_COMPRESSION", 0x09004f: "MARK_AS_SYSTEM_HIVE",
        0x090050: "OPLOCK_BREAK_ACK_NO_2", 0x090054: "INVALIDATE_VOLUMES", 0x090058: "QUERY_FAT_BPB", 0x09005c: "REQUEST_FILTER_OPLOCK",
        0x090060: "FILESYSTEM_GET_STATISTICS", 0x090064: "GET_NTFS_VOLUME_DATA", 0x090068: "GET_NTFS_FILE_RECORD",
        0x09006f: "GET_VOLUME_BITMAP", 0x090073: "GET_RETRIEVAL_POINTERS", 0x090074: "MOVE_FILE", 0x090078: "IS_VOLUME_DIRTY",
        0x09007c: "GET_HFS_INFORMATION", 0x090083: "ALLOW_EXTENDED_DASD_IO", 0x090087: "READ_PROPERTY_DATA",
        0x09008b: "WRITE_PROPERTY_DATA", 0x09008f: "FIND_FILES_BY_SID", 0x090097: "DUMP_PROPERTY_DATA", 0x09009c: "GET_OBJECT_ID",
        0x0900a4: "SET_REPARSE_POINT", 0x0900a8: "GET_REPARSE_POINT", 0x0900c0: "CREATE_OR_GET_OBJECT_ID", 0x0900c4: "SET_SPARSE",
        0x0900d4: "SET_ENCRYPTION", 0x0900db: "ENCRYPTION_FSCTL_IO", 0x0900df: "WRITE_RAW_ENCRYPTED", 0x0900e3: "READ_RAW_ENCRYPTED",
        0x0900f0: "EXTEND_VOLUME", 0x090244: "CSV_TUNNEL_REQUEST", 0x09027c: "GET_INTEGRITY_INFORMATION", 0x090284: "QUERY_FILE_REGIONS",
        0x0902c8: "CSV_SYNC_TUNNEL_REQUEST", 0x090300: "QUERY_SHARED_VIRTUAL_DISK_SUPPORT", 0x090304: "SVHDX_SYNC_TUNNEL_REQUEST",
        0x090308: "SVHDX_SET_INITIATOR_INFORMATION", 0x09030c: "SET_EXTERNAL_BACKING", 0x090310: "GET_EXTERNAL_BACKING",
        0x090314: "DELETE_EXTERNAL_BACKING", 0x090318: "ENUM_EXTERNAL_BACKING", 0x09031f: "ENUM_OVERLAY",
        0x090350: "STORAGE_QOS_CONTROL", 0x090364: "SVHDX_ASYNC_TUNNEL_REQUEST", 0x0940b3: "ENUM_USN_DATA",
        0x0940b7: "SECURITY_ID_CHECK", 0x0940bb: "READ_USN_JOURNAL", 0x0940cf: "QUERY_ALLOCATED_RANGES", 0x0940e7: "CREATE_USN_JOURNAL",
        0x0940eb: "READ_FILE_USN_DATA", 0x0940ef: "WRITE_USN_CLOSE_RECORD", 0x094264: "OFFLOAD_READ", 0x098098: "SET_OBJECT_ID",
        0x0980a0: "DELETE_OBJECT_ID", 0x0980a4: "SET_REPARSE_POINT", 0x0980ac: "DELETE_REPARSE_POINT", 0x0980bc: "SET_OBJECT_ID_EXTENDED",
        0x0980c8: "SET_ZERO_DATA", 0x0980d0: "ENABLE_UPGRADE", 0x098208: "FILE_LEVEL_TRIM", 0x098268: "OFFLOAD_WRITE",
        0x09c040: "SET_COMPRESSION", 0x09c280: "SET_INTEGRITY_INFORMATION", 0x110018: "PIPE_WAIT", 0x11400c: "PIPE_PEEK",
        0x11c017: "PIPE_TRANSCEIVE", 0x140078: "SRV_REQUEST_RESUME_KEY", 0x1401d4: "LMR_REQUEST_RESILIENCY",
        0x1401fc: "QUERY_NETWORK_INTERFACE_INFO", 0x140200: "VALIDATE_NEGOTIATE_INFO_224", 0x140204: "VALIDATE_NEGOTIATE_INFO",
        0x144064: "SRV_ENUMERATE_SNAPSHOTS", 0x1440f2: "SRV_COPYCHUNK", 0x1441bb: "SRV_READ_HASH", 0x1480f2: "SRV_COPYCHUNK_WRITE",
    ]

    /// A file system control ([MS-FSCC] §2.3); the number in decimal where it has no name.
    static func control(_ function: UInt32) -> String { controls[function].map { "FSCTL_\($0)" } ?? String(function) }
}
