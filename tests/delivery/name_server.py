"""name_server.py - the name server of elsewhere, for NAME.receiver.test and
NAME.corp.internal.

What it says of a name is in these tables. A time to live is 0, always. An
answer too long for UDP is cut there and whole over TCP.
"""
import collections
import contextlib
import ipaddress
import json
import re
import socket
import socketserver
import struct
import threading

PUBLIC, PUBLIC6 = "93.184.216.34", "2606:4700::1111"
OWN, DENIED = "93.184.219.1", "93.184.220.7"
MOVED = "93.184.216.35"
DEAD6 = "2606:4700:dead::1"     # takes no connection
A, CNAME, AAAA = 1, 5, 28
UDP_MAX = 512

# What each name is: addresses, or the name it stands for. A list of lists is
# one answer for each question, the last for all that follow. public-7 and the
# like are what public is.
ANSWERS = {
    "public": [PUBLIC],
    "public6": [PUBLIC6],
    "under_score": [PUBLIC],
    "rebound": [[PUBLIC], ["127.0.0.1"]],
    "moved": [[PUBLIC], [MOVED]],
    "own": [OWN],
    "denied": [DENIED],
    "loopback": ["127.0.0.1"],
    "loopback-two": ["127.0.0.2"],
    "private": ["10.0.0.5"],
    "shared": ["100.64.0.1"],
    "zero": ["0.0.0.0"],
    "metadata": ["169.254.169.254"],
    "azure": ["168.63.129.16"],
    "loopback6": ["::1"],
    "zero6": ["::"],
    "unique6": ["fd00::1"],
    "mapped": ["::ffff:127.0.0.1"],
    "mapped-private": ["::ffff:10.0.0.5"],
    "nat64": ["64:ff9b::7f00:1"],
    "sixtofour": ["2002:7f00:1::1"],
    "teredo": ["2001:0:7f00:1::1"],
    "mixed": ["127.0.0.1", "10.0.0.5", PUBLIC],
    "mixed-late": [PUBLIC, "127.0.0.1", "::1"],
    "chain": "chain-two",
    "chain-two": "chain-three",
    "chain-three": "loopback",
    "chain-public": "public",
    "chain-long": "link-1",
    **{f"link-{n}": f"link-{n + 1}" for n in range(1, 4)},
    "link-4": "public",
    "forty": [f"93.184.217.{n}" for n in range(1, 41)],
    "forty6": [f"2606:4700::{n:x}" for n in range(1, 41)],
    "alive6": [PUBLIC6, PUBLIC],
    "dead6": [DEAD6, PUBLIC],
    "half-mute": [PUBLIC],
    "empty": [],
}

ZONES = ["receiver", "test"], ["corp", "internal"]

# Names that get an error instead: SERVFAIL, REFUSED.
ERRORS = {"servfail": 2, "refused": 5}
NO_SUCH_NAME = 3

# Names that get no answer to these questions.
SILENT = {"mute": (A, AAAA), "half-mute": (AAAA,)}


def entry(table, label):
    """The label's, or that without its number; or None."""
    return table.get(label, table.get(re.sub(r"-\d+$", "", label)))


def read_name(packet, at):
    labels = []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    return labels, at + 1


def write_name(labels):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in labels) + b"\0"


def resource(labels, kind, data):
    return (write_name(labels) + struct.pack(">HHIH", kind, 1, 0, len(data)) +
            data)


def resolve(label, rest, kind, turn):
    """The records of an answer, aliases followed."""
    what = entry(ANSWERS, label)
    if isinstance(what, str):
        alias = resource([label, *rest], CNAME, write_name([what, *rest]))
        return [alias] + resolve(what, rest, kind, turn)
    if what and isinstance(what[0], list):
        what = what[min(turn, len(what) - 1)]
    found = map(ipaddress.ip_address, what)
    return [resource([label, *rest], kind, a.packed) for a in found
            if a.version == (4 if kind == A else 6)]


class NameServer:
    """On 127.0.0.1, port 53. record(line) is called for each question; lines
    of a run before make it go on counting there."""

    def __init__(self, record, before):
        self.record, self.lock = record, threading.Lock()
        self.asked = collections.Counter((q["name"], q["kind"])
                                         for q in before)

    def find(self, label, rest, kind, tcp):
        """An error's number, and records."""
        with self.lock:
            turn = self.asked[label, kind]
            self.asked[label, kind] += 1
        self.record({"name": label, "kind": kind, "tcp": tcp})
        if rest not in ZONES:
            return NO_SUCH_NAME, []
        if label in ERRORS:
            return ERRORS[label], []
        if entry(ANSWERS, label) is None:
            return NO_SUCH_NAME, []
        return 0, resolve(label, rest, kind, turn)

    def answer(self, packet, tcp):
        """None: silence."""
        (label, *rest), end = read_name(packet, 12)
        kind, = struct.unpack(">H", packet[end:end + 2])
        error, records = self.find(label, rest, kind, tcp)
        if kind in (entry(SILENT, label) or ()):
            return None
        flags, body = 0x8580 | error, b"".join(records)
        if not tcp and end + 4 + len(body) > UDP_MAX:
            flags, records, body = flags | 0x200, [], b""
        return (packet[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0,
                                         0) + packet[12:end + 4] + body)

    def serve_udp(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 53))
        while True:
            packet, peer = s.recvfrom(4096)
            answer = self.answer(packet, tcp=False)
            if answer is not None:
                s.sendto(answer, peer)

    def serve_tcp(self):
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while len(length := self.rfile.read(2)) == 2:
                    packet = self.rfile.read(int.from_bytes(length, "big"))
                    answer = server.answer(packet, tcp=True)
                    if answer is not None:
                        self.wfile.write(len(answer).to_bytes(2, "big") +
                                         answer)

        socketserver.ThreadingTCPServer.daemon_threads = True
        socketserver.ThreadingTCPServer(("127.0.0.1", 53),
                                        Handler).serve_forever()


def records_before(path):
    """The questions of a run before this one."""
    with contextlib.suppress(FileNotFoundError):
        return [json.loads(line) for line in open(path)]
    return []
