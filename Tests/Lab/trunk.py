"""One end of an 802.1Q trunk, for kernels without VLAN support: trunk.py TRUNK PORT:VLAN...

Frames from an access port leave on the trunk with the port's VLAN tag; tagged frames from the trunk leave untagged on that VLAN's port.
"""
import select, socket, struct, sys

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, TAGGED = 263, 8, 23, 1 << 4


def attach(name):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    link.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    link.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((name, 0))
    link.setblocking(False)
    return link


trunk = attach(sys.argv[1])
ports = {int(vlan): attach(name) for name, vlan in (argument.split(":") for argument in sys.argv[2:])}
vlans = {port: vlan for vlan, port in ports.items()}
while True:
    for link in select.select([trunk, *vlans], [], [])[0]:
        for _ in range(64):
            try:
                frame, ancillary, _, sender = link.recvmsg(65536, 256)
            except BlockingIOError:
                break
            try:
                if link is not trunk:
                    trunk.send(frame[:12] + struct.pack("!HH", 0x8100, vlans[link]) + frame[12:])
                    continue
                # The kernel takes the tag of a received frame out of its bytes and tells it beside them.
                for level, kind, data in ancillary:
                    if level == SOL_PACKET and kind == PACKET_AUXDATA:
                        status, _, _, _, _, tag, _ = struct.unpack_from("IIIHHHH", data)
                        if status & TAGGED and tag & 0xFFF in ports:
                            ports[tag & 0xFFF].send(frame)
            except OSError as error:
                print(error, file=sys.stderr, flush=True)
