"""history.py - what clients asked and saw, written down as it happened.

A line of JSON for each moment. The first of a call has what was asked and when;
the second, once there is an answer, how it ended and what was seen:

    {"at": 8.1, "call": "p1-7", "do": "publish", "account": ..., "events": ...}
    {"at": 8.2, "call": "p1-7", "end": "yes", "ids": [...]}

at is the machine's monotonic clock, in seconds, which all processes share. A
call ended "yes" (it was done), "no" (it was not, and never will be) or
"unknown"; one without an end is unknown as well. These are the calls:

    register  account, path, types, ordered; yes: secret
    delete    account, path
    list      account; yes: paths
    publish   account (null: to all), events: one transaction's, each a value
              that no other has, a type and perhaps a key; yes: ids
    read      account, reader, cursor; yes: items [value, id], next
    receive   path, id, value, stamp, signatures, body; yes: status
    fault     what; repeats: how many requests it may have made to be sent
              again, 0 if it touches none that sends. yes: all runs again
"""
import dataclasses
import itertools
import json
import math
import threading
import time


class Record:
    """A file of such lines, written by any number of threads."""

    def __init__(self, path, name):
        self.file = open(path, "a", buffering=1)
        self.name, self.numbers = name, itertools.count(1)
        self.lock = threading.Lock()

    def write(self, **line):
        with self.lock:
            self.file.write(json.dumps({"at": time.monotonic(), **line})
                            + "\n")

    def ask(self, do, **facts):
        """Write down that it is asked; the call, for end()."""
        call = f"{self.name}-{next(self.numbers)}"
        self.write(call=call, do=do, **facts)
        return call

    def end(self, call, end, **facts):
        self.write(call=call, end=end, **facts)


@dataclasses.dataclass
class Call:
    """What was asked, and how it ended: ended is infinite if nobody knows."""
    name: str
    do: str
    began: float
    facts: dict
    ended: float = math.inf
    end: str = "unknown"

    def __getitem__(self, name):
        return self.facts.get(name)


def calls_of(lines):
    """The calls of a record's lines, whatever their order, by when they began.
    """
    calls = {}
    for line in sorted(lines, key=lambda line: ("end" in line, line["at"])):
        facts = {k: v for k, v in line.items()
                 if k not in ("at", "call", "do", "end")}
        if "do" in line:
            calls[line["call"]] = Call(line["call"], line["do"], line["at"],
                                       facts)
        else:
            call = calls[line["call"]]
            call.end = line["end"]
            call.facts.update(facts)
            if call.end != "unknown":
                call.ended = line["at"]
    return sorted(calls.values(), key=lambda call: call.began)


def read(*paths):
    """The calls of some files; a last line that was cut off is no line."""
    lines = []
    for path in paths:
        text = path.read_text()
        lines += map(json.loads, text[:text.rfind("\n") + 1].splitlines())
    return calls_of(lines)
