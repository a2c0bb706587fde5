"""parsers.py - three parsers of answers, asked the same, answering alike.

Each is given an answer and the end of its connection, and says an Outcome.
"""
import collections
import struct
import subprocess

import h11
import llhttp

# status: of the final head; None: there is no whole one that is valid.
# whole: so is the body. Then: its data, the bytes that were taken, and whether
# the connection is kept. words: what a parser has to say against it.
Outcome = collections.namedtuple("Outcome", "status whole data taken keep words")

NONE = Outcome(None, False, b"", 0, False, "")
CUT = "it is cut short"


def ours(program, answers):
    """The Outcomes of http_parser, by facts.c."""
    given = b"".join(struct.pack(">I", len(a)) + a for a in answers)
    said = subprocess.run([program], input=given, check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return [outcome_of(line) for line in said.splitlines()]


def outcome_of(line):
    state, status, whole, keep, taken, data, words = line.split(" ", 6)
    if status == "0":
        return NONE._replace(words=words or CUT)
    if whole == "0":
        return NONE._replace(status=int(status), words=words or CUT)
    return Outcome(int(status), True, bytes.fromhex(data[1:-1]), int(taken),
                   keep == "1", "")


class Llhttp(llhttp.Response):
    """One answer; it stops at the end of the first that is final."""

    def __init__(self):
        super().__init__()
        self.final, self.data, self.whole, self.keep = None, b"", False, False

    def on_headers_complete(self):
        status = self.status or 0
        if status // 100 != 1 or status == 101:
            self.final = status

    def on_body(self, data):
        self.data += bytes(data)

    def on_message_complete(self):
        if self.final is not None:
            self.whole, self.keep = True, self.should_keep_alive
            self.pause()


def by_llhttp(answer):
    parser = Llhttp()
    try:
        taken = parser.execute(answer)
        if not parser.whole:
            taken = len(answer)
            parser.finish()
        words = CUT
    except llhttp.Error as e:
        words = f"{type(e).__name__}: {e}"
    except SystemError:  # what finish() raises when it was paused
        words = CUT
    if parser.final is None or not parser.whole:
        return NONE._replace(status=parser.final, words=words)
    return Outcome(parser.final, True, parser.data, taken, parser.keep, "")


def asked():
    """A client of h11 that has sent its request."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=65536)
    connection.send(h11.Request(method="POST", target="/", headers=[
        ("Host", "a"), ("Content-Length", "0")]))
    connection.send(h11.EndOfMessage())
    return connection


def by_h11(answer):
    connection, status, data = asked(), None, b""
    given, ended = len(answer), False
    connection.receive_data(answer)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                data += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.InformationalResponse):
                pass
            elif event is h11.NEED_DATA and not ended:
                connection.receive_data(b"")
                ended = True
            else:
                return NONE._replace(status=status, words=CUT)
    except h11.RemoteProtocolError as e:
        return NONE._replace(status=status, words=str(e))
    keep = connection.their_state is h11.DONE and not ended
    return Outcome(status, True, data, given - len(connection.trailing_data[0]),
                   keep, "")
