"""More kinds of rules: on headers, with variables, transforms, expressions with flags, and on what other rules leave behind."""


class Conditions:
    """Mixed into the generator: `self.random`, `self.material`, `self.content`, `self.piece`, `self.make` are its own."""

    def number(self, value, most):
        """A test on a number, true or nearly so."""
        kinds = [str(value), f">{max(0, value - 1)}", f"<{min(most, value + 1)}"]
        if 0 < value < most:
            kinds.append(f"{value - 1}<>{value + 1}")
        return self.random.choice(kinds)

    def port_list(self, packet):
        port = packet.destination[1]
        lists = [f"[{port},1]", f"[!{port}]", f"[{max(1, port - 5)}:{min(65535, port + 5)},!{port}]", f"!{port}", f"{port}:", f":{port}",
                 f"[1:65535,![{port},{min(65535, port + 1)}]]", f"[{max(1, port - 5)}:{min(65535, port + 5)}]"]
        return f"any any -> any {self.random.choice(lists)}"

    def headers_alone(self):
        """Rules without payload: tested on the first packet of each direction, or on every packet."""
        packet = self.random.choice(self.material.packets)
        proto = self.random.choice([packet.proto, "ip"])
        ends = self.random.choice([self.port_list(packet), "any any -> any any", "any any <> any any"]) if proto != "ip" else "any any -> any any"
        options = self.random.choice([[], [f"ip_proto:{packet.proto};"] if proto == "ip" else [], [f"ttl:{self.number(packet.ttl, 255)};"],
                                      ["flowbits:set,seen;", f"ttl:{self.number(packet.ttl, 255)};"], ["target:src_ip;"], ["sameip;"]])
        return self.make(f"{proto} {ends}", options)

    def headers(self):
        packet = self.random.choice(self.material.packets)
        tests = [f"ttl:{self.number(packet.ttl, 255)};", f"dsize:{self.number(len(packet.payload), 65535)};", "fragbits:D;", "fragbits:!M;",
                 "fragbits:+D;", "ipopts:any;", "ipopts:rr;", "fragoffset:0;", "fragoffset:>0;"]
        if packet.proto == "tcp":
            tests += ["flags:S,CE;", "flags:A;", "flags:PA;", "flags:*PF;", "flags:+A;", "flags:!P;", "flags:0;", "window:!0;", "window:8192;",
                      "ack:0;", f"stream_size:client,{self.random.choice(['>', '<', '=', '!=', '>=', '<='])},{self.random.randint(0, 2000)};",
                      f"stream_size:both,>,{self.random.randint(0, 500)};", "tcp.mss:>500;"]
        chosen = self.random.sample(tests, self.random.randint(1, 3))
        if not any(test.startswith("stream_size") for test in chosen) and self.chance(0.3):
            chosen.append("prefilter;") if chosen[-1].split(":")[0] in ("ttl", "dsize", "flags", "fragbits") else None
        return self.make(f"{packet.proto} {self.port_list(packet) if self.chance(0.4) else 'any any -> any any'}", chosen)

    def variables(self):
        """Numbers read from the payload and used by what follows."""
        packet = self.random.choice([p for p in self.material.packets if len(p.payload) > 8] or self.material.packets)
        data, r = packet.payload[:400], self.random
        if len(data) < 8:
            return self.payload()
        at = r.randint(0, len(data) - 6)
        small = data[at]
        kind = r.randint(0, 6)
        options = {
            0: [f"byte_extract:1,{at},v;", f'content:"{self.quoted(data[at + 1 : at + 4])}"; offset:{at + 1}; depth:{max(3, small)};', "isdataat:v;"],
            1: [f"byte_extract:1,{at},v;", f"byte_test:1,=,v,{at};"],
            2: [f"byte_extract:2,{at},v,little;", f"byte_test:2,{r.choice(['=', '<', '>'])},v,{at},little;"],
            3: [f"byte_math:bytes 1, offset {at}, oper {r.choice(['+', '-', '*', '/'])}, rvalue {r.randint(1, 4)}, result v;",
                f"byte_test:1,{r.choice(['<=', '>=', '='])},v,{at};"],
            4: [f"byte_jump:1,{at},{r.choice(['', 'multiplier 2,', 'align,', 'from_beginning,'])}post_offset {r.randint(-2, 4)};", f"isdataat:{r.randint(1, 4)},relative;"],
            5: [f"byte_test:1,{r.choice(['!=', '!>', '&', '^'])},{r.randint(0, 255)},{at};"],
            6: [f"byte_extract:1,{at},v,multiplier {r.randint(1, 3)};", f'content:"{self.quoted(data[:2])}"; offset:0; within:v;' if False else "isdataat:!v;"],
        }[kind]
        proto = "tcp-pkt" if packet.proto == "tcp" else packet.proto
        return self.make(f"{proto} any any -> any any", options)

    def backwards(self):
        """Contents that stand before the one found last, or lie over it."""
        packet = self.random.choice(self.material.packets)
        data, r = packet.payload[:300], self.random
        if len(data) < 8:
            return self.payload()
        first, found = self.piece(data[4:], 4)
        first += 4
        second, other = self.piece(data, 4)
        distance = second - (first + len(found))
        options = [f'content:"{self.quoted(found)}";', f'content:"{self.quoted(other)}"; distance:{distance - r.choice([0, 0, 1, -1])};']
        if self.chance(0.6):
            options[1] += f" within:{len(other) + r.choice([0, 0, 1, 4])};"
        if self.chance(0.3):
            options[1] = options[1].replace("content:", "content:!")
        proto = "tcp-pkt" if packet.proto == "tcp" else packet.proto
        return self.make(f"{proto} any any -> any any", options)

    TRANSFORMS = {"to_lowercase": bytes.lower, "to_uppercase": bytes.upper, "strip_whitespace": lambda d: bytes(b for b in d if b not in b" \t\n\v\f\r"),
                  "dotprefix": lambda d: b"." + d}

    def transformed(self):
        packet, buffer, value = self.random.choice(self.material.values)
        name = self.random.choice(list(self.TRANSFORMS))
        changed = self.TRANSFORMS[name](value[:200])
        if len(changed) < 3 or buffer == "http.host" and name == "to_uppercase":
            return self.field()
        start, found = self.piece(changed)
        test = f'content:"{self.quoted(found)}";'
        if buffer == "http.host" and found.lower() != found:
            return self.field()
        if start == 0 and self.chance(0.4):
            test += " startswith;"
        elif start + len(found) == len(changed) and self.chance(0.4):
            test += " endswith;"
        return self.make(f"{self.protocol(buffer)} any any -> any any", [f"{buffer}; {name};", test])

    def expressions(self):
        """pcre with flags, some of which name a buffer."""
        uri = [(p, b, v) for p, b, v in self.material.values if b == "http.uri" and len(v) > 3]
        if uri and self.chance(0.5):
            packet, buffer, value = self.random.choice(uri)
            _, found = self.piece(value[:100], 6)
            flag = self.random.choice(["U", "Ui", "I", "Us", "UG"])
            return self.make("http any any -> any any", [f'pcre:"/{self.pattern(found)}/{flag}";'])
        packet = self.random.choice(self.material.packets)
        start, found = self.piece(packet.payload, 5)
        flag = self.random.choice(["", "i", "s", "m", "x", "A", "E", "G", "sm", "As"])
        anchor = self.random.choice(["", "", "^", ""])
        proto = "tcp-pkt" if packet.proto == "tcp" else packet.proto
        return self.make(f"{proto} any any -> any any", [f'pcre:{"!" if self.chance(0.1) else ""}"/{anchor}{self.pattern(found)}/{flag}";'])

    def lengths(self):
        uri = [(p, b, v) for p, b, v in self.material.values if b == "http.uri"]
        if not uri:
            return self.headers()
        packet, _, value = self.random.choice(uri)
        norm = self.random.choice(["", ",norm", ",raw"])
        return self.make("http any any -> any any", [f"urilen:{self.number(len(value), 65535)}{norm};"])

    def integers(self):
        """A number on the flow that one rule makes and another asks for."""
        one, other = self.payload(), self.payload()
        name = f"n{self.next}"
        first = self.random.choice([f"flowint:{name},=,1;", f"flowint:{name},notset; flowint:{name},=,0;", f"flowint:{name},+,1;"])
        one.options += [first, "noalert;"] if self.chance(0.5) else [first]
        check = self.random.choice(["isset", "notset", ">,0", "==,1", "<,3", ">=,2", "!=,1"])
        other.sid = self.next + 1
        other.options.insert(0, f"flowint:{name},{check};")
        other.partners = [one]
        return other

    def bits_of_hosts(self):
        one, other = self.payload(), self.payload()
        name = f"x{self.next}"
        if self.chance(0.5):
            track = self.random.choice(["ip_src", "ip_dst", "ip_pair"])
            one.options += [f"xbits:set,{name},track {track},expire {self.random.choice([1, 60, 3600])};"]
            check = f"xbits:{self.random.choice(['isset', 'isnotset'])},{name},track {track};"
        else:
            side = self.random.choice(["src", "dst"])
            one.options += [f"hostbits:set,{name},{side};"]
            check = f"hostbits:{self.random.choice(['isset', 'isnotset'])},{name},{side};"
        other.sid = self.next + 1
        other.options.insert(0, check)
        other.partners = [one]
        return other
