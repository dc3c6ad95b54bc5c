"""Rules at random from what a capture holds. The same seed gives the same rules."""
import re

from conditions import Conditions

PROTOCOLS = {"http": "http", "file": "http", "dns": "dns", "tls": "tls"}


def text(data):
    """Bytes between the quotes of a content."""
    out, run = [], []
    for byte in data:
        if 0x20 <= byte < 0x7F and chr(byte) not in '";:\\|':
            if run:
                out.append("|" + " ".join(run) + "|")
                run = []
            out.append(chr(byte))
        else:
            run.append(f"{byte:02x}")
    if run:
        out.append("|" + " ".join(run) + "|")
    return "".join(out)


def expression(data):
    """Bytes as a regular expression between slashes, without what ends a rule's option."""
    return "".join(chr(b) if chr(b).isalnum() and b < 0x80 else f"\\x{b:02x}" for b in data)


class Rule:
    """A header and options; options can be left out one by one when a difference is made smaller."""

    def __init__(self, sid, header, options, partners=()):
        self.sid, self.header, self.options, self.partners = sid, header, options, list(partners)

    def __str__(self):
        return f"alert {self.header} ({' '.join(self.options)} sid:{self.sid};)"

    def without(self, index):
        return Rule(self.sid, self.header, self.options[:index] + self.options[index + 1 :], self.partners)

    @property
    def is_on_stream(self):
        """Looks at the payload of TCP, in pieces of the stream; so do rules that depend on such a rule."""
        tests = " ".join(self.options)
        return (
            re.match("(tcp|ip|http|tls)", self.header) is not None and not self.header.startswith("tcp-pkt")
            and re.search(r"^(?!.*(dsize|http\.|tls\.|file\.|dns\.)).*(content|pcre)", tests) is not None
        ) or any(partner.is_on_stream for partner in self.partners)

    @property
    def lines(self):
        return [str(rule) for rule in [*self.partners, self]]


class Generator(Conditions):
    def __init__(self, material, random):
        self.material, self.random, self.next = material, random, 1

    def chance(self, share):
        return self.random.random() < share

    def rules(self, count):
        makers = [self.payload] * 5 + [self.header, self.threshold, self.flowbits, self.headers_alone, self.headers, self.variables, self.backwards,
                                       self.expressions, self.lengths, self.integers, self.bits_of_hosts]
        if self.material.values:
            makers += [self.field] * 5 + [self.transformed] * 2
        made = []
        while len(made) < count and self.material.packets:
            rule = self.random.choice(makers)()
            self.next += 1 + len(rule.partners)
            made.append(rule)
        return made

    # contents

    quoted = staticmethod(text)
    pattern = staticmethod(expression)

    def protocol(self, buffer):
        return PROTOCOLS[buffer.split(".")[0]]

    def piece(self, data, most=12):
        """(position, bytes) of a part of data."""
        size = self.random.randint(1 if len(data) < 4 else 3, max(3, min(most, len(data)))) if len(data) > 1 else 1
        size = min(size, len(data))
        start = self.random.randint(0, len(data) - size)
        return start, data[start : start + size]

    def content(self, data, start, found, relative_to=None):
        """One content with its modifiers; most of the time it is there."""
        r = self.random
        shown, modifiers = bytes(found), []
        if self.chance(0.2) and found.swapcase() != found:
            shown = found.swapcase()
            modifiers.append("nocase;")
        if relative_to is not None and start >= relative_to:
            gap, slack = start - relative_to, r.randint(0, 3)
            if self.chance(0.7):
                modifiers.append(f"distance:{max(0, gap - slack)};")
                if self.chance(0.6):
                    modifiers.append(f"within:{len(found) + slack + r.choice([0, 0, 5, -1 if slack else 0])};")
            elif self.chance(0.6):
                modifiers.append(f"within:{max(len(found), gap + len(found) - r.choice([0, 0, 1]))};")
        elif self.chance(0.35):
            slack = r.randint(0, 4)
            offset = max(0, start - slack)
            kind = r.random()
            if kind < 0.4:
                modifiers.append(f"offset:{offset};")
            elif kind < 0.7:
                modifiers.append(f"depth:{max(len(found), start + len(found) - r.choice([0, 0, 0, 1]))};")
            else:
                modifiers += [f"offset:{offset};", f"depth:{max(len(found), start - offset + len(found))};"]
        elif start == 0 and self.chance(0.3):
            modifiers.append("startswith;")
        elif start + len(found) == len(data) and self.chance(0.3):
            modifiers.append("endswith;")
        return " ".join([f'content:"{text(shown)}";', *modifiers])

    def tests(self, data):
        """Tests on one buffer: contents, then numbers, sizes and expressions after them."""
        r = self.random
        start, found = self.piece(data)
        options = [self.content(data, start, found)]
        end = start + len(found)
        while self.chance(0.35) and end < len(data) - 2 and len(options) < 4:
            start, found = self.piece(data[end : end + 60], 6)
            start += end
            options.append(self.content(data, start, found, end))
            end = start + len(found)
        if self.chance(0.2):
            other = self.piece(data, 4)[1] if self.chance(0.3) else bytes(r.randrange(256) for _ in range(2))
            options.append(f'content:!"{text(other)}";' + r.choice(["", " within:20;", " distance:1;", " nocase;" if other.isalpha() else ""]))
            end = None
        rest = data[end:] if end is not None else b""
        if len(rest) > 5 and self.chance(0.25):
            size, at = r.choice([1, 2, 4]), r.randint(0, min(8, len(rest) - 5))
            order = r.choice(["big", "little"])
            value = int.from_bytes(rest[at : at + size], order)
            sign = r.choice(["=", ">", "<", ">=", "<=", "!=", "&"])
            shift = r.choice([0, 0, 1])
            options.append(f"byte_test:{size},{sign},{value + shift if sign != '&' else value | 1},{at},relative,{order};")
        if len(rest) > 3 and self.chance(0.1):
            options.append(f"byte_jump:1,{r.randint(0, 2)},relative;")
            options.append(f"isdataat:{r.randint(0, 5)},relative;")
        elif self.chance(0.15):
            options.append(f"isdataat:{r.choice(['', '!'])}{r.randint(1, len(rest) + 2)},relative;")
        elif len(rest) > 6 and self.chance(0.2):
            start, found = self.piece(rest[:20], 4)
            options.append(f'pcre:"/{expression(found)}/{r.choice(["R", "", "i", "Rs"])}";')
        elif len(rest) > 4 and self.chance(0.1):
            options.append(f"byte_extract:1,{r.randint(0, 2)},n,relative; content:\"{text(rest[3:5])}\"; distance:0; within:n;" if rest[0] >= 2 else
                           f"byte_extract:1,0,n,relative; isdataat:n,relative;")
        return options

    # kinds of rules

    def ports(self, packet):
        """Source and destination of a header that the packet may meet."""
        kind = self.random.random()
        if kind < 0.6:
            return "any any -> any any"
        if kind < 0.8:
            return f"any any -> any {packet.destination[1]}"
        if kind < 0.9:
            return f"any {packet.source[1]} -> any any"
        return f"any !{packet.destination[1]} <> any any"

    def flow(self, packet, stream=False):
        toward = "to_server" if packet.destination[1] < packet.source[1] else "to_client"
        if self.chance(0.1):
            toward = {"to_server": "to_client", "to_client": "to_server"}[toward]
        options = ["established", toward, f"established,{toward}", "stateless", "not_established"]
        if packet.proto == "tcp":
            options += [f"{toward},no_stream"]
        return f"flow:{self.random.choice(options)};" if self.chance(0.5) else ""

    def make(self, header, options):
        return Rule(self.next, header, [option for option in options if option])

    def payload(self):
        packet = self.random.choice(self.material.packets)
        proto = self.random.choice([packet.proto] * 5 + ["ip"] + (["tcp-pkt", "tcp-stream"] if packet.proto == "tcp" else []))
        options = [self.flow(packet, proto == "tcp"), *self.tests(packet.payload)]
        if proto == "tcp-stream":
            options[0] = options[0].replace(",no_stream", "")
        if self.chance(0.15) and "_stream" not in options[0] and proto != "tcp-stream" and not re.search("within|distance|!", " ".join(options)):
            size = len(packet.payload)
            options.append(f"dsize:{self.random.choice([str(size), f'>{size - 1}', f'<{size + 1}', f'{max(0, size - 1)}<>{size + 1}'])};")
        return self.make(f"{proto} {self.ports(packet)}", options)

    def field(self):
        packet, buffer, value = self.random.choice(self.material.values)
        proto = PROTOCOLS[buffer.split(".")[0]] if self.chance(0.7) else packet.proto
        value = value[:200]
        tests = self.tests(value)
        if buffer == "http.host":
            tests = [re.sub(r" nocase;", "", t) for t in tests if not re.search(r"[A-Z]", re.sub(r"content:!?|\|[^|]*\|", "", t).split('"')[1] if '"' in t else "")]
            tests = tests or [f'content:"{text(value[:4])}";']
        # Suricata refuses some sizes that contents with distance or within cannot meet; that is no difference worth finding.
        if self.chance(0.15) and not re.search("within|distance|!", " ".join(tests)):
            tests.insert(0, f"bsize:{self.random.choice([str(len(value)), f'>{max(0, len(value) - 1)}', f'<{len(value) + 1}', f'!{len(value)}'])};")
        options = [self.flow(packet) if self.chance(0.4) else "", buffer + ";", *tests]
        if self.chance(0.25):
            others = [(b, v) for p, b, v in self.material.values if p is packet and b != buffer]
            if others:
                buffer, value = self.random.choice(others)
                options += [buffer + ";", f'content:"{text(self.piece(value[:200])[1]).lower() if buffer == "http.host" else text(self.piece(value[:200])[1])}";']
        return self.make(f"{proto} any any -> any any", options)

    def header(self):
        packet = self.random.choice(self.material.packets)
        tests = [f"ttl:{packet.ttl};", f"ttl:<{packet.ttl + 1};", f"dsize:>{len(packet.payload) - 1};"]
        if packet.proto == "tcp":
            tests += ["flags:S;", "flags:SA;", "flags:F+;", "flags:AP,12;", "flags:!R;", f"stream_size:either,>,{self.random.randint(1, 3000)};"]
        return self.make(f"{packet.proto} {self.ports(packet)}", [self.flow(packet), *self.random.sample(tests, self.random.randint(1, 2))])

    def threshold(self):
        packet = self.random.choice(self.material.packets)
        r = self.random
        limits = f"count {r.randint(1, 4)}, seconds {r.choice([1, 10, 60, 600])};"
        if self.chance(0.75):
            track = r.choice(["by_src", "by_dst", "by_both", "by_rule"])
            kind = f"threshold:type {r.choice(['limit', 'threshold', 'both'])}, track {track}, {limits}"
        else:
            kind = f"detection_filter:track {r.choice(['by_src', 'by_dst'])}, {limits}"
        # On TCP by packet: how often a stream is looked at is the engine's own affair.
        proto = "tcp-pkt" if packet.proto == "tcp" else packet.proto
        return self.make(f"{proto} {self.ports(packet)}", [self.content(packet.payload, *self.piece(packet.payload, 3)), kind])

    def flowbits(self):
        one, other = self.payload(), self.payload()
        if self.chance(0.5):
            one.options.insert(0, f"flowbits:set,b{self.next};")
        else:
            one.options += [f"flowbits:set,b{self.next};", "noalert;"]
        check = self.random.choice(["isset", "isset", "isnotset"])
        return Rule(self.next + 1, other.header, [f"flowbits:{check},b{self.next};", *other.options], [one])
