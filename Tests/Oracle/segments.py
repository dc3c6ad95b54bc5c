"""Captures made at random: TCP connections in which segments overlap, come twice, too early, out of window or with odd flags, and IPv4
datagrams whose fragments overlap. The same seed gives the same capture."""
import random, struct

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(source, destination, proto, payload, number, offset=0, more=False):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), number & 0xFFFF, offset // 8 | (0x2000 if more else 0), 64, proto, 0)
    head += source + destination
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


class Capture:
    def __init__(self):
        self.frames, self.time = [], 1_700_000_000.0

    def add(self, packet, gap=0.01):
        self.time += gap
        self.frames.append((self.time, b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + packet))

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time, frame in self.frames:
                out.write(struct.pack("<IIII", int(time), int(time * 1e6) % 1_000_000, len(frame), len(frame)) + frame)


class Connection:
    """One TCP connection, told segment by segment; positions count from the first byte after the SYN."""

    def __init__(self, capture, r, port):
        self.capture, self.r, self.port = capture, r, port
        self.client, self.server = bytes([10, 0, 0, 1 + port % 200]), bytes([10, 1, 0, 1])
        self.first = (r.randrange(1 << 32), r.randrange(1 << 32))
        self.clocks = r.random() < 0.4
        self.clock = [r.randrange(1, 1 << 31), r.randrange(1, 1 << 31)]

    def send(self, way, flags, at, ack, payload=b"", window=8192, urgent=0, clock=None, syn=False):
        """`way` is 0 from the client."""
        ports = (self.port, 4444) if way == 0 else (4444, self.port)
        sequence = (self.first[way] + at + (0 if syn else 1)) & 0xFFFFFFFF
        number = (self.first[1 - way] + ack + 1) & 0xFFFFFFFF if flags & ACK else 0
        options = b""
        if self.clocks and clock is not False:
            self.clock[way] += 1
            mine = self.clock[way] if clock is None else clock & 0xFFFFFFFF
            options = b"\x01\x01" + struct.pack(">BBII", 8, 10, mine, self.clock[1 - way] if flags & ACK else 0)
        head = struct.pack(">HHIIBBHHH", *ports, sequence, number, (20 + len(options)) // 4 << 4, flags, window, 0, urgent) + options
        ends = (self.client, self.server) if way == 0 else (self.server, self.client)
        pseudo = ends[0] + ends[1] + struct.pack(">BBH", 0, 6, len(head) + len(payload))
        head = head[:16] + struct.pack(">H", checksum(pseudo + head + payload)) + head[18:]
        self.capture.add(ip(*ends, 6, head + payload, len(self.capture.frames)))

    def open(self):
        self.send(0, SYN, 0, 0, syn=True)
        self.send(1, SYN | ACK, 0, 0, syn=True)
        self.send(0, ACK, 0, 0)


def overlaps(capture, r, port):
    """Segments of one side over each other, then an acknowledgment for all."""
    talk = Connection(capture, r, port)
    talk.open()
    way, at = r.randint(0, 1), 0
    for _ in range(r.randint(1, 3)):
        size = r.randint(6, 24)
        pieces = []
        for _ in range(r.randint(2, 6)):
            start = r.randint(0, size - 1)
            end = r.randint(start + 1, size)
            pieces.append((start, bytes(r.choice(b"ABCD") for _ in range(end - start))))
        pieces.insert(r.randint(0, len(pieces)), (0, bytes(r.choice(b"wxyz") for _ in range(size))))
        for start, data in pieces:
            talk.send(way, PSH | ACK, at + start, 0, data)
        at += size
        talk.send(1 - way, ACK, 0, at)
    if r.random() < 0.5:
        talk.send(way, FIN | ACK, at, 0)
        talk.send(1 - way, FIN | ACK, 0, at + 1)
        talk.send(way, ACK, at + 1, 1)


def odd(capture, r, port):
    """A connection in which something odd happens at each step."""
    talk = Connection(capture, r, port)
    start = r.random()
    if start < 0.8:
        talk.open()
    elif start < 0.9:
        for way, flags, ack in r.sample([(0, SYN, 0), (1, SYN | ACK, 0), (0, ACK, 0), (1, SYN, 0), (0, SYN | ACK, 0)], 4):
            talk.send(way, flags, 0, ack, syn=bool(flags & SYN))
    done = [0, 0]
    for _ in range(r.randint(3, 14)):
        way = r.randint(0, 1)
        kind = r.random()
        ack = done[1 - way]
        size = r.choice([0, 1, 3, 8, 20])
        data = bytes(r.choice(b"abcdef") for _ in range(size))
        if kind < 0.45:
            talk.send(way, PSH | ACK, done[way], ack, data)
            done[way] += size
        elif kind < 0.55:
            talk.send(way, PSH | ACK, max(-1, done[way] + r.choice([-20, -8, -3, -1, 1, 3, 20])), ack, data)
        elif kind < 0.62:
            talk.send(way, ACK, done[way], ack + r.choice([-3000, -8, -1, 1, 8, 3000, 9000, 100000]), data, clock=None)
        elif kind < 0.68:
            talk.send(way, PSH | ACK, done[way] + r.choice([5000, 9000, 70000, 1 << 20]), ack, data or b"x")
        elif kind < 0.74:
            talk.send(way, RST | r.choice([0, ACK]), done[way] + r.choice([0, 0, 0, -1, 1, 100, 9000]), ack, r.choice([b"", b"", b"bye"]))
        elif kind < 0.86:
            talk.send(way, FIN | r.choice([ACK, ACK, 0]), done[way] + r.choice([0, 0, 0, 0, 5, -2]), ack, r.choice([b"", data]))
            if r.random() < 0.7:
                done[way] += 1
        elif kind < 0.92:
            talk.send(way, r.choice([SYN, SYN | ACK]), r.choice([0, 0, 5]), r.choice([0, ack]), syn=True)
        elif kind < 0.96:
            talk.send(way, ACK, done[way], ack, window=r.choice([0, 1, 100]))
        else:
            talk.send(way, ACK | PSH, done[way], ack, data, clock=talk.clock[way] - r.choice([0, 1, 2, 1000, 1 << 30]))
            done[way] += size


def fragments(capture, r, port):
    """A datagram in pieces that lie over each other."""
    source, destination = bytes([10, 0, 0, 1 + port % 200]), bytes([10, 1, 0, 1])
    blocks = r.randint(3, 8)
    udp = struct.pack(">HHHH", port, 4444, 8 * blocks, 0)
    pieces = []
    for _ in range(r.randint(2, 6)):
        start = r.randint(1, blocks - 1)
        end = r.randint(start + 1, blocks)
        pieces.append((start, end, bytes(r.choice(b"ABCD") for _ in range(8 * (end - start)))))
    whole = [(0, 1, udp)]
    at = 1
    while at < blocks:
        end = r.randint(at + 1, blocks)
        whole.append((at, end, bytes(r.choice(b"wxyz") for _ in range(8 * (end - at)))))
        at = end
    pieces += whole
    r.shuffle(pieces)
    for start, end, data in pieces:
        capture.add(ip(source, destination, 17, data, port, 8 * start, more=end < blocks))


def make(path, seed, kind, count=40):
    r = random.Random(f"{seed} {kind}")
    capture = Capture()
    for index in range(count):
        {"overlaps": overlaps, "odd": odd, "fragments": fragments}[kind](capture, r, 20000 + index)
    capture.write(path)
