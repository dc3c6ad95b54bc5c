/// Names of numbers in NFS and RPC, as EVE shows them.
enum NFSNames {
    private static let procedures3: [StaticString] = [
        "NULL", "GETATTR", "SETATTR", "LOOKUP", "ACCESS", "READLINK", "READ", "WRITE", "CREATE", "MKDIR", "SYMLINK", "MKNOD", "REMOVE",
        "RMDIR", "RENAME", "LINK", "READDIR", "READDIRPLUS", "FSSTAT", "FSINFO", "PATHCONF", "COMMIT",
    ]
    private static let operations4: [StaticString] = [
        "NULL", "COMPOUND", "2", "ACCESS", "CLOSE", "COMMIT", "CREATE", "DELEGPURGE", "DELEGRETURN", "GETATTR", "GETFH", "LINK", "LOCK",
        "LOCKT", "LOCKU", "LOOKUP", "LOOKUPP", "NVERIFY", "OPEN", "OPENATTR", "OPEN_CONFIRM", "OPEN_DOWNGRADE", "PUTFH", "PUTPUBFH",
        "PUTROOTFH", "READ", "READDIR", "READLINK", "REMOVE", "RENAME", "RENEW", "RESTOREFH", "SAVEFH", "SECINFO", "SETATTR",
        "SETCLIENTID", "SETCLIENTID_CONFIRM", "VERIFY", "WRITE", "RELEASE_LOCKOWNER",
    ]

    /// Version 2 is shown with the names of version 3, as Suricata does.
    static func procedure(_ number: UInt32, version: UInt32) -> String {
        if version >= 4, number == 10044 { return "ILLEGAL" }
        let names = version < 4 ? procedures3 : operations4
        return number < UInt32(names.count) ? names[Int(number)].description : String(number)
    }

    static func status(_ number: UInt32) -> String {
        let names: [UInt32: String] = [
            0: "OK", 1: "ERR_PERM", 2: "ERR_NOENT", 5: "ERR_IO", 6: "ERR_NXIO", 13: "ERR_ACCES", 17: "ERR_EXIST", 18: "ERR_XDEV",
            19: "ERR_NODEV", 20: "ERR_NOTDIR", 21: "ERR_ISDIR", 22: "ERR_INVAL", 27: "ERR_FBIG", 28: "ERR_NOSPC", 30: "ERR_ROFS",
            31: "ERR_MLINK", 63: "ERR_NAMETOOLONG", 66: "ERR_NOTEMPTY", 69: "ERR_DQUOT", 70: "ERR_STALE", 71: "ERR_REMOTE",
            10001: "ERR_BADHANDLE", 10002: "ERR_NOT_SYNC", 10003: "ERR_BAD_COOKIE", 10004: "ERR_NOTSUPP", 10005: "ERR_TOOSMALL",
            10006: "ERR_SERVERFAULT", 10007: "ERR_BADTYPE", 10008: "ERR_JUKEBOX",
        ]
        return names[number] ?? String(number)
    }

    static func rpcStatus(_ number: UInt32) -> String { number == 0 ? "ACCEPTED" : number == 1 ? "DENIED" : String(number) }

    static func authentication(_ flavor: UInt32) -> String {
        let names = ["NULL", "UNIX", "SHORT", "DH", "KERB", "RSA", "GSS"]
        return flavor < UInt32(names.count) ? names[Int(flavor)] : String(flavor)
    }
}
