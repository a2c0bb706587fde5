"""quiet.py - quiet accounts beside heavy ones, and the same without them.

Two sites have the same quiet webhooks, each of an account of its own, and get
the same events at the same time; one of them has a heavy account besides. So
what a delay is on this machine at this moment, the other one says.
"""
import collections
import contextlib
import itertools
import json
import random
import signal
import time

import postern
import tap
import things

LONG = tap.long_run()
PLACES = 1024 if LONG else 256      # of a worker; 1,024 is its default
EACH = 300 if LONG else 40          # webhooks of a kind
PAUSE_S = 0.008                     # between events
PATIENCE_S = 60 if LONG else 15     # until an event counts as lost

# What the quiet ones' p99 may be: TIMES what it is alone, and MORE_MS. These
# are of a machine on which half of the events alone take CALM_MS at most;
# where they take longer, they are so much more.
TIMES, MORE_MS, CALM_MS = 2, 50, 10

# What a quiet webhook is: answers well so far, never had an event, ordered,
# has a rate.
KINDS = ("good", "new", "ordered", "limited")
ALL_ARRIVE = "all arrive"
RATE = 20

MAKE = """
WITH given AS (
    SELECT s.key_id, s.ephemeral, s.nonce, s.box, t.id AS type
      FROM postern.secret AS s, postern.event_type AS t
     WHERE t.name = :'event' LIMIT 1
), of AS MATERIALIZED (
    SELECT a, postern.create_account(concat(:'name', '-', a)) AS account_id
      FROM generate_series(1, :accounts) AS a
), hook AS MATERIALIZED (
    SELECT account_id, postern.uuid7() AS id,
           replace(:'url', '{}', (:first + a * :each + n)::text) AS url
      FROM of, generate_series(1, :each) AS n
), hooks AS (
    INSERT INTO postern.webhook
        (account_id, id, url, canonical_url, ordered, rate)
    SELECT account_id, id, url, url, :ordered, :rate FROM hook
), subscriptions AS (
    INSERT INTO postern.subscription
    SELECT account_id, id, type FROM hook, given
), secrets AS (
    INSERT INTO postern.secret (account_id, webhook_id, id, key_id, ephemeral,
        nonce, box)
    SELECT account_id, id, postern.uuid7(), key_id, ephemeral, nonce, box
      FROM hook, given
)
SELECT account_id FROM of
"""

FORGET = """
TRUNCATE postern.fresh, postern.in_flight, postern.backlog, postern.lane,
    postern.lane_note;
"""

numbers = itertools.count(1)
made = 0


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def make_webhooks(site, url, accounts=1, each=1, ordered=False, rate=None):
    """So many accounts with so many webhooks each, as if registered, at
    /{} in the URL, which becomes a number. The site has one that is, whose
    secret they all have."""
    global made
    first, made = made, made + (accounts + 1) * each
    rows = site.psql(MAKE, event=postern.EVENT, name=f"n{made}", url=url,
                     first=str(first), accounts=str(accounts), each=str(each),
                     ordered=str(ordered).lower(), rate=str(rate or "NULL"))
    site.psql("ANALYZE postern.webhook, postern.subscription, postern.secret")
    return [row[0] for row in rows]


def owe(site, accounts, count=1):
    """So many events to each."""
    site.psql("""SELECT count(postern.publish(a, :'event', '{}'))
                   FROM unnest(:'accounts'::uuid[]) AS a,
                        generate_series(1, :'count'::int)""",
              event=postern.EVENT, accounts="{" + ",".join(accounts) + "}",
              count=str(count))


class Trickle(postern.Publisher):
    """One event after the other, to the kinds in turn; kinds is beside
    committed."""

    def __init__(self, place):
        super().__init__(place.site, None, batch=1, pause=PAUSE_S)
        self.place, self.kinds = place, []
        self.turns = itertools.cycle(KINDS)

    def publish_batch(self, psql):
        kind = next(self.turns)
        self.account = self.place.next_account(kind)
        super().publish_batch(psql)
        self.kinds.append(kind)


class Place:
    """A site with its quiet webhooks, its workers and what they sent.

    make_worker(name) is a context; url is that of webhooks, as for
    make_webhooks; what receivers got is in the files that match records."""

    def __init__(self, site, make_worker, url, records):
        self.site, self.make_worker, self.url = site, make_worker, url
        self.records, self.got = records, {}
        self.read = collections.Counter()
        self.workers, self.every = [], contextlib.ExitStack()
        _, token = site.account("first")
        site.register(token, url.replace("{}", "0"))
        self.accounts = {
            "good": make_webhooks(site, url, EACH),
            "ordered": make_webhooks(site, url, EACH, ordered=True),
            "limited": make_webhooks(site, url, EACH, rate=RATE),
            "new": collections.deque()}

    def refill(self, count):
        """Webhooks that were never tried, for so many events."""
        missing = count - len(self.accounts["new"])
        if missing > 0:
            self.accounts["new"] += make_webhooks(self.site, self.url,
                                                  missing)

    def next_account(self, kind):
        if kind == "new":
            self.refill(1)
            return self.accounts[kind].popleft()
        return random.choice(self.accounts[kind])

    def warm_up(self):
        for kind in ("good", "ordered", "limited"):
            owe(self.site, self.accounts[kind])
        self.site.await_nothing_owed(60)

    def start(self, count):
        for _ in range(count):
            self.workers.append(self.every.enter_context(self.make_worker(
                f"worker{next(numbers)}")))
        self.site.await_workers(count)

    def kill(self):
        """All workers, while nothing is in flight in order: what is would
        hold the next one up until its lease is over."""
        things.await_(20, lambda: self.site.value(
            "SELECT count(*) FROM postern.in_flight WHERE ordered") == "0",
                      "none is in flight in order")
        for worker in self.workers:
            worker.signal(signal.SIGKILL)
            worker.process.wait()
        count, self.workers = len(self.workers), []
        things.await_(20, lambda: self.site.value(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE usename = 'postern_delivery'") == "0",
                      "the server knows that they are gone")
        return count

    def forget(self):
        """Nothing is owed, and nobody is at work."""
        self.kill()
        self.site.psql(FORGET)

    def close(self):
        self.every.close()

    def receipts(self):
        """How late each message first came."""
        for path in self.site.place.glob(self.records):
            with open(path, "rb") as f:
                f.seek(self.read[path])
                text = f.read()
            whole = text[:text.rfind(b"\n") + 1]
            self.read[path] += len(whole)
            for line in whole.splitlines():
                request = json.loads(line)
                self.got.setdefault(request["id"], postern.delay(request))
        return self.got


@contextlib.contextmanager
def place(*arguments):
    """A Place whose quiet webhooks have all but the new had an event."""
    with contextlib.closing(Place(*arguments)) as made_place:
        made_place.start(1)
        made_place.warm_up()
        made_place.forget()
        yield made_place


class Delays:
    """Of the events of each kind, in ms; of what did not come, infinite."""

    def __init__(self):
        self.of = {kind: [] for kind in KINDS}

    def add(self, trickle):
        got = trickle.place.receipts()
        for kind, message in zip(trickle.kinds, trickle.committed):
            self.of[kind].append(got.get(message, float("inf")))

    def lost(self):
        return sum(d == float("inf") for of in self.of.values() for d in of)

    def median(self, kind):
        return percentile(self.of[kind], 0.5)

    def p99(self, kind):
        return percentile(self.of[kind], 0.99)

    def allow(self, beside, kind):
        """As alone: is what the others take beside a heavy account fair?"""
        slower = max(1, self.median(kind) / CALM_MS)
        return beside.p99(kind) <= TIMES * self.p99(kind) + MORE_MS * slower

    def __str__(self):
        return "; ".join(
            f"{kind} {len(of)}: {self.median(kind):.0f}/"
            f"{self.p99(kind):.0f}/{max(of):.0f}"
            for kind, of in self.of.items() if of)


def all_came(trickles):
    return all(t.place.receipts().keys() >= set(t.committed)
               for t in trickles)


def measure(places, seconds, during=lambda: None):
    """Events to both for so long, while something else is done; the delays
    in each."""
    for place in places:
        place.refill(int(seconds * 40))
    trickles = [Trickle(place) for place in places]
    for trickle in trickles:
        trickle.start()
    end = time.monotonic() + seconds
    during()
    while time.monotonic() < end:
        time.sleep(0.05)
    for trickle in trickles:
        trickle.stop()
    end = time.monotonic() + PATIENCE_S
    while not all_came(trickles) and time.monotonic() < end:
        time.sleep(0.1)
    every = [Delays() for _ in places]
    for delays, trickle in zip(every, trickles):
        delays.add(trickle)
    return every


class Row:
    """What a heavy account does, and what the quiet notice.

    heavy(place) prepares it, and returns what begins it; that returns None,
    or what is to be stopped. That all events arrive is judged always; that
    they are as quick only if judged says so, else it is a figure.
    """

    def __init__(self, sentence, heavy, seconds, judged=False):
        self.sentence, self.heavy, self.seconds = sentence, heavy, seconds
        self.judged = judged

    def once(self, places, workers):
        """The delays beside it and alone: from its beginning on, and after
        all workers were killed."""
        for place in places:
            place.start(workers)
        begin, stops = self.heavy(places[0]), []
        measured = [measure(places, self.seconds,
                            lambda: stops.append(begin()))]
        for place in places:
            place.start(place.kill())
        measured.append(measure(places, self.seconds))
        for stop in filter(None, stops):
            stop.stop()
        for place in places:
            place.forget()
        for what, (beside, alone) in zip(("", ", after a kill"), measured):
            tap.note(f"{self.sentence}, {workers} workers{what}\n"
                     f"  beside {beside}\n  alone  {alone}")
        return measured

    def examine(self, places, workers):
        """A machine that stood still for a moment may spoil one measurement:
        then two more have to hold."""
        held = self.judge(self.once(places, workers))
        if self.judged and held[ALL_ARRIVE] and not all(held.values()):
            again = [self.judge(self.once(places, workers)) for _ in range(2)]
            held = {what: all(one[what] for one in again) for what in held}
        for what, holds in held.items():
            sentence = f"{self.sentence}: {what} ({workers} workers)"
            if self.judged or what == ALL_ARRIVE:
                tap.ok(holds, sentence)
            elif not holds:
                tap.note(f"not so yet: {sentence}")

    @staticmethod
    def judge(measured):
        held = {f"{kind} are as quick": all(
            alone.allow(beside, kind) for beside, alone in measured)
            for kind in KINDS}
        held[ALL_ARRIVE] = not any(
            delays.lost() for pair in measured for delays in pair)
        return held
