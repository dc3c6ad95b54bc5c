extension HelpText {
    /// What options, arguments and discussions say; the same test finds the one that is missing.
    static let vietnameseOfOptions: [String: String] = [
        "--from names who sent the notice; an acknowledgement is owed to them at once.":
            "--from ghi ai gửi thông báo; phải xác nhận đã nhận cho họ ngay.",
        "--raw gives its bytes to another program: vonggac evidence view 7 --raw --reason … | tcpdump -nr -":
            "--raw đưa nguyên byte cho chương trình khác: vonggac evidence view 7 --raw --reason … | tcpdump -nr -",
        "A block of addresses such as 10.20.30.0/24; leave out for a whole VLAN or interface.":
            "Dải địa chỉ như 10.20.30.0/24; bỏ trống nếu là cả VLAN hay cả cổng.",
        "A block of addresses; repeat for more.": "Dải địa chỉ; lặp lại nếu có nhiều.",
        "A checkpoint, or a folder of them, that was kept elsewhere; repeat for more.":
            "Một điểm chốt, hoặc thư mục chứa chúng, giữ ở nơi khác; lặp lại nếu có nhiều.",
        "A file that db backup wrote.": "Tệp do db backup ghi.",
        "A package: a folder or archive. Without it the evidence folder is checked.":
            "Gói: thư mục hoặc tệp nén. Không ghi thì kiểm tra thư mục chứng cứ.",
        "A person does everything; the program only shows it and keeps the record.":
            "Người làm mọi việc; chương trình chỉ hiện ra và ghi lại.",
        "A playbook to begin from.": "Kịch bản để bắt đầu từ đó.",
        "A queue by severity and nearest deadline, and the selected incident with its timeline, hosts, packets, evidence and deadlines. Each key does what a command of vonggac does, and shows it; ? explains the keys. Needs a terminal of 80x24 or more; NO_COLOR is honoured.":
            "Hàng đợi theo mức và thời hạn gần nhất, và sự cố đang chọn với diễn biến, máy, gói tin, chứng cứ, thời hạn. Mỗi phím làm điều một lệnh của vonggac làm, và hiện lệnh đó; ? giải thích các phím. Cần màn hình từ 80x24; tôn trọng NO_COLOR.",
        "A rule file; repeat for more.": "Tệp luật; lặp lại nếu có nhiều.",
        "A run that was stopped can be gone on with: playbook resume.": "Lượt đã dừng có thể chạy tiếp: playbook resume.",
        "A short code that never changes, such as SNV.": "Mã ngắn, không bao giờ đổi, như SNV.",
        "A signer's certificate or public key, for signatures that only name it.":
            "Chứng thư hoặc khóa công khai của người ký, khi chữ ký chỉ ghi tên chúng.",
        "A timer that calls `vonggac playbook rollback --expired --yes` every minute ends blocks in time.":
            "Bộ hẹn giờ gọi `vonggac playbook rollback --expired --yes` mỗi phút thì lệnh chặn hết đúng giờ.",
        "A value from outside.": "Một giá trị từ bên ngoài.",
        "A whole year instead.": "Cả năm thay vào đó.",
        "Accept a playbook that nobody whom the office trusts has signed.": "Chấp nhận kịch bản chưa ai mà cơ quan tin ký.",
        "Address. Repeatable.": "Địa chỉ. Lặp lại được.",
        "Agree without being asked.": "Đồng ý, không hỏi.",
        "Alerts before this moment.": "Cảnh báo trước thời điểm này.",
        "Alerts from or to this address.": "Cảnh báo từ hoặc đến địa chỉ này.",
        "Alerts from this moment on.": "Cảnh báo từ thời điểm này.",
        "Alerts of this rule.": "Cảnh báo của luật này.",
        "All that is given must hold for an alert. The new incident is linked to this one.":
            "Cảnh báo phải thỏa mọi điều kiện đã ghi. Sự cố mới được liên kết với sự cố này.",
        "Also periodic reports that are due within 30 days, or were within the last 30.":
            "Cả báo cáo định kỳ đến hạn trong 30 ngày tới, hoặc trong 30 ngày qua.",
        "Also those of candidates, if they were confirmed.": "Cả của nghi vấn, nếu chúng được xác nhận.",
        "Also those that are done.": "Cả việc đã xong.",
        "Also those that are met, with when and by which document.": "Cả những thời hạn đã hoàn thành, lúc nào và bằng văn bản nào.",
        "Also write it into this folder, such as one on another disk.": "Ghi thêm vào thư mục này, chẳng hạn trên đĩa khác.",
        "An alert's number; repeat for more.": "Số của cảnh báo; lặp lại nếu có nhiều.",
        "Answer a field; kept for the next time. Repeatable.": "Trả lời một trường; giữ cho lần sau. Lặp lại được.",
        "Answers from a YAML file: field: value.": "Câu trả lời từ tệp YAML: trường: giá trị.",
        "Answers to manual steps, YAML.": "Câu trả lời cho các bước làm tay, YAML.",
        "Anybody can check it: openssl cms -verify -binary -inform DER -in FILE.p7s -content FILE -CAfile CA.pem -purpose any. To try it without the unit's certificate: openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj /CN=try -keyout unit.key -out unit.pem; the certificate is then its own --ca.":
            "Ai cũng kiểm tra được: openssl cms -verify -binary -inform DER -in FILE.p7s -content FILE -CAfile CA.pem -purpose any. Để thử khi chưa có chứng thư của đơn vị: openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj /CN=try -keyout unit.key -out unit.pem; chứng thư đó chính là --ca.",
        "As a tree.": "Dạng cây.",
        "Ask every field again, also those that are known.": "Hỏi lại mọi trường, cả những trường đã biết.",
        "Authorities that web servers may show with --fetch, PEM.": "Các CA của máy chủ web cho --fetch, PEM.",
        "Authorities whose certificates web servers may show, PEM, instead of the system's.":
            "CA của máy chủ web, PEM, thay cho CA của hệ thống.",
        "Bandwidth in Mbit/s.": "Băng thông, Mbit/s.",
        "By the machine's own sendmail (VONGGAC_SENDMAIL names another), PDF unless --attach says otherwise. Addresses come from --to, else mail.to in organisation.yaml. With --key and --certificate each attachment goes with its detached signature.":
            "Qua sendmail của chính máy (VONGGAC_SENDMAIL chỉ chương trình khác), dạng PDF nếu --attach không nói khác. Địa chỉ lấy từ --to, nếu không thì mail.to trong organisation.yaml. Với --key và --certificate, mỗi tệp đính kèm đi cùng chữ ký rời.",
        "By what:": "Theo gì:",
        "Category code, such as DEFACE.": "Mã nhóm, như DEFACE.",
        "Category code, such as MALWARE.": "Mã nhóm, như MALWARE.",
        "Certificates that are trusted, PEM; those of the system by default.": "Chứng thư đáng tin, PEM; mặc định là của hệ thống.",
        "Code of one deadline, R26_24; all of them without.": "Mã một thời hạn, R26_24; bỏ trống thì tất cả.",
        "Code of the agency that it belongs to; none for the top.": "Mã cơ quan cấp trên trực tiếp; none nếu ở cao nhất.",
        "Code of the agency.": "Mã cơ quan.",
        "Code of the deadline: R26_24.": "Mã thời hạn: R26_24.",
        "Code of the number: W04; leave out for all.": "Mã của con số: W04; bỏ trống thì tất cả.",
        "Command; a shell by default.": "Lệnh; mặc định là một shell.",
        "Comments of YAML are an extension of the playbook in JSON, and come back at their places.":
            "Chú thích của YAML thành phần mở rộng của kịch bản dạng JSON, và trở lại đúng chỗ.",
        "Compliance profile: vn-2026, vn-2017, or a .yaml file.": "Hồ sơ tuân thủ: vn-2026, vn-2017, hoặc một tệp .yaml.",
        "Confirmation of a destructive step: what would have to be typed.": "Xác nhận bước phá hủy: chữ lẽ ra phải gõ.",
        "Database or list of the countries or networks of addresses (.mmdb or .csv); found by itself where docs/reports.md says. Repeatable.":
            "Cơ sở dữ liệu hoặc danh sách nước, mạng của địa chỉ (.mmdb hoặc .csv); tự tìm ở nơi docs/reports.md ghi. Lặp lại được.",
        "Days back from now.": "Bao nhiêu ngày trở về trước.",
        "Deadlines of a flag count from --since: the violation of personal data may be detected later than the incident. Without it the incident's own detection counts, the earlier and safer one.":
            "Thời hạn của một cờ tính từ --since: việc lộ dữ liệu cá nhân có thể được phát hiện sau sự cố. Không ghi thì tính từ lúc phát hiện sự cố, sớm hơn và chắc hơn.",
        "Deadlines start when an incident is confirmed. --candidates also shows those that would run for incidents that nobody has confirmed yet.":
            "Thời hạn bắt đầu khi sự cố được xác nhận. --candidates cho thấy cả những thời hạn sẽ chạy nếu các nghi vấn được xác nhận.",
        "Demand signers whom the office trusts.": "Đòi người ký mà cơ quan tin.",
        "Destructive steps need a second person.": "Bước phá hủy cần người thứ hai.",
        "Do not record in the ledger that the document was made.": "Không ghi vào sổ cái rằng văn bản đã được lập.",
        "Each deadline is warned of once at each time of warn_before (24h, 4h, 1h, 0 by default) on each channel. A channel that fails is tried again by the next run. The record says what was delivered. Exit code 1 when a channel failed.":
            "Mỗi thời hạn được nhắc một lần ở mỗi mốc của warn_before (mặc định 24h, 4h, 1h, 0) trên mỗi kênh. Kênh hỏng thì lần chạy sau thử lại. Sổ cái ghi đã gửi được gì. Mã thoát 1 khi có kênh hỏng.",
        "Every step is written on the incident before it has an effect. Manual steps ask at the terminal; without one, --answers gives the answers. Values that the playbook takes from outside come from the incident (__incident__, __severity__, __category__, __agency__, __attacker__, __victim__, __indicator__) and from --set. With --json each event is a line of JSON.":
            "Mỗi bước được ghi vào sự cố trước khi có tác dụng. Bước làm tay hỏi ở màn hình; không có màn hình thì --answers trả lời. Giá trị kịch bản lấy từ ngoài đến từ sự cố (__incident__, __severity__, __category__, __agency__, __attacker__, __victim__, __indicator__) và từ --set. Với --json mỗi sự kiện là một dòng JSON.",
        "Evidence is never changed. Each view, copy and export is an entry of the ledger before it happens.":
            "Chứng cứ không bao giờ đổi. Mỗi lần xem, sao chép, xuất là một mục của sổ cái, ghi trước khi làm.",
        "Evidence lies in files of its own beside it and never changes: copy that folder too.":
            "Chứng cứ là các tệp riêng bên cạnh và không bao giờ đổi: hãy sao cả thư mục đó.",
        "Exit code 0 when it is signed and every signature fits its text, whoever made it; with --trusted only when enough signers whom the office trusts signed it and their signatures are valid now. Else 1.":
            "Mã thoát 0 khi đã ký và mọi chữ ký khớp với nội dung, bất kể ai ký; với --trusted thì chỉ khi đủ người ký mà cơ quan tin đã ký và chữ ký còn hiệu lực. Nếu không thì 1.",
        "Exit code 1 when one has an error; warnings and hints alone are no error.":
            "Mã thoát 1 khi có lỗi; cảnh báo và gợi ý thôi thì không phải lỗi.",
        "File for the private key; it must not exist.": "Tệp cho khóa riêng; chưa được có.",
        "File to write; .json or .yaml.": "Tệp để ghi; .json hoặc .yaml.",
        "File to write; standard output by default.": "Tệp để ghi; không ghi thì in ra màn hình.",
        "Files.": "Các tệp.",
        "First day or moment.": "Ngày đầu hoặc thời điểm đầu.",
        "Folder of playbooks.": "Thư mục kịch bản.",
        "Folder of templates that go before the shipped ones.": "Thư mục mẫu, dùng trước các mẫu kèm theo.",
        "Folder to write to; vonggac.1 on standard output without one.": "Thư mục để ghi; không ghi thì in vonggac.1 ra màn hình.",
        "Format of an attachment: pdf, docx, html, xlsx, csv, json. Repeatable.":
            "Định dạng tệp đính kèm: pdf, docx, html, xlsx, csv, json. Lặp lại được.",
        "Get certificates from where signatures say that they lie (https). That does not make them trusted.":
            "Lấy chứng thư ở nơi chữ ký ghi (https). Việc đó không làm chúng đáng tin.",
        "Graver than M4, it must have been contained first; no task may be open and no playbook running.":
            "Nặng hơn M4 thì phải ngăn chặn trước; không còn việc mở, không kịch bản nào đang chạy.",
        "Half of a year: 2026-H1.": "Nửa năm: 2026-H1.",
        "Host keys that SSH may meet.": "Khóa máy mà SSH được gặp.",
        "How it was handled: self, helped, foreign, coordinator; what incident handle said by default, else self.":
            "Xử lý thế nào: self, helped, foreign, coordinator; mặc định như incident handle đã ghi, nếu không thì self.",
        "How:": "Bằng cách nào:",
        "ISO week: 2026-W47.": "Tuần theo ISO: 2026-W47.",
        "Identity of the author: identity--<uuid>.": "Định danh của tác giả: identity--<uuid>.",
        "Identity of who signs: identity--<uuid>.": "Định danh người ký: identity--<uuid>.",
        "Incident.": "Sự cố.",
        "Incidents, the ledger and what people wrote stay, and so do the alerts and evidence of incidents that are open, confirmed, closed not long ago, or held (incident hold). A running sensor goes on writing meanwhile.":
            "Sự cố, sổ cái và những gì người ta viết thì ở lại; cảnh báo và chứng cứ của sự cố đang mở, đã xác nhận, mới kết thúc hoặc bị giữ (incident hold) cũng vậy. Cảm biến đang chạy vẫn ghi tiếp.",
        "Interface of the sensor.": "Cổng mạng của cảm biến.",
        "It gets a new id, your name as its author is left to you, and it is not signed.":
            "Kịch bản được mã định danh mới, tên tác giả để anh chị điền, và chưa ký.",
        "It is met already; this went to another recipient, or is a later version.":
            "Thời hạn đã hoàn thành; lần này gửi nơi nhận khác, hoặc là bản sau.",
        "It is not affected after all; deadlines that run go on.": "Hóa ra không bị ảnh hưởng; các thời hạn đang chạy vẫn chạy tiếp.",
        "Its address.": "Địa chỉ.",
        "Its host name.": "Tên máy.",
        "Its name, “Tiếng Việt / English”.": "Tên, “Tiếng Việt / English”.",
        "Its name.": "Tên.",
        "Its number, or the beginning of its SHA-256.": "Số, hoặc phần đầu SHA-256.",
        "JSON (docs/feed.schema.json) or Prometheus text. With -o the file is replaced at once, never seen half written; a timer keeps it fresh: vonggac feed -o /srv/www/vonggac.json, vonggac feed --format prometheus -o /var/lib/prometheus/node-exporter/vonggac.prom":
            "JSON (docs/feed.schema.json) hoặc văn bản Prometheus. Với -o, tệp được thay cả một lần, không ai thấy dở dang; một bộ hẹn giờ giữ cho nó mới: vonggac feed -o /srv/www/vonggac.json, vonggac feed --format prometheus -o /var/lib/prometheus/node-exporter/vonggac.prom",
        "Judge validity at this moment instead of now.": "Xét hiệu lực ở thời điểm này thay vì bây giờ.",
        "Keep this many days instead of the profile's.": "Giữ chừng này ngày thay cho số của hồ sơ.",
        "Last day (included), or moment (excluded).": "Ngày cuối (tính cả), hoặc thời điểm cuối (không tính).",
        "Level of its information system, 1 to 5; 0 when it is not classified.":
            "Cấp độ của hệ thống thông tin, 1 đến 5; 0 khi chưa phân loại.",
        "Level of the information system, 1 to 5.": "Cấp độ của hệ thống thông tin, 1 đến 5.",
        "List every text of a report that its template may word otherwise.": "Liệt kê mọi câu của báo cáo mà mẫu có thể viết khác.",
        "M1 (gravest) to M4.": "M1 (nặng nhất) đến M4.",
        "Mail address.": "Địa chỉ thư.",
        "Most incidents and deadlines that are listed.": "Nhiều nhất bao nhiêu sự cố và thời hạn được liệt kê.",
        "Most lines of a page.": "Nhiều nhất bao nhiêu dòng một trang.",
        "Most lines.": "Nhiều nhất bao nhiêu dòng.",
        "Name for trust.yaml.": "Tên trong trust.yaml.",
        "Name in English.": "Tên tiếng Anh.",
        "Name of the person or desk.": "Tên người hoặc bàn trực.",
        "Name of the sensor that watches it.": "Tên cảm biến giám sát đường truyền.",
        "Name, file or id.": "Tên, tệp hoặc mã định danh.",
        "Name.": "Tên.",
        "Names or files; all on the shelf by default.": "Tên hoặc tệp; mặc định là mọi kịch bản trên kệ.",
        "Never ask; mark what is missing.": "Không hỏi; đánh dấu chỗ còn thiếu.",
        "Number and sign of the document; made of --number where it is not given.":
            "Số, ký hiệu của văn bản; không ghi thì lập từ --number.",
        "Number and sign of what was sent.": "Số, ký hiệu của văn bản đã gửi.",
        "Number of an entry.": "Số của mục.",
        "Number of the decision that approved the level.": "Số quyết định phê duyệt cấp độ.",
        "Number of the rule.": "Số của luật.",
        "Of an incident (VG-2026-0001 R26_24), or of a period (2026-W47 P_WEEKLY).":
            "Của sự cố (VG-2026-0001 R26_24), hoặc của kỳ (2026-W47 P_WEEKLY).",
        "Of vonggac, or with --sensor of vonggac-sensor.": "Của vonggac, hoặc với --sensor của vonggac-sensor.",
        "Only about this incident or period.": "Chỉ về sự cố hoặc kỳ này.",
        "Only about this: incident/VG-2026-0001, evidence/SHA256, sensor/NAME …":
            "Chỉ về đối tượng này: incident/VG-2026-0001, evidence/SHA256, sensor/TÊN …",
        "Only before this moment, or until the end of this day.": "Chỉ trước thời điểm này, hoặc đến hết ngày này.",
        "Only by this person or sensor:NAME.": "Chỉ của người này hoặc sensor:TÊN.",
        "Only from this day or moment on.": "Chỉ từ ngày hoặc thời điểm này.",
        "Only look: actions are neither shown nor done.": "Chỉ xem: không hiện và không làm việc gì.",
        "Only of this agency.": "Chỉ của cơ quan này.",
        "Only of this category, such as MALWARE.": "Chỉ nhóm này, như MALWARE.",
        "Only of this incident.": "Chỉ của sự cố này.",
        "Only of this kind, or of kinds that begin so, such as evidence.": "Chỉ loại này, hoặc các loại bắt đầu như thế, ví dụ evidence.",
        "Only of this kind, such as PORTSCAN.": "Chỉ loại này, như PORTSCAN.",
        "Only of this kind:": "Chỉ loại này:",
        "Only of this sensor.": "Chỉ của cảm biến này.",
        "Only of this severity: the rule's priority, 1 the gravest.": "Chỉ mức này: độ ưu tiên của luật, 1 là nặng nhất.",
        "Only say how many alerts would go.": "Chỉ cho biết bao nhiêu cảnh báo sẽ bị xóa.",
        "Only say what would be sent.": "Chỉ cho biết sẽ gửi gì.",
        "Only say what would change.": "Chỉ cho biết sẽ đổi gì.",
        "Only the chain and the checkpoints.": "Chỉ chuỗi băm và các điểm chốt.",
        "Only these pieces, by number or SHA-256; all of the incident's by default.":
            "Chỉ các chứng cứ này, theo số hoặc SHA-256; mặc định là mọi chứng cứ của sự cố.",
        "Only this agency.": "Chỉ cơ quan này.",
        "Only this deadline; those that the form serves by default. Repeatable.":
            "Chỉ thời hạn này; mặc định là những thời hạn mà biểu mẫu đáp ứng. Lặp lại được.",
        "Only this form.": "Chỉ biểu mẫu này.",
        "Only this rule.": "Chỉ luật này.",
        "Only this severity.": "Chỉ mức này.",
        "Only this state.": "Chỉ trạng thái này.",
        "Only this step (id or name).": "Chỉ bước này (mã định danh hoặc tên).",
        "Only those with this address.": "Chỉ sự cố có địa chỉ này.",
        "Only what this person does.": "Chỉ việc của người này.",
        "Only what this person works on.": "Chỉ việc của người này.",
        "Only when the last one is older than this.": "Chỉ khi điểm chốt gần nhất cũ hơn chừng này.",
        "Only with this address.": "Chỉ có địa chỉ này.",
        "Plain text; empty lines set paragraphs apart.": "Văn bản thường; dòng trống ngăn các đoạn.",
        "Print how each number is computed, and from which incidents.": "In cách tính mỗi con số, và từ những sự cố nào.",
        "Private key, PEM.": "Khóa riêng, PEM.",
        "Private key, PEM; only its owner may read it.": "Khóa riêng, PEM; chỉ chủ của nó được đọc.",
        "Private key; keys/ledger.key of the state folder by default.": "Khóa riêng; mặc định là keys/ledger.key trong thư mục dữ liệu.",
        "Public key that checkpoints must be signed with; repeat for more.":
            "Khóa công khai mà điểm chốt phải được ký bằng; lặp lại nếu có nhiều.",
        "Public key that the package must be signed with.": "Khóa công khai mà gói phải được ký bằng.",
        "Public or private key; that of the state folder by default.":
            "Khóa công khai hoặc khóa riêng; mặc định là khóa trong thư mục dữ liệu.",
        "RS256 … ES512, PS256 …, Ed25519.": "RS256 … ES512, PS256 …, Ed25519.",
        "RS256 … ES512, PS256 …, Ed25519; by the key by default.": "RS256 … ES512, PS256 …, Ed25519; mặc định theo khóa.",
        "Re-computes the chain, rebuilds every table from it and compares row by row, compares each alert with its seal, and checkpoints with the entries that they name. Give the public key and checkpoints that were kept elsewhere: whoever can change the database can change what lies beside it. docs/verify-ledger.md says how to do it without this program.":
            "Tính lại chuỗi băm, dựng lại mọi bảng từ sổ cái rồi so từng dòng, so từng cảnh báo với niêm phong của nó, và điểm chốt với mục mà nó ghi. Hãy đưa khóa công khai và điểm chốt giữ ở nơi khác: ai sửa được cơ sở dữ liệu thì cũng sửa được những gì nằm cạnh nó. docs/verify-ledger.md chỉ cách làm không cần chương trình này.",
        "Reachable at any hour of any day.": "Liên lạc được mọi giờ, mọi ngày.",
        "Read the template that is in use and say what is wrong with it.": "Đọc mẫu đang dùng và cho biết nó sai ở đâu.",
        "Rebuild the tables from the ledger and compare.": "Dựng lại các bảng từ sổ cái và so sánh.",
        "Refuse when the incident is no longer at this version (incident show says which).":
            "Từ chối khi sự cố không còn ở phiên bản này (incident show cho biết).",
        "Remarks for the next shift, plain text; kept for the next time.": "Lưu ý cho ca sau, văn bản thường; giữ cho lần sau.",
        "Rule files; a .yaml file is a table of correlation.": "Tệp luật; tệp .yaml là bảng gộp sự cố.",
        "Run commands without asking.": "Chạy lệnh không hỏi.",
        "Runs a shell, or the command behind --, under script(1).": "Chạy một shell, hoặc lệnh sau --, dưới script(1).",
        "Sender's address; mail.from in organisation.yaml by default.": "Địa chỉ người gửi; mặc định là mail.from trong organisation.yaml.",
        "Settings; clocks.yaml of the state folder or of /etc/vonggac by default.":
            "Cấu hình; mặc định là clocks.yaml trong thư mục dữ liệu hoặc /etc/vonggac.",
        "Show what there is and stop.": "Hiện những gì đang có rồi dừng.",
        "Show what would be done.": "Cho biết sẽ làm gì.",
        "Steps that ended are not repeated. One that had begun may have run: it is asked about, unless its playbook says that it is idempotent; without a terminal, --interrupted or the answers say what became of it.":
            "Bước đã xong không làm lại. Bước đã bắt đầu thì có thể đã chạy: chương trình hỏi lại, trừ khi kịch bản nói bước đó làm lại được; không có màn hình thì --interrupted hoặc các câu trả lời cho biết nó ra sao.",
        "Take other signatures away.": "Bỏ các chữ ký khác.",
        "Telephone.": "Điện thoại.",
        "Templates lie in templates/ of the state folder, then in /etc/vonggac/templates. To change one: report template weekly > /etc/vonggac/templates/weekly.yaml, edit it, then report template weekly --check. report template organisation shows an example of organisation.yaml: who issues documents.":
            "Mẫu nằm trong templates/ của thư mục dữ liệu, rồi trong /etc/vonggac/templates. Muốn đổi một mẫu: report template weekly > /etc/vonggac/templates/weekly.yaml, sửa tệp, rồi report template weekly --check. report template organisation cho một ví dụ organisation.yaml: ai ban hành văn bản.",
        "Text of the mail.": "Lời thư.",
        "That of vonggac-sensor.": "Của vonggac-sensor.",
        "The agency's code: SNV.": "Mã cơ quan: SNV.",
        "The alert's number.": "Số của cảnh báo.",
        "The backup is verified first. Sensors should be stopped: what they write meanwhile goes into what is put aside.":
            "Bản sao được kiểm tra trước. Nên dừng cảm biến: những gì chúng ghi trong lúc đó nằm trong tệp được cất sang bên.",
        "The bytes as they are.": "Nguyên byte.",
        "The content is copied and its SHA-256 taken as it is read. The file itself stays where it is.":
            "Nội dung được sao lại và tính SHA-256 khi đọc. Tệp gốc ở nguyên chỗ.",
        "The day.": "Ngày.",
        "The document's date, once it is signed.": "Ngày của văn bản, khi đã ký.",
        "The document's number, once it is registered.": "Số của văn bản, khi đã vào sổ.",
        "The file that was sent; kept, with its SHA-256. Repeatable.": "Tệp đã gửi; được giữ cùng SHA-256. Lặp lại được.",
        "The file.": "Tệp.",
        "The file: a PDF, DOCX …": "Tệp: PDF, DOCX …",
        "The file; standard output by default.": "Tệp; không ghi thì in ra màn hình.",
        "The form: f24, f72, notice …": "Biểu mẫu: f24, f72, notice …",
        "The form: f24, f72, notice, weekly …": "Biểu mẫu: f24, f72, notice, weekly …",
        "The incident or the period.": "Sự cố hoặc kỳ.",
        "The incident that it becomes part of.": "Sự cố mà nó nhập vào.",
        "The incident that it is the same as.": "Sự cố mà nó trùng.",
        "The incident that values come from.": "Sự cố mà các giá trị lấy từ đó.",
        "The incident, or the period of a periodic report.": "Sự cố, hoặc kỳ của báo cáo định kỳ.",
        "The incident.": "Sự cố.",
        "The incident: VG-2026-0001; all where it is left out.": "Sự cố: VG-2026-0001; bỏ trống thì tất cả.",
        "The last whole half year by default.": "Mặc định là nửa năm trọn gần nhất.",
        "The last whole week by default. Who issues the report comes from --organisation, else organisation.yaml in the state folder, else /etc/vonggac/organisation.yaml; without one the letterhead stays blank. The author's own text (--remarks, report remarks) is kept and stands in the report whenever it is made again.":
            "Mặc định là tuần trọn gần nhất. Nơi ban hành lấy từ --organisation, nếu không thì organisation.yaml trong thư mục dữ liệu, rồi /etc/vonggac/organisation.yaml; không có thì phần đầu để trống. Lời của người lập (--remarks, report remarks) được giữ và nằm trong báo cáo mỗi khi lập lại.",
        "The new file.": "Tệp mới.",
        "The new folder, or archive where it ends with .zip or .tar.": "Thư mục mới, hoặc tệp nén nếu tên kết thúc bằng .zip hoặc .tar.",
        "The note.": "Ghi chú.",
        "The other incident.": "Sự cố kia.",
        "The page vonggac-sensor.8 instead, on standard output.": "In trang vonggac-sensor.8 ra màn hình thay vào đó.",
        "The period: 2026-W47.": "Kỳ: 2026-W47.",
        "The person; leave out to take it back.": "Người xử lý; bỏ trống để thu lại.",
        "The playbook's file.": "Tệp kịch bản.",
        "The record keeps both: what was done, and that it was taken back. Evidence, playbook runs and documents that were sent stay.":
            "Sổ cái giữ cả hai: đã làm gì, và việc đó đã được rút lại. Chứng cứ, lượt chạy kịch bản và văn bản đã gửi thì ở lại.",
        "The report: weekly, daily, half-year.": "Báo cáo: weekly, daily, half-year.",
        "The reporting year that ended last by default. Columns that the record does not hold are answered per agency: --set systems.SNV.approval=…":
            "Mặc định là năm báo cáo kết thúc gần nhất. Cột mà sổ không có thì trả lời theo từng cơ quan: --set systems.SNV.approval=…",
        "The reporting year.": "Năm báo cáo.",
        "The rule's text comes from --rules, /etc/vonggac/rules and the rules that were shipped.":
            "Lời của luật lấy từ --rules, /etc/vonggac/rules và các luật kèm theo.",
        "The run's number.": "Số của lượt chạy.",
        "The signature's last moment.": "Thời điểm cuối của chữ ký.",
        "The signature; FILE.p7s by default.": "Chữ ký; mặc định là FILE.p7s.",
        "The signer must lead to a certificate of --ca, or to one that the system trusts.":
            "Người ký phải dẫn đến một chứng thư của --ca, hoặc chứng thư mà hệ thống tin.",
        "The signer's certificate, PEM; certificates of its issuers may follow in the file.":
            "Chứng thư của người ký, PEM; chứng thư của nơi cấp có thể theo sau trong tệp.",
        "The subject is an incident or a period: report sent f24 VG-2026-0003, report sent weekly 2026-W47.":
            "Đối tượng là sự cố hoặc kỳ: report sent f24 VG-2026-0003, report sent weekly 2026-W47.",
        "The table of correlation.": "Bảng gộp sự cố.",
        "The task's number.": "Số của việc.",
        "The template; leave out to list them.": "Mẫu; bỏ trống để liệt kê.",
        "The text itself.": "Chính lời văn.",
        "The unit's own assessment, plain text; kept for the next time.": "Đánh giá của đơn vị, văn bản thường; giữ cho lần sau.",
        "Title.": "Chức vụ.",
        "To whom.": "Gửi cho ai.",
        "Until when.": "Đến khi nào.",
        "VLAN, 1 to 4094.": "VLAN, 1 đến 4094.",
        "What a form demands and the record does not hold is asked at a terminal, or given with --set; answers are kept, so that work can go on later. A document with demanded fields missing says so and cannot be sent. See docs/reports.md.":
            "Điều biểu mẫu đòi mà sổ không có thì được hỏi ở màn hình, hoặc ghi bằng --set; câu trả lời được giữ để làm tiếp sau. Văn bản thiếu trường bắt buộc nói rõ điều đó và không gửi được. Xem docs/reports.md.",
        "What became of steps that were interrupted: done, failed or again.": "Các bước bị ngắt ra sao: done, failed hoặc again.",
        "What came of it.": "Kết quả ra sao.",
        "What is affected; repeat for more, none to clear:": "Điều gì bị ảnh hưởng; lặp lại nếu có nhiều, none để xóa:",
        "What else it is; repeat for more, none to clear.": "Còn là nhóm gì nữa; lặp lại nếu có nhiều, none để xóa.",
        "What happened and what was done.": "Đã xảy ra gì và đã làm gì.",
        "What has expired, of all runs.": "Những gì đã hết hạn, của mọi lượt chạy.",
        "What is done.": "Làm gì.",
        "What is signed: hex (as the OASIS example), bytes or once.": "Ký lên cái gì: hex (như ví dụ của OASIS), bytes hoặc once.",
        "What is to be done.": "Cần làm gì.",
        "What it is and where it comes from.": "Là gì và lấy từ đâu.",
        "What it is, in a line.": "Là gì, trong một dòng.",
        "What it is.": "Là gì.",
        "What shows that it arrived: a receipt number, a reply.": "Bằng chứng đã đến nơi: số tiếp nhận, thư trả lời.",
        "What shows that it arrived: a receipt number, or a file, whose SHA-256 is recorded.":
            "Bằng chứng đã đến nơi: số tiếp nhận, hoặc một tệp mà SHA-256 được ghi lại.",
        "What was changed.": "Điều gì đã đổi.",
        "What was done.": "Đã làm gì.",
        "What was noticed, by whom, how.": "Ai thấy gì, bằng cách nào.",
        "What was seen.": "Đã thấy gì.",
        "When it was detected.": "Phát hiện lúc nào.",
        "When it was noticed; now by default.": "Được biết lúc nào; mặc định là bây giờ.",
        "When it was sent; now by default.": "Gửi lúc nào; mặc định là bây giờ.",
        "When what it shows happened; now by default.": "Điều nó cho thấy xảy ra lúc nào; mặc định là bây giờ.",
        "When; now by default.": "Khi nào; mặc định là bây giờ.",
        "Where each secret is kept, YAML.": "Mỗi bí mật được giữ ở đâu, YAML.",
        "Where it is.": "Ở đâu.",
        "Where the private key's passphrase comes from: file:PATH, env:NAME or command:WORDS.":
            "Lấy mật khẩu của khóa riêng ở đâu: file:ĐƯỜNG_DẪN, env:TÊN hoặc command:LỆNH.",
        "Where the signature goes; FILE.p7s by default.": "Ghi chữ ký ra đâu; mặc định là FILE.p7s.",
        "Where to write; the same file by default.": "Ghi ra đâu; mặc định là chính tệp đó.",
        "Where to write; the terminal by default.": "Ghi ra đâu; mặc định là màn hình.",
        "Where; keys/ledger.key of the state folder by default.": "Ở đâu; mặc định là keys/ledger.key trong thư mục dữ liệu.",
        "Which page, the newest is 1.": "Trang thứ mấy, mới nhất là 1.",
        "Who does it.": "Ai làm.",
        "Who gets it.": "Ai nhận.",
        "Who got it; those of the form by default. Repeatable.": "Ai đã nhận; mặc định là nơi nhận của biểu mẫu. Lặp lại được.",
        "Who helps.": "Ai hỗ trợ.",
        "Who issues it, YAML: organisation.yaml in the state folder or in /etc/vonggac by default.":
            "Ai ban hành, YAML: mặc định là organisation.yaml trong thư mục dữ liệu hoặc /etc/vonggac.",
        "Who sent the notice.": "Ai gửi thông báo.",
        "Who signs, as readers see it.": "Ai ký, như người đọc thấy.",
        "Whose line it is.": "Đường truyền của ai.",
        "Whose signatures count, YAML.": "Chữ ký của ai được tính, YAML.",
        "Why.": "Vì sao.",
        "With --by-hand: walk through a playbook although it is revoked or not valid now.":
            "Cùng --by-hand: đi qua một kịch bản dù đã thu hồi hoặc không còn hiệu lực.",
        "With --json each entry of the ledger that is about the run is a line.": "Với --json mỗi mục của sổ cái về lượt chạy là một dòng.",
        "With --rebuild every table is made anew from the ledger, in a scratch file, and compared row by row.":
            "Với --rebuild, mọi bảng được dựng lại từ sổ cái trong một tệp tạm và so từng dòng.",
        "With every file go its SHA-256, who had access, the incident in terms of CASE/UCO, and a checkpoint of the ledger. SHA256SUMS is signed; sha256sum and openssl check it. The key is made once with vonggac audit key create.":
            "Mỗi tệp đi cùng SHA-256, ai đã tiếp cận, sự cố theo CASE/UCO, và một điểm chốt của sổ cái. SHA256SUMS được ký; sha256sum và openssl kiểm tra được. Khóa tạo một lần bằng vonggac audit key create.",
        "Without --file and --text it is shown. report remarks weekly 2026-W47 --file remarks.txt":
            "Không có --file và --text thì hiện ra. report remarks weekly 2026-W47 --file remarks.txt",
        "Write the mail to a file instead of sending it; nothing is recorded.": "Ghi thư ra tệp thay vì gửi; không ghi gì vào sổ.",
        "Writes checkpoint-SEQ.json and its signature into the state folder's checkpoints. Take copies away from this machine: on paper, by mail, on another disk. With --if-older it is made for cron.":
            "Ghi checkpoint-SEQ.json và chữ ký vào thư mục checkpoints. Hãy mang bản sao khỏi máy này: in ra giấy, gửi thư, chép sang đĩa khác. Với --if-older có thể đặt vào cron.",
        "YAML file: agencies, as agency export writes them.": "Tệp YAML: các cơ quan, như agency export viết.",
        "Yesterday by default.": "Mặc định là hôm qua.",
        "bash, zsh or fish.": "bash, zsh hoặc fish.",
        "ed25519, rsa or ecdsa.": "ed25519, rsa hoặc ecdsa.",
        "html, pdf, docx, xlsx, csv or json; by the file's ending where it is not given.":
            "html, pdf, docx, xlsx, csv hoặc json; không ghi thì theo đuôi tệp.",
        "json or prometheus.": "json hoặc prometheus.",
        "make install puts them where man, bash, zsh and fish look.": "make install đặt chúng vào nơi man, bash, zsh và fish tìm.",
        "official_letter, document_system, fax, email, message, portal, in_person or other.":
            "official_letter, document_system, fax, email, message, portal, in_person hoặc other.",
        "pcap, file, upload, log, screenshot, note, recording.": "pcap, file, upload, log, screenshot, note, recording.",
        "report query W04 --week 2026-W47 | sqlite3 -readonly -box incidents.sqlite":
            "report query W04 --week 2026-W47 | sqlite3 -readonly -box incidents.sqlite",
        "self, helped, foreign, coordinator.":
            "self (tự xử lý), helped (có hỗ trợ), foreign (nước ngoài hỗ trợ), coordinator (cơ quan điều phối).",
        "vn-2026, vn-2017, or a .yaml file; the one in use by default.":
            "vn-2026, vn-2017, hoặc một tệp .yaml; mặc định là hồ sơ đang dùng.",
        "yaml or json; the other one than the file's by default.": "yaml hoặc json; mặc định là dạng kia của tệp.",
    ]
}
