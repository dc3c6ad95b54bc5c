extension HelpText {
    /// Every command's abstract; a test finds the one that is missing.
    static let vietnamese: [String: String] = [
        "A playbook's steps.": "Các bước của một kịch bản.",
        "A task is done.": "Một việc đã xong.",
        "A task is no longer needed.": "Một việc không cần làm nữa.",
        "Acknowledgement of a notice received (TT 20/2017 Đ10).": "Xác nhận đã tiếp nhận thông báo (TT 20/2017 Đ10).",
        "Add a contact, or change the one of this name.": "Thêm đầu mối, hoặc sửa đầu mối có tên này.",
        "Add a system or device, or change the one of this name.": "Thêm hệ thống hoặc thiết bị, hoặc sửa mục có tên này.",
        "Add a task; an incident with open tasks is not closed.": "Thêm việc phải làm; còn việc thì chưa đóng được sự cố.",
        "Add an Internet link, or change the one of this name.": "Thêm đường truyền Internet, hoặc sửa đường có tên này.",
        "Add an agency.": "Thêm cơ quan.",
        "Add files to an incident as evidence; - reads the standard input, for notes.":
            "Thêm tệp làm chứng cứ của sự cố; - đọc từ đầu vào chuẩn, dùng cho ghi chép.",
        "Addresses of an agency.": "Địa chỉ mạng của cơ quan.",
        "Addresses that are an agency's from now on.": "Địa chỉ từ nay thuộc cơ quan.",
        "Addresses that are no longer an agency's.": "Địa chỉ không còn thuộc cơ quan.",
        "Agencies, their networks, contacts, assets and Internet links.": "Cơ quan: mạng, đầu mối, tài sản, đường truyền Internet.",
        "Agree, as the second person, to the step that a run waits with.": "Người thứ hai đồng ý cho bước mà lượt chạy đang chờ.",
        "Alerts that opened no incident, by rule: counted, never dropped.":
            "Cảnh báo không mở sự cố, theo luật: vẫn được đếm, không bỏ.",
        "Begin a playbook from a template: a shipped one, or an empty one with the common steps.":
            "Tạo kịch bản mới từ mẫu: một kịch bản có sẵn, hoặc mẫu trống với các bước chung.",
        "CACAO 2.0 playbooks: what to do, step by step.": "Kịch bản CACAO 2.0: làm gì, từng bước một.",
        "Change category, severity or flags, with a reason; deadlines are added, none is taken away.":
            "Đổi loại, mức độ hoặc yếu tố ảnh hưởng, kèm lý do; thời hạn chỉ thêm, không bớt.",
        "Change what is known of an agency.": "Sửa thông tin của cơ quan.",
        "Check a compliance profile and list its deadlines.": "Kiểm tra hồ sơ tuân thủ và liệt kê các thời hạn.",
        "Check a file against its detached CMS signature.": "Kiểm tra tệp với chữ ký CMS để riêng.",
        "Check a playbook's signatures.": "Kiểm tra chữ ký của kịch bản.",
        "Compare every piece of evidence with its hash, or check a package.":
            "So từng chứng cứ với mã băm, hoặc kiểm tra một gói bàn giao.",
        "Copy a piece of evidence into a new file; that you did is recorded.": "Sao một chứng cứ ra tệp mới; việc này được ghi vào sổ.",
        "Copy the database as it is now, while sensors write.": "Sao lưu cơ sở dữ liệu, cảm biến vẫn ghi.",
        "Count alerts by what they share, the most first.": "Đếm cảnh báo theo nhóm, nhiều nhất trước.",
        "Count incidents by what they share, the most first.": "Đếm sự cố theo nhóm, nhiều nhất trước.",
        "Deadlines that run, the nearest first.": "Các thời hạn đang chạy, gần nhất trước.",
        "Delete alerts, their packets and heartbeats that are older than the compliance profile keeps.":
            "Xóa cảnh báo, gói tin và nhịp báo cũ hơn thời gian lưu giữ của hồ sơ tuân thủ.",
        "Documents that were made, the newest first, and where they were sent.": "Văn bản đã lập, mới nhất trước, và đã gửi đi đâu.",
        "End a legal hold.": "Thôi giữ pháp lý.",
        "Entries of the ledger, the newest first; with a number, that entry whole.":
            "Các mục của sổ cái, mới nhất trước; kèm số thì hiện trọn mục đó.",
        "Everything about one incident.": "Mọi điều về một sự cố.",
        "Evidence: what was captured or added, who had access, handing it over.": "Chứng cứ: đã thu hoặc thêm gì, ai đã xem, bàn giao.",
        "Final report (TT 20/2017 Mẫu 04).": "Báo cáo kết thúc ứng phó sự cố (TT 20/2017 Mẫu 04).",
        "Give it to a person.": "Giao cho một người.",
        "Go on with a run that was interrupted.": "Chạy tiếp một lượt bị ngắt.",
        "Hand over an incident's evidence as a signed package, a folder or an archive.":
            "Bàn giao chứng cứ của sự cố thành gói có chữ ký: thư mục hoặc tệp nén.",
        "How a rule has done: what its alerts became, and how often it was right.":
            "Một luật đã làm được gì: cảnh báo thành gì, đúng bao nhiêu lần.",
        "Incidents and candidates.": "Sự cố và nghi vấn.",
        "Initial notice of a serious incident, within 24 hours (NĐ 331/2026 Đ31.2.d).":
            "Thông báo ban đầu sự cố nghiêm trọng, trong 24 giờ (NĐ 331/2026 Đ31.2.d).",
        "Initial report (TT 20/2017 Mẫu 03).": "Báo cáo ban đầu sự cố mạng (TT 20/2017 Mẫu 03).",
        "Internet links of an agency, and the sensors that watch them.":
            "Đường truyền Internet của cơ quan, và cảm biến giám sát từng đường.",
        "It is a false alarm; its likes join it from now on instead of opening incidents.":
            "Là báo động nhầm; từ nay cảnh báo giống vậy nhập vào đây, không mở sự cố mới.",
        "It is an incident; its deadlines start.": "Đúng là sự cố; các thời hạn bắt đầu.",
        "It is the same as another incident; nothing moves.": "Trùng với một sự cố khác; không chuyển gì.",
        "It no longer spreads.": "Đã ngăn chặn, không còn lan.",
        "Its cause is removed.": "Đã gỡ bỏ nguyên nhân.",
        "Keys that sign checkpoints and packages of evidence.": "Khóa ký điểm chốt và gói chứng cứ.",
        "Legal deadlines.": "Thời hạn theo luật.",
        "Legal hold: nothing of it is deleted, however old, until it is released.":
            "Giữ pháp lý: không xóa gì của sự cố, dù cũ, cho đến khi thôi giữ.",
        "List agencies.": "Liệt kê cơ quan.",
        "List alerts, the newest first.": "Liệt kê cảnh báo, mới nhất trước.",
        "List evidence.": "Liệt kê chứng cứ.",
        "List incidents, the newest first.": "Liệt kê sự cố, mới nhất trước.",
        "List playbooks.": "Liệt kê kịch bản.",
        "List the rules of rule files.": "Liệt kê luật trong các tệp luật.",
        "Look at a piece of evidence; that you did is recorded.": "Xem một chứng cứ; việc xem được ghi vào sổ.",
        "Look for damage, and count every alert anew.": "Tìm chỗ hỏng, và đếm lại mọi cảnh báo.",
        "Make a key for signing: FILE is the private half, FILE.pub the public one; shows the lines for trust.yaml.":
            "Tạo khóa ký: FILE là nửa riêng, FILE.pub là nửa công khai; in các dòng cho trust.yaml.",
        "Make a key: the private half (mode 0600), and the public one with .pub behind its name.":
            "Tạo khóa: nửa riêng (quyền 0600), và nửa công khai có đuôi .pub.",
        "Make the registry what a YAML file says; agencies that it leaves out are taken from the registry.":
            "Đưa danh bạ về đúng như tệp YAML; cơ quan không có trong tệp bị lấy khỏi danh bạ.",
        "Manual pages, section 1: vonggac.1 and one for each command; of the sensor, section 8.":
            "Trang hướng dẫn man, mục 1: vonggac.1 và một trang cho mỗi lệnh; của cảm biến, mục 8.",
        "Note that two incidents belong together.": "Ghi rằng hai sự cố liên quan với nhau.",
        "Notice of a personal data violation, within 72 hours (NĐ 356/2025 Mẫu 08).":
            "Thông báo vi phạm bảo vệ dữ liệu cá nhân, trong 72 giờ (NĐ 356/2025 Mẫu 08).",
        "Notice of an incident (TT 20/2017 Đ9.3.a).": "Thông báo sự cố (TT 20/2017 Đ9.3.a).",
        "One agency: whom to call, what it has.": "Một cơ quan: gọi cho ai, có những gì.",
        "One alert.": "Một cảnh báo.",
        "The deadlines of an incident: what the law says, who must get what by when, what was sent, who was warned.":
            "Các thời hạn của một sự cố: luật nói gì, ai phải nhận gì trước lúc nào, đã gửi gì, đã nhắc ai.",
        "One piece of evidence and its chain of custody.": "Một chứng cứ và chuỗi lưu giữ.",
        "Plan of the response (TT 20/2017 Đ9.3.d).": "Phương án ứng cứu cụ thể (TT 20/2017 Đ9.3.d).",
        "Prove that the record is whole: the chain, every table, every alert, every checkpoint.":
            "Chứng minh sổ còn nguyên: chuỗi băm, mọi bảng, mọi cảnh báo, mọi điểm chốt.",
        "Put a backup in the place of the database; what was there is kept beside it.":
            "Thay cơ sở dữ liệu bằng bản sao lưu; bản đang dùng được giữ lại bên cạnh.",
        "Put one incident into another.": "Gộp một sự cố vào sự cố khác.",
        "Read rule files and say what is wrong with them.": "Đọc tệp luật và nói sai ở đâu.",
        "Record a change in an agency's systems; the weekly report lists it.":
            "Ghi một thay đổi trong hệ thống của cơ quan; báo cáo tuần sẽ nêu.",
        "Record an incident that a person reports.": "Ghi một sự cố do người báo.",
        "Record that a document was sent by other means; its deadlines are fulfilled.":
            "Ghi rằng văn bản đã gửi bằng cách khác; các thời hạn của văn bản được hoàn thành.",
        "Remove a contact.": "Bỏ một đầu mối.",
        "Remove a system or device.": "Bỏ một hệ thống hoặc thiết bị.",
        "Remove an Internet link.": "Bỏ một đường truyền Internet.",
        "Report of cause, scope and remediation, within 72 hours; updates and the final one (NĐ 331/2026 Đ31.2.d).":
            "Báo cáo nguyên nhân, phạm vi, khắc phục trong 72 giờ; cả cập nhật và cuối cùng (NĐ 331/2026 Đ31.2.d).",
        "Report on the course of events (TT 20/2017 Đ9.3.c).": "Báo cáo diễn biến tình hình (TT 20/2017 Đ9.3.c).",
        "Reports, notices and statutory forms.": "Báo cáo, thông báo và biểu mẫu theo luật.",
        "Request for help (TT 20/2017 Đ9.3.đ).": "Đề nghị hỗ trợ, phối hợp (TT 20/2017 Đ9.3.đ).",
        "Rule files.": "Tệp luật.",
        "Run a playbook on an incident.": "Chạy kịch bản trên một sự cố.",
        "Runs of playbooks; with a number, one run as a tree of steps.":
            "Các lượt chạy kịch bản; kèm số thì hiện cây các bước của lượt đó.",
        "Say everything that is wrong with playbooks.": "Nói mọi chỗ sai của kịch bản.",
        "Say that a deadline was met, by which document, sent to whom and how.":
            "Ghi rằng thời hạn đã xong: bằng văn bản nào, gửi ai, bằng cách nào.",
        "Say that personal data, public order or the like is affected, and since when that is known.":
            "Ghi rằng có ảnh hưởng dữ liệu cá nhân, trật tự xã hội hoặc tương tự, và biết từ lúc nào.",
        "Say who handles it: alone, with help, foreign help, or the national coordinator's.":
            "Ghi ai xử lý: tự xử lý, có hỗ trợ, nước ngoài hỗ trợ, hay cơ quan điều phối quốc gia.",
        "Send a document by mail; its deadlines are fulfilled.": "Gửi văn bản qua thư; các thời hạn của văn bản được hoàn thành.",
        "Send the warnings that are due, by the channels of clocks.yaml; for cron or a systemd timer.":
            "Gửi các lời nhắc đến hạn, theo kênh trong clocks.yaml; dùng với cron hoặc systemd timer.",
        "Sensors and what they saw in the last days.": "Cảm biến và những gì đã thấy trong mấy ngày qua.",
        "Sensors.": "Cảm biến.",
        "Service is back.": "Dịch vụ đã trở lại.",
        "Show a template as it is shipped, or check one's own.": "Hiện mẫu có sẵn, hoặc kiểm tra mẫu của mình.",
        "Show every command, target and credential name that a run would use; nothing is changed.":
            "Hiện mọi lệnh, đích và tên bí mật mà lượt chạy sẽ dùng; không thay đổi gì.",
        "Sign a file: a detached CMS signature beside it (FILE.p7s).": "Ký một tệp: chữ ký CMS để riêng bên cạnh (FILE.p7s).",
        "Sign a playbook; its file gets the signature.": "Ký kịch bản; chữ ký nằm trong tệp.",
        "Sign the ledger's end as it is now.": "Ký điểm cuối của sổ cái lúc này.",
        "Stop a run, wherever it runs.": "Dừng một lượt chạy, dù đang chạy ở đâu.",
        "Systems and devices of an agency.": "Hệ thống và thiết bị của cơ quan.",
        "Take an agency from the registry; its old alerts and incidents stay its own.":
            "Lấy cơ quan khỏi danh bạ; cảnh báo và sự cố cũ vẫn thuộc cơ quan đó.",
        "Take back the last thing that was done with it.": "Hoàn tác việc vừa làm.",
        "Take some of its alerts out into a new incident.": "Tách một số cảnh báo ra thành sự cố mới.",
        "Tasks of one incident, or all that are open.": "Việc phải làm của một sự cố, hoặc mọi việc còn mở.",
        "The SQL that gives a number of the weekly report, ready for sqlite3.":
            "Câu SQL cho ra một số liệu của báo cáo tuần, dùng ngay với sqlite3.",
        "The author's own text of a report; it stands in the report whenever that is made again.":
            "Lời của đơn vị trong báo cáo; mỗi lần lập lại báo cáo vẫn có.",
        "The completion script of a shell.": "Mã tự điền lệnh cho shell.",
        "The daily log (TT 31/2017 Đ5.3.a).": "Nhật ký hằng ngày (TT 31/2017 Đ5.3.a).",
        "The database file.": "Tệp cơ sở dữ liệu.",
        "The half-yearly report on monitoring (TT 31/2017 Đ5.3.k).": "Báo cáo giám sát 06 tháng (TT 31/2017 Đ5.3.k).",
        "The ledger: every entry, the proof that none was changed, and signed checkpoints.":
            "Sổ cái: mọi mục, bằng chứng không mục nào bị sửa, và điểm chốt có chữ ký.",
        "The public half of a key and its fingerprint.": "Nửa công khai của khóa và dấu vân tay.",
        "The state of things for machines: the operations centre's wall, Prometheus.":
            "Tình hình cho máy đọc: màn hình trung tâm điều hành, Prometheus.",
        "The summary table of incidents, six months or a year (TT 20/2017 Mẫu 05).":
            "Báo cáo tổng hợp sự cố, 06 tháng hoặc 01 năm (TT 20/2017 Mẫu 05).",
        "The unit's own record of an incident.": "Phiếu ghi nhận sự cố của đơn vị.",
        "The weekly compliance report (TT 31/2017 Đ5.3.d).": "Báo cáo tuần (TT 31/2017 Đ5.3.d).",
        "The yearly result table (NĐ 331/2026 Mẫu 08), 15 December to 14 December.":
            "Báo cáo kết quả hằng năm (NĐ 331/2026 Mẫu 08), từ 15/12 đến 14/12.",
        "Undo what a run did, the latest first; with --expired, what should be over by now in all runs.":
            "Hoàn tác những gì lượt chạy đã làm, việc sau cùng trước; --expired: mọi việc đã hết hạn của mọi lượt.",
        "Watch a run from another terminal until it ends.": "Theo dõi một lượt chạy từ terminal khác cho đến khi xong.",
        "What happened to an incident, from the ledger.": "Diễn biến của sự cố, theo sổ cái.",
        "What has to be done for incidents.": "Việc phải làm cho các sự cố.",
        "What is known for a form, field by field, and what is missing.": "Biểu mẫu đã biết gì, từng mục một, và còn thiếu gì.",
        "What the sensors saw.": "Những gì cảm biến đã thấy.",
        "Whether sensors watch, and what they lost. Exit code 1 when one is silent.":
            "Cảm biến có đang giám sát không, đã mất gì. Mã thoát 1 khi có cảm biến im lặng.",
        "Which Internet links a sensor watches now (TT 31/2017 Đ5.2.b). Exit code 1 when one is not.":
            "Đường truyền Internet nào đang được giám sát (TT 31/2017 Đ5.2.b). Mã thoát 1 khi còn đường chưa có.",
        "Whom to call; a change must be made known within 24 hours.": "Gọi cho ai; thay đổi phải báo trong 24 giờ.",
        "Work in a terminal that is recorded; what was typed and seen becomes evidence when it ends.":
            "Làm việc trong terminal có ghi lại; khi xong, những gì đã gõ và thấy thành chứng cứ.",
        "Work on incidents on the full screen.": "Xử lý sự cố trên toàn màn hình.",
        "Work on incidents that the sensors found.": "Xử lý các sự cố mà cảm biến tìm thấy.",
        "Work on it begins again.": "Mở lại để xử lý tiếp.",
        "Work on it has ended.": "Đã xử lý xong.",
        "Write a note on its timeline.": "Ghi chú vào diễn biến.",
        "Write a playbook as YAML or as JSON; it stays the same playbook.": "Chuyển kịch bản sang YAML hoặc JSON; nội dung không đổi.",
        "Write manual pages and shell completions.": "Xuất trang hướng dẫn man và mã tự điền lệnh.",
        "Write the file anew without free space; sensors wait, and the disk needs room for a second copy.":
            "Ghi lại tệp cho gọn; cảm biến phải chờ, và đĩa cần chỗ cho bản thứ hai.",
        "Write the registry as YAML, to be imported again.": "Xuất danh bạ ra YAML, để nhập lại được.",
        "The incident: VG-2026-0001.": "Sự cố: VG-2026-0001.",
        "Folder with incidents.sqlite and evidence.": "Thư mục có incidents.sqlite và chứng cứ.",
        "One JSON document instead of a table.": "Một văn bản JSON thay cho bảng.",
        "Language: vi or en.": "Ngôn ngữ: vi hoặc en.",
        "Who acts; the login name by default.": "Người thực hiện; mặc định là tên đăng nhập.",
        "The state lies in --state, VONGGAC_STATE, or /var/lib/vonggac.": "Dữ liệu nằm ở --state, VONGGAC_STATE, hoặc /var/lib/vonggac.",
        "Show the version.": "Hiện phiên bản.",
        "Show help information.": "Hiện trợ giúp.",
    ]
}
