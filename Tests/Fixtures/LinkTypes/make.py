"""Writes the captures of this folder: one web-shell conversation of the office lab, on every kind of link and in every kind of file.

    make.py            writes them, and expected.json
    make.py --check    says whether the files here are those that it would write

The conversation is taken from Tests/Fixtures/Lab/attack-day.pcap: run it again after that was recorded anew.
"""
import json, os, struct, sys

here = os.path.dirname(os.path.abspath(__file__))
recording = os.path.join(here, "..", "Lab", "attack-day.pcap")
wanted = b"/upload/anh-the.php?cmd=cat"
# What Rules/ raise on the conversation over IPv4; over IPv6 no end of it is in the default $HOME_NET.
sids = [9103003, 9103005]

NULL, ETHERNET, PPP, RAW, HDLC, LOOP, COOKED, IPV4, COOKED2 = 0, 1, 9, 101, 104, 108, 113, 228, 276
CLIENT_MAC, SERVER_MAC = bytes.fromhex("020000000066"), bytes.fromhex("020000000080")


def conversation():
    """The wanted TCP conversation: [(nanoseconds, IPv4 packet, from the client)]."""
    data = open(recording, "rb").read()
    packets, at = [], 24
    while at < len(data):
        seconds, micro, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + length]
        at += 16 + length
        if frame[12:14] == b"\x81\x00" and frame[16:18] == b"\x08\x00" and frame[27] == 6:
            size = struct.unpack_from("!H", frame, 20)[0]
            packets.append((seconds * 10**9 + micro * 1000, frame[18 : 18 + size]))
    ends = next((p[12:16] + p[20:22], p[16:20] + p[22:24]) for _, p in packets if wanted in p)
    kept = [(t, p, p[12:16] + p[20:22] == ends[0]) for t, p in packets if {p[12:16] + p[20:22], p[16:20] + p[22:24]} == set(ends)]
    return kept


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def link(packet, client, kind=b"\x08\x00"):
    return (SERVER_MAC + CLIENT_MAC if client else CLIENT_MAC + SERVER_MAC) + kind + packet


def fragments4(packet, size=64):
    """The packet in IPv4 fragments, the last one first."""
    header, payload = packet[:20], packet[20:]
    if len(payload) <= size:
        return [packet]
    pieces = []
    for offset in range(0, len(payload), size):
        piece, more = payload[offset : offset + size], offset + size < len(payload)
        new = bytearray(header)
        struct.pack_into("!HHH", new, 2, 20 + len(piece), struct.unpack_from("!H", header, 4)[0], more << 13 | offset // 8)
        new[10:12] = b"\0\0"
        struct.pack_into("!H", new, 10, checksum(bytes(new)))
        pieces.append(bytes(new) + piece)
    return pieces[::-1]


def ipv6(packet, number, size=None):
    """The segment over IPv6 behind hop-by-hop and destination options; with a size, in fragments, the last one first."""
    source, target = (b"\x20\x01\x0d\xb8" + bytes(8) + packet[at : at + 4] for at in (12, 16))
    segment = bytearray(packet[20:])
    segment[16:18] = b"\0\0"
    struct.pack_into("!H", segment, 16, checksum(source + target + struct.pack("!II", len(segment), 6) + bytes(segment)))

    def whole(first, body):
        return struct.pack("!IHBB", 6 << 28, len(body), first, 64) + source + target + body

    padding = b"\x01\x04" + bytes(4)
    options = bytes([6, 0]) + padding
    if not size:
        return [whole(0, bytes([60, 0]) + padding + options + bytes(segment))]
    body = options + bytes(segment)
    pieces = []
    for offset in range(0, len(body), size):
        more = offset + size < len(body)
        head = struct.pack("!BBHI", 60, 0, offset | more, number + 1)
        pieces.append(whole(44, head + body[offset : offset + size]))
    return pieces[::-1]


def pcap(kind, frames, order="<", nano=False, snaplen=65535):
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snaplen, kind)
    for time, frame in frames:
        fraction = time % 10**9 if nano else time % 10**9 // 1000
        out += struct.pack(order + "IIII", time // 10**9, fraction, min(len(frame), snaplen), len(frame)) + frame[:snaplen]
    return out


def pcapng(frames, order):
    """Two Ethernet interfaces: the client's packets in nanoseconds, the server's in microseconds."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)

    def interface(name, resolution):
        options = b"".join(
            struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4) for code, value in [(2, name), (9, resolution), (0, b"")]
        )
        return block(1, struct.pack(order + "HHI", ETHERNET, 0, 65535) + options)

    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)) + interface(b"lan0", b"\x09") + interface(b"wan0", b"\x06")
    for time, frame, client in frames:
        ticks = time if client else time // 1000
        head = struct.pack(order + "IIIII", 0 if client else 1, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        out += block(6, head + frame)
    return out


def captures():
    """Each file's name, bytes, link type, packets, rules that must alert, and how reading ends."""
    talk = conversation()
    plain = [(t, link(p, c)) for t, p, c in talk]

    def on(kind, before):
        return pcap(kind, [(t, before(p, c) + p) for t, p, c in talk]), kind, len(talk), sids, "complete"

    def ethernet(frames, raised=sids):
        return pcap(ETHERNET, frames), ETHERNET, len(frames), raised, "complete"

    def cooked(p, c):
        return struct.pack("!HHH8sH", 0 if c else 4, 1, 6, CLIENT_MAC if c else SERVER_MAC, 0x0800)

    def cooked2(p, c):
        return struct.pack("!HHIHBB8s", 0x0800, 0, 2, 1, 0 if c else 4, 6, CLIENT_MAC if c else SERVER_MAC)

    def session(p, c):
        return link(struct.pack("!BBHHH", 0x11, 0, 0x0417, len(p) + 2, 0x0021), c, b"\x88\x64")

    many = lambda make, kind: [(t, link(piece, c, kind)) for n, (t, p, c) in enumerate(talk) for piece in make(n, p)]
    whole = pcap(ETHERNET, plain)
    last = len(plain[-1][1])
    return {
        "ethernet.pcap": ethernet(plain),
        "big-endian.pcap": (pcap(ETHERNET, plain, ">"), ETHERNET, len(talk), sids, "complete"),
        "nanosecond.pcap": (pcap(ETHERNET, plain, nano=True), ETHERNET, len(talk), sids, "complete"),
        "qinq.pcap": ethernet([(t, link(b"\0\x64\x81\0\0\x5a\x08\0" + p, c, b"\x88\xa8")) for t, p, c in talk]),
        "pppoe.pcap": ethernet([(t, session(p, c) + p) for t, p, c in talk]),
        "ppp.pcap": on(PPP, lambda p, c: b"\xff\x03\x00\x21"),
        "cisco-hdlc.pcap": on(HDLC, lambda p, c: b"\x0f\x00\x08\x00"),
        "raw.pcap": on(RAW, lambda p, c: b""),
        "ipv4.pcap": on(IPV4, lambda p, c: b""),
        "null.pcap": on(NULL, lambda p, c: struct.pack("<I", 2)),
        "loop.pcap": on(LOOP, lambda p, c: struct.pack(">I", 2)),
        "cooked-v1.pcap": on(COOKED, cooked),
        "cooked-v2.pcap": on(COOKED2, cooked2),
        "ipv4-fragments.pcap": ethernet(many(lambda n, p: fragments4(p), b"\x08\x00")),
        "ipv6-extensions.pcap": ethernet(many(lambda n, p: ipv6(p, n), b"\x86\xdd"), []),
        "ipv6-fragments.pcap": ethernet(many(lambda n, p: ipv6(p, n, 64), b"\x86\xdd"), []),
        "two-interfaces.pcapng": (pcapng([(t, link(p, c), c) for t, p, c in talk], "<"), ETHERNET, len(talk), sids, "complete"),
        "big-endian.pcapng": (pcapng([(t, link(p, c), c) for t, p, c in talk], ">"), ETHERNET, len(talk), sids, "complete"),
        "snapped.pcap": (pcap(ETHERNET, plain, snaplen=60), ETHERNET, len(talk), [], "complete"),
        "truncated.pcap": (whole[: -last // 2], ETHERNET, len(talk) - 1, sids, "truncated"),
        "header-only.pcap": (pcap(ETHERNET, []), ETHERNET, 0, [], "complete"),
        "empty.pcap": (b"", None, 0, [], "not a capture"),
    }


files, expected = {}, []
for name, (data, kind, packets, raised, end) in captures().items():
    if len(data) > 20000:
        sys.exit(f"make.py: {name} has {len(data)} bytes, more than 20000")
    files[name] = data
    expected.append({"file": name, "link_type": kind, "packets": packets, "sids": raised, "end": end})
files["expected.json"] = (json.dumps({"schema": 1, "captures": expected}, indent=2) + "\n").encode()
stale = []
for name, data in files.items():
    path = os.path.join(here, name)
    if sys.argv[1:] == ["--check"]:
        if not os.path.exists(path) or open(path, "rb").read() != data:
            stale.append(name)
    else:
        open(path, "wb").write(data)
if stale:
    sys.exit(f"make.py: run it again, these differ: {', '.join(stale)}")
