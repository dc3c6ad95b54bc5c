"""The portal's back end and the outside's web servers. `web.py content` writes the portal's pages."""
import gzip, http.server, os, random, sqlite3, ssl, sys, threading, urllib.parse

STATE = os.environ["LAB_STATE"]
WWW = STATE + "/www"
PASSWD = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
# What the machine behind the web shell answers; no command is really run.
SHELL = {"id": "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n", "whoami": "www-data\n", "cat /etc/passwd": PASSWD}


def page(title, body):
    return f"<!doctype html><html lang=vi><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{body}</html>".encode()


def content():
    rng = random.Random(68)
    rows = "".join(f"<li>Thủ tục số {n}: cấp giấy chứng nhận, thời hạn giải quyết {rng.randint(2, 20)} ngày làm việc</li>" for n in range(1, 120))
    pages = {
        "index.html": page("Cổng dịch vụ công tỉnh Vọng Hải", f"<p>Kính chào quý khách.</p><ul>{rows}</ul>"),
        "gioi-thieu.html": page("Giới thiệu", "<p>Trung tâm Phục vụ hành chính công tỉnh Vọng Hải.</p>" * 20),
        "style.css": b"body{font-family:sans-serif;color:#222}" * 30,
        "huong-dan.pdf": b"%PDF-1.4\n" + rng.randbytes(40000) + b"\n%%EOF\n",
    }
    for name, data in pages.items():
        with open(f"{WWW}/{name}", "wb") as file:
            file.write(data)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vonghai", ""

    def log_message(self, *args):
        pass

    def answer(self, status, data, kind="text/html; charset=utf-8", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def form(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


class Portal(Handler):
    """Searches (open to SQL injection, as the scene needs), log-in, uploads that nobody checks."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    lock = threading.Lock()

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/tra-cuu":
            try:
                with self.lock:
                    rows = self.database.execute(f"select id, ten from hoso where id = {query.get('id', '1')}").fetchall()
                text = "".join(f"<tr><td>{a}<td>{b}" for a, b in rows) or "Không tìm thấy hồ sơ"
                return self.answer(200, page("Tra cứu hồ sơ", f"<table>{text}</table>"))
            except sqlite3.Error as error:
                return self.answer(500, page("Lỗi", f"SQLite error: {error}"))
        if url.path.startswith("/upload/") and "cmd" in query and os.path.exists(WWW + os.path.normpath(url.path)):
            return self.answer(200, SHELL.get(query["cmd"], "").encode(), "text/plain")
        self.answer(404, page("Không tìm thấy", "<p>Trang không tồn tại.</p>"))

    do_HEAD = do_GET

    def do_POST(self):
        body = self.form()
        if self.path == "/dang-nhap":
            return self.answer(302, b"", headers=[("Location", "/index.html"), ("Set-Cookie", "phien=a1b2c3; HttpOnly")])
        if self.path == "/nop-ho-so":
            name = body.split(b'filename="', 1)[-1].split(b'"', 1)[0].decode("utf-8", "replace")
            data = body.split(b"\r\n\r\n", 1)[-1].rsplit(b"\r\n--", 1)[0]
            with open(f"{WWW}/upload/{os.path.basename(name) or 'x'}", "wb") as file:
                file.write(data)
            return self.answer(200, page("Đã nhận hồ sơ", "<p>Mã hồ sơ: VH-2026-0042</p>"))
        self.answer(404, b"")


class Outside(Handler):
    """News and weather pages; the host that spreads malware; the host that beacons go to."""

    def do_GET(self):
        host = self.headers.get("Host", "").split(":")[0]
        if host == "tai-ve.example":
            if self.path.endswith(".exe"):
                return self.answer(200, b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + random.Random(7).randbytes(9000),
                                   "application/octet-stream", [("Content-Disposition", "attachment; filename=capnhat.exe")])
            test = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-" + "STANDARD-ANTIVIRUS-" + "TEST-FILE!$H+H*"
            return self.answer(200, test.encode(), "application/octet-stream")
        if host == "cdn-dongbo.example":
            return self.answer(200, b"ok", "text/plain")
        news = page("Báo Vọng Hải", "".join(f"<p>Tin số {n}: Hội nghị chuyển đổi số của tỉnh diễn ra sáng nay.</p>" for n in range(60)))
        if self.path == "/gzip":
            return self.answer(200, gzip.compress(news), headers=[("Content-Encoding", "gzip")])
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(news), 700):
                part = news[start:start + 700]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            return self.wfile.write(b"0\r\n\r\n")
        if self.path == "/anh.jpg":
            return self.answer(200, b"\xff\xd8\xff\xe0" + random.Random(5).randbytes(150000), "image/jpeg")
        if self.path == "/moi":
            return self.answer(302, b"", headers=[("Location", "/gzip")])
        if self.path in ("/", "/dubao"):
            return self.answer(200, news)
        self.answer(404, page("404", "<p>Không có trang này.</p>"))

    def do_POST(self):
        self.form()
        self.answer(200, b"ok", "text/plain")


def serve(address, port, handler, certificate=None):
    server = http.server.ThreadingHTTPServer((address, port), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{STATE}/{certificate}.crt", f"{STATE}/{certificate}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever).start()


if sys.argv[1] == "content":
    content()
elif sys.argv[1] == "portal":
    Portal.database.executescript("create table hoso(id integer, ten text); insert into hoso values (1,'Nguyễn Văn An'),(2,'Trần Thị Bình');"
                                  "create table canbo(ten text, matkhau text); insert into canbo values ('quantri','mat-khau-gia');")
    serve("127.0.0.1", 8000, Portal)
else:
    serve("198.51.100.10", 80, Outside)
    serve("198.51.100.10", 443, Outside, "outside")
    serve("198.51.100.99", 80, Outside)
    serve("198.51.100.77", 443, Outside, "c2")
