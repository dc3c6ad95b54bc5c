"""What a capture holds: packets with their payloads, and the names and lines in them that rules look at."""
import re, struct

ETHERNET, NULL, RAW, COOKED = 1, 0, 101, 113


class Packet:
    """One TCP or UDP packet. `time` is not kept: rules are cut from contents."""

    def __init__(self, number, proto, source, destination, payload, flags, ttl):
        self.number, self.proto, self.source, self.destination = number, proto, source, destination
        self.payload, self.flags, self.ttl = payload, flags, ttl


def frames(path):
    """(link type, frames) of a classic pcap; nothing for other formats."""
    data = open(path, "rb").read()
    orders = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
    order = orders.get(data[:4])
    if order is None or len(data) < 24:
        return 0, []
    found, at = [], 24
    while at + 16 <= len(data):
        count = struct.unpack_from(order + "I", data, at + 8)[0]
        found.append(data[at + 16 : at + 16 + count])
        at += 16 + count
    return struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF, found


def network(link, frame):
    """The IP packet inside a frame, or nothing."""
    if link == ETHERNET:
        at = 12
        while frame[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
        return frame[at + 2 :] if frame[at : at + 2] in (b"\x08\x00", b"\x86\xdd") else b""
    return {RAW: frame, NULL: frame[4:], COOKED: frame[16:]}.get(link, b"")


def packets(path):
    link, found = frames(path)
    for number, frame in enumerate(found, 1):
        ip = network(link, frame)
        if len(ip) < 20:
            continue
        if ip[0] >> 4 == 4:
            header, total, proto, ttl = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0], ip[9], ip[8]
            if struct.unpack_from(">H", ip, 6)[0] & 0x3FFF:
                continue
            source, destination = ip[12:16], ip[16:20]
        elif ip[0] >> 4 == 6 and len(ip) >= 40:
            header, total, proto, ttl = 40, 40 + struct.unpack_from(">H", ip, 4)[0], ip[6], ip[7]
            source, destination = ip[8:24], ip[24:40]
        else:
            continue
        segment = ip[header : total or len(ip)]
        if proto == 6 and len(segment) >= 20:
            ports, start, flags = struct.unpack_from(">HH", segment), (segment[12] >> 4) * 4, segment[13]
        elif proto == 17 and len(segment) >= 8:
            ports, start, flags = struct.unpack_from(">HH", segment), 8, 0
        else:
            continue
        yield Packet(number, {6: "tcp", 17: "udp"}[proto], (source, ports[0]), (destination, ports[1]), segment[start:], flags, ttl)


REQUEST = re.compile(rb"^([A-Z]{3,10}) (\S+) HTTP/1\.[01]\r?\n")
RESPONSE = re.compile(rb"^HTTP/1\.[01] (\d{3}) ?([^\r\n]*)\r?\n")


def http(payload):
    """(buffer, value) pairs of a message that begins in this payload."""
    first = REQUEST.match(payload)
    answer = None if first else RESPONSE.match(payload)
    if not first and not answer:
        return
    head, _, body = payload.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")[1:]
    if first:
        yield "http.method", first.group(1)
        yield "http.uri", first.group(2)
        yield "http.uri.raw", first.group(2)
        if body:
            yield "http.request_body", body
    else:
        yield "http.stat_code", answer.group(1)
        if answer.group(2):
            yield "http.stat_msg", answer.group(2)
        if body:
            yield "file.data", body
    names = {
        b"host": "http.host.raw", b"user-agent": "http.user_agent", b"referer": "http.referer", b"content-type": "http.content_type",
        b"server": "http.server", b"location": "http.location", b"accept": "http.accept", b"cookie": "http.cookie",
        b"set-cookie": "http.cookie", b"connection": "http.connection", b"accept-language": "http.accept_lang",
    }
    for line in lines:
        name, _, value = line.partition(b":")
        buffer = names.get(name.strip().lower())
        if buffer and value.strip():
            yield buffer, value.strip()
            if buffer == "http.host.raw":
                yield "http.host", value.strip().lower().split(b":")[0]
        if len(line) > 4 and name.lower() not in (b"cookie", b"set-cookie"):
            yield "http.header", line
            yield "http.header_names", b"\r\n" + name + b"\r\n"


def dns(payload):
    """The first name asked for, as dns.query shows it."""
    if len(payload) < 17 or payload[4:6] != b"\0\1" or payload[2] & 0x80:
        return
    labels, at = [], 12
    while at < len(payload) and payload[at]:
        if payload[at] & 0xC0:
            return
        labels.append(payload[at + 1 : at + 1 + payload[at]])
        at += 1 + payload[at]
    if labels:
        yield "dns.query", b".".join(labels)


def tls(payload):
    """The server name of a client hello that is whole in this payload."""
    if payload[:2] != b"\x16\x03" or len(payload) < 50 or payload[5] != 1:
        return
    try:
        at = 43
        at += 1 + payload[at]
        at += 2 + struct.unpack_from(">H", payload, at)[0]
        at += 1 + payload[at]
        end = at + 2 + struct.unpack_from(">H", payload, at)[0]
        at += 2
        while at + 4 <= end:
            kind, length = struct.unpack_from(">HH", payload, at)
            if kind == 0:
                count = struct.unpack_from(">H", payload, at + 7)[0]
                yield "tls.sni", payload[at + 9 : at + 9 + count]
                return
            at += 4 + length
    except (struct.error, IndexError):
        return


class Material:
    """Everything of one capture from which rules are cut."""

    def __init__(self, path):
        self.packets = [p for p in packets(path) if p.payload][:5000]
        self.values = []
        for packet in self.packets:
            readers = [http, tls] if packet.proto == "tcp" else [dns] if packet.destination[1] == 53 else []
            for read in readers:
                self.values += [(packet, buffer, value) for buffer, value in read(packet.payload) if value]
