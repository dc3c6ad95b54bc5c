import Wording

extension ContentError {
    /// What ``problem`` says, for readers of Vietnamese. A test holds it against every problem that the program names.
    static let phrases = Phrasebook([
        ("cannot be read", "không đọc được"),
        ("is not UTF-8 text", "không phải văn bản UTF-8"),
        ("cannot be read as UTF-8 text", "không đọc được thành văn bản UTF-8"),
        ("cannot be read, or is larger than 256 MiB", "không đọc được, hoặc lớn hơn 256 MiB"),
        ("is empty", "trống"),
        ("has too many aliases of aliases", "có quá nhiều bí danh của bí danh"),
        ("some lines name countries, others networks: two files are needed", "có dòng ghi nước, có dòng ghi mạng: cần hai tệp"),
        (
            "expected first address, last address, and a country of two letters or a network",
            "cần địa chỉ đầu, địa chỉ cuối, và mã nước hai chữ cái hoặc một mạng"
        ),
        ("unknown key {1}; known are {2}", "không có khóa {1}; có {2}"),
        ("the key {1} is missing", "thiếu khóa {1}"),
        ("expected keys and values", "cần các khóa và giá trị"),
        ("expected a list", "cần một danh sách"),
        ("expected text as key", "khóa phải là chữ"),
        ("expected text", "cần chữ"),
        ("expected a whole number from {1} to {2}", "cần một số nguyên từ {1} đến {2}"),
        ("expected true or false", "cần true hoặc false"),
        ("expected one of {1}, found {2}", "cần một trong {1}, không phải {2}"),
        ("expected an address block such as 10.20.30.0/24, found {1}", "cần một dải địa chỉ như 10.20.30.0/24, không phải {1}"),
        ("{1} has bits set past its length; write {2}", "{1} có bit nằm ngoài độ dài của dải; hãy ghi {2}"),
        ("expected a cidr, a vlan, an interface, or several of them", "cần cidr, vlan, interface, hoặc vài thứ trong đó"),
        ("expected letters, digits, - and _, at most 32", "chỉ gồm chữ cái không dấu, chữ số, - và _, nhiều nhất 32 ký tự"),
        ("there is no district level; expected ward, commune or special_zone", "không còn cấp huyện; cần ward, commune hoặc special_zone"),
        ("the asset stands twice", "tài sản này có hai lần"),
        ("the link stands twice", "đường truyền này có hai lần"),
        ("the field {1} stands twice", "trường {1} có hai lần"),
        ("{1} stands twice", "{1} có hai lần"),
        ("expected an address that begins with http:// or https://", "cần địa chỉ bắt đầu bằng http:// hoặc https://"),
        ("expected an address, found {1}", "cần một địa chỉ, không phải {1}"),
        ("expected a mail address, found {1}", "cần một địa chỉ thư, không phải {1}"),
        ("expected at least one mail address", "cần ít nhất một địa chỉ thư"),
        ("expected mail, webhook or bell, found {1}", "cần mail, webhook hoặc bell, không phải {1}"),
        ("expected a time such as 24h, 30m, 2d or 0, found {1}", "cần một khoảng thời gian như 24h, 30m, 2d hoặc 0, không phải {1}"),
        (
            "expected a day such as 04-30, 2027-02-05 or lunar 03-10, found {1}",
            "cần một ngày như 04-30, 2027-02-05 hoặc lunar 03-10 (âm lịch), không phải {1}"
        ),
        ("expected a month and a day such as 12-15, found {1}", "cần tháng và ngày như 12-15, không phải {1}"),
        ("expected two days: the first of the year before, and the last", "cần hai ngày: ngày đầu, thuộc năm trước, và ngày cuối"),
        ("expected before, or target_hours where the law names no day", "cần before, hoặc target_hours khi luật không định ngày"),
        (
            "expected exactly one of hours, days, immediately_target_minutes, open_target_hours",
            "cần đúng một trong hours, days, immediately_target_minutes, open_target_hours"
        ),
        ("flagged needs a condition any_flag, whose time counts", "flagged cần điều kiện any_flag, vì tính từ lúc cờ đó"),
        ("a profile does not run beside itself", "một hồ sơ không chạy cạnh chính nó"),
        ("no form {1} stands under forms", "forms không có biểu mẫu {1}"),
        ("expected vonggac-{1}, which this program reads", "cần vonggac-{1}, bản mà chương trình này đọc được"),
        ("expected vonggac-{1}", "cần vonggac-{1}"),
        ("expected capital letters, digits and _", "chỉ gồm chữ hoa không dấu, chữ số và _"),
        ("expected lower-case letters, digits and _", "chỉ gồm chữ thường không dấu, chữ số và _"),
        ("expected a number or a range such as 9000001-9000099", "cần một số hoặc một khoảng như 9000001-9000099"),
        ("expected at least two lists of kinds, none of them empty", "cần ít nhất hai danh sách loại, không danh sách nào trống"),
        ("expected at least one of sid, classtype, message", "cần ít nhất một trong sid, classtype, message"),
        ("is for kinds that are joined by attacker", "chỉ dành cho loại gộp theo bên tấn công"),
        ("{1} is not among the kinds", "{1} không có trong các loại"),
        ("{1} is missing", "thiếu {1}"),
        ("no text of the report reads so; {1} lists them", "báo cáo không có câu nào như thế; {1} liệt kê các câu"),
        ("expected field, heading, subheading, text, table or appendix", "cần field, heading, subheading, text, table hoặc appendix"),
        ("choices belong to the types choice and choices", "choices chỉ dùng với kiểu choice và choices"),
        ("{1} is for forms about another subject", "{1} dành cho biểu mẫu về đối tượng khác"),
        ("{1} is unknown here; the text has {2}", "{1} không dùng được ở đây; câu có {2}"),
        ("{1} is unknown; known are {2}", "không có {1}; có {2}"),
        ("the condition is unknown; known are {1}", "không có điều kiện này; có {1}"),
        ("no such section; known are {1}", "không có phần này; có {1}"),
        ("the form has no field {1}", "biểu mẫu không có trường {1}"),
        ("a template has form or sections, not both", "mẫu có form hoặc sections, không cả hai"),
        ("an entry is a section or a text, not both", "một mục là section hoặc text, không cả hai"),
        ("a text of one's own has a heading: vi and en", "văn bản tự viết phải có heading: vi và en"),
        ("{1} is neither PNG nor JPEG", "{1} không phải PNG hay JPEG"),
        ("{1} is larger than 1 MiB", "{1} lớn hơn 1 MiB"),
        ("{1} cannot be read", "không đọc được {1}"),
        ("parts stand in each other more than {1} deep", "các phần lồng nhau quá {1} tầng"),
        ("{1} does not belong here; there are {2}", "{1} không đặt ở đây được; có {2}"),
        ("expected {1}, found {2}", "cần {1}, không phải {2}"),
    ])
}

extension ContentError: BilingualError {
    public var english: String { place + problem }
    /// What a library says of broken YAML stays in English behind the place.
    public var vietnamese: String { place + (ContentError.phrases.vietnamese(problem) ?? problem) }

    private var place: String { file + (line.map { ":\($0)" } ?? "") + ": " + (key.isEmpty ? "" : key + ": ") }
}
