"""Sends one message: mail.py SERVER office FROM TO NUMBER | mail.py SERVER phish FROM TO."""
import random, smtplib, sys
from email.message import EmailMessage

server, kind, sender, recipient = sys.argv[1:5]
message = EmailMessage()
message["From"], message["To"] = sender, recipient
if kind == "office":
    message["Subject"] = f"Lịch họp giao ban tuần số {sys.argv[5]}"
    message.set_content("Kính gửi các đồng chí,\n\nGửi kèm lịch họp giao ban. Xem thêm tại https://dichvucong.vonghai.example/gioi-thieu.html\n\nTrân trọng.\n")
    message.add_attachment(b"%PDF-1.4\n" + random.Random(int(sys.argv[5])).randbytes(9000) + b"%%EOF", maintype="application", subtype="pdf",
                           filename="lich-hop.pdf")
else:
    message["Subject"] = "KHẨN: Xác minh tài khoản thư công vụ trước 17 giờ"
    message.set_content("Tài khoản của đồng chí sắp bị khóa. Đăng nhập để xác minh: http://dichvucong-vonghai.test/dang-nhap\n")
    message.add_alternative('<p>Tài khoản của đồng chí sắp bị khóa.</p><p><a href="http://dichvucong-vonghai.test/dang-nhap">'
                            "https://dichvucong.vonghai.example/dang-nhap</a></p>", subtype="html")
    message.add_attachment(b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + random.Random(3).randbytes(3000),
                           maintype="application", subtype="octet-stream", filename="Huong-dan-xac-minh.pdf.exe")
source = ("203.0.113.25", 0) if kind == "phish" else None
with smtplib.SMTP(server, 25, timeout=20, source_address=source) as connection:
    connection.send_message(message)
