"""checker.py - proves from a record alone that a history is as promised.

check() has a Report: what is wrong, and why each repeat was right. A record is
described in history.py. What is promised:

- An event whose publish was answered reaches each webhook of its account that
  was registered before and not deleted; one transaction's do so all or none.
- Nothing arrives that was not published, or for another webhook than it is for.
- An ordered webhook gets first what was answered before the other was asked.
- An event arrives again only if the receiver did not take it, or if a fault met
  it between being sent and being recorded; and not more than a fault had there.
- The feed has each such event once, and for all readers in one order, to which
  things are added at the end alone.
- A webhook that was registered is there, and signs with its secrets.
"""
import base64
import collections
import dataclasses
import functools
import hashlib
import hmac
import math

RECORDED = 5        # seconds after its answer, at most, that one is recorded
WRITTEN = 3         # after it was sent: a receiver may hang for two
PATIENCE = 10       # seconds, at least, that a receiver has to answer


@dataclasses.dataclass
class Event:
    """What one value stands for: a publish, or several with one key."""
    value: str
    account: str
    type: str
    key: str = None
    began: float = math.inf
    ended: float = math.inf
    ends: set = dataclasses.field(default_factory=set)
    ids: set = dataclasses.field(default_factory=set)

    def add(self, call, position):
        self.began = min(self.began, call.began)
        self.ends.add(call.end)
        if call.end == "yes":
            self.ended = min(self.ended, call.ended)
            self.ids.add(call["ids"][position])

    @property
    def sure(self):
        return "yes" in self.ends

    @property
    def never(self):
        return self.ends == {"no"}


@dataclasses.dataclass
class Webhook:
    """What one path stands for, from register to delete."""
    path: str
    account: str
    types: list
    ordered: bool
    began: float                # perhaps it is there
    since: float = math.inf     # surely it is there
    leaving: float = math.inf   # perhaps it is gone
    gone: float = math.inf      # surely it is gone
    secrets: set = dataclasses.field(default_factory=set)
    known: bool = True          # all its secrets are

    def add(self, call):
        self.known = self.known and call.end != "unknown"
        if call.end == "yes":
            self.since = min(self.since, call.ended)
            self.secrets.add(call["secret"])

    def wants(self, event):
        return (event.account in (self.account, None)
                and (event.type in self.types or "*" in self.types))

    def must(self, event):
        """The event has to arrive."""
        return (self.leaving == math.inf and event.began > self.since and
                event.sure and self.wants(event))

    def may(self, event):
        """The event can arrive."""
        return (self.wants(event) and not event.never and
                event.ended > self.began and event.began < self.gone)


class History:
    """The calls of a record, by what they are about."""

    def __init__(self, calls):
        self.calls = collections.defaultdict(list)
        for call in calls:
            self.calls[call.do].append(call)
        self.events, self.webhooks = {}, {}
        self.receipts = collections.defaultdict(list)
        for call in self.calls["publish"]:
            self.add_publish(call)
        for call in self.calls["register"]:
            self.add_register(call)
        for call in self.calls["delete"]:
            self.add_delete(call)
        for call in self.calls["receive"]:
            self.receipts[call["path"]].append(call)

    def add_publish(self, call):
        for position, asked in enumerate(call["events"]):
            event = self.events.setdefault(asked["value"], Event(
                asked["value"], call["account"], asked["type"],
                asked.get("key")))
            event.add(call, position)

    def add_register(self, call):
        self.webhooks.setdefault(call["path"], Webhook(
            call["path"], call["account"], call["types"],
            bool(call["ordered"]), call.began)).add(call)

    def add_delete(self, call):
        webhook = self.webhooks[call["path"]]
        if call.end != "no":
            webhook.leaving = min(webhook.leaving, call.began)
        if call.end == "yes":
            webhook.gone = min(webhook.gone, call.ended)

    @functools.cached_property
    def staying(self):
        """The webhooks that nobody has asked to delete."""
        return [w for w in self.webhooks.values() if w.leaving == math.inf]

    @functools.cache
    def arrived(self, path):
        """The values that a path has had."""
        return {r["value"] for r in self.receipts[path]}

    @functools.cache
    def taken(self, path):
        """Those that it has taken."""
        return {r["value"] for r in self.receipts[path] if took(r)}


def took(receipt):
    return receipt.end == "yes" and 200 <= receipt["status"] < 300


class Report:
    def __init__(self):
        self.wrong = []             # pairs: a kind, and a sentence
        self.reasons = collections.Counter()    # of repeats
        self.counts = {}

    def add(self, kind, sentence):
        self.wrong.append((kind, sentence))

    def kinds(self):
        return sorted({kind for kind, _ in self.wrong})


def find_lost(h, report):
    for hook in h.staying:
        taken = h.taken(hook.path)
        for event in h.events.values():
            if hook.must(event) and event.value not in taken:
                report.add("lost", f"{event.value}, published at "
                           f"{event.ended:.3f}, never came to {hook.path}")


def find_torn(h, report):
    """Of a transaction whose end nobody knows, all or nothing is there."""
    for call in h.calls["publish"]:
        if call.end != "unknown":
            continue
        values = [e["value"] for e in call["events"] if not e.get("key")]
        for hook in h.staying:
            due = {v for v in values if hook.wants(h.events[v])
                   and call.began > hook.since}
            came = due & h.arrived(hook.path)
            if came and came != due:
                report.add("torn", f"of {call.name} {sorted(due - came)} "
                           f"never came to {hook.path}")


def judge_receipt(h, receipt):
    """What is wrong with one that arrived, or None."""
    hook, event = (h.webhooks.get(receipt["path"]),
                   h.events.get(receipt["value"]))
    if event is None or event.never or receipt.began < event.began:
        return "was not published"
    if hook is None or not hook.may(event):
        return "is not for it"
    return None


def find_strangers(h, report):
    for receipt in h.calls["receive"]:
        fault = judge_receipt(h, receipt)
        if fault:
            report.add("stranger", f"{receipt['value']} came to "
                       f"{receipt['path']} and {fault}")


def find_two_ids(h, report):
    """A value has one id, whoever says it, however often it was published."""
    for event in h.events.values():
        if len(event.ids) > 1:
            report.add("two ids", f"{event.value} was published as "
                       f"{sorted(event.ids)}")
    shown = [(r["value"], r["id"]) for r in h.calls["receive"]]
    for call in h.calls["read"]:
        shown += map(tuple, call["items"] or ())
    for value, id in dict.fromkeys(shown):
        event = h.events.get(value)
        if event is None:
            continue
        if event.ids and id not in event.ids:
            report.add("two ids", f"{value} is {sorted(event.ids)} and {id}")
        event.ids.add(id)


def find_swapped(h, report):
    """Of what was answered before the next was asked, the order is kept."""
    for hook in h.webhooks.values():
        if not hook.ordered:
            continue
        first = dict.fromkeys(r["value"] for r in h.receipts[hook.path])
        soonest, value = math.inf, None
        for event in (h.events[v] for v in reversed(first) if v in h.events):
            if soonest < event.began:
                report.add("swapped", f"{event.value} came to {hook.path} "
                           f"before {value}, which was published first")
            if event.ended < soonest:
                soonest, value = event.ended, event.value


def until(receipt):
    return receipt.ended if receipt.ended < math.inf else receipt.began


def met(fault, receipt):
    """Was the request on its way, or its end not recorded, at that time?"""
    return receipt.began <= fault.ended + WRITTEN and \
        until(receipt) >= fault.began - RECORDED


def explain(before, again, faults, left):
    """Why one was sent again, or None."""
    if before.end == "yes" and not took(before):
        return "the receiver refused it"
    suspects = [f for f in faults if f.began < again.began
                and met(f, before) and left[f.name] > 0]
    if not suspects:
        late = min(before.ended, again.began) - before.began > PATIENCE
        return "the receiver did not answer in time" if late else None
    fault = min(suspects, key=lambda f: f.ended)
    left[fault.name] -= 1
    return fault["what"]


def repeats(h):
    """The path, a receipt and the next one of the same event; by the time at
    which the first was over."""
    pairs = []
    for path, receipts in h.receipts.items():
        last = {}
        for receipt in receipts:
            if receipt["id"] in last:
                pairs.append((path, last[receipt["id"]], receipt))
            last[receipt["id"]] = receipt
    return sorted(pairs, key=lambda pair: until(pair[1]))


def find_repeats(h, report):
    """A request that nobody answered was cut off, which has a reason too. The
    first fault that may be the reason is: others are left for later ones, so
    that none is without a reason for want of a better choice."""
    faults = [f for f in h.calls["fault"] if f["repeats"]]
    left = {f.name: f["repeats"] for f in faults}
    for path, before, receipt in repeats(h):
        reason = explain(before, receipt, faults, left)
        report.reasons[reason or "nothing"] += 1
        if reason is None:
            report.add("repeat", f"{receipt['value']} came to {path} at "
                       f"{before.began:.3f} and {receipt.began:.3f}")


def sequences(h):
    """What each reader has seen: account, reader, the time of its last call,
    pairs of value and id."""
    readers = collections.defaultdict(list)
    for call in h.calls["read"]:
        if call.end == "yes":
            readers[call["account"], call["reader"]].append(call)
    for (account, reader), calls in readers.items():
        yield (account, reader, calls[-1].began,
               [tuple(i) for call in calls for i in call["items"]])


def find_unread(h, report):
    """A reader that begins after all was published sees all of it."""
    for account, reader, at, items in sequences(h):
        began = min(c.began for c in h.calls["read"]
                    if (c["account"], c["reader"]) == (account, reader))
        values = {value for value, _ in items}
        for event in h.events.values():
            if (event.sure and event.account in (account, None)
                    and event.ended < began and event.value not in values):
                report.add("unread", f"{reader} of {account} did not see "
                           f"{event.value}")


def find_false_reads(h, report):
    for account, reader, _, items in sequences(h):
        values = [value for value, _ in items]
        for value, count in collections.Counter(values).items():
            event = h.events.get(value)
            if count > 1:
                report.add("read twice", f"{reader} of {account} saw {value} "
                           f"{count} times")
            if event is None or event.never:
                report.add("stranger", f"{reader} of {account} saw {value}, "
                           "which was not published")
            elif event.account not in (account, None):
                report.add("stranger", f"{reader} of {account} saw {value} "
                           f"of {event.account}")


def find_reordered(h, report):
    """Of two readers of an account one is only not so far yet."""
    longest = {}
    for account, reader, _, items in sorted(sequences(h),
                                            key=lambda s: -len(s[3])):
        whole = longest.setdefault(account, items)
        for n, (theirs, ours) in enumerate(zip(whole, items)):
            if theirs != ours:
                report.add("reordered", f"item {n} of {account} is "
                           f"{theirs[0]}, and for {reader} it is {ours[0]}")
                break


def find_unlisted(h, report):
    for call in h.calls["list"]:
        if call.end != "yes":
            continue
        for hook in h.webhooks.values():
            ours = hook.account == call["account"]
            there = hook.path in call["paths"]
            if ours and not there and hook.since < call.began and \
                    hook.leaving > call.ended:
                report.add("unregistered", f"{hook.path} is not listed")
            if there and (not ours or hook.gone < call.began):
                report.add("stranger", f"{hook.path} is listed for "
                           f"{call['account']}")
        for path in set(call["paths"]) - h.webhooks.keys():
            report.add("stranger", f"{path} is listed, not registered")


def signed(receipt, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{receipt['id']}.{receipt['stamp']}.{receipt['body']}"
    code = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(code).decode() in receipt["signatures"]


def find_unsigned(h, report):
    for receipt in h.calls["receive"]:
        hook = h.webhooks.get(receipt["path"])
        if hook and hook.known and receipt["signatures"] is not None and \
                not any(signed(receipt, s) for s in hook.secrets):
            report.add("unsigned", f"{receipt['value']} came to "
                       f"{hook.path}, signed with no secret of it")


CHECKS = (find_lost, find_torn, find_strangers, find_two_ids, find_swapped,
          find_repeats, find_unread, find_false_reads, find_reordered,
          find_unlisted, find_unsigned)


def count(h, report):
    events = h.events.values()
    report.counts = {
        "faults": len(h.calls["fault"]),
        "acknowledged": sum(e.sure for e in events),
        "unknown": sum(not e.sure and not e.never for e in events),
        "taken back": sum(e.never for e in events),
        "registered": sum(w.since < math.inf for w in h.webhooks.values()),
        "owed": sum(w.must(e) for w in h.staying for e in events),
        "received": len(h.calls["receive"]),
        "repeats": sum(report.reasons.values()),
        "read": sum(len(c["items"] or ()) for c in h.calls["read"]),
        "lost": sum(kind == "lost" for kind, _ in report.wrong),
    }


def check(calls):
    """The Report of a record's calls."""
    h, report = History(calls), Report()
    for find in CHECKS:
        find(h, report)
    count(h, report)
    return report
