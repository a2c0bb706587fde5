"""everything.py - a worker's whole life once, for what watches from inside.

A worker of its own build, with load, bad receivers, rotations, order, rates,
large bodies, a database that goes and comes, SIGHUP and SIGTERM.
"""
import contextlib
import os
import signal
import subprocess

import postern
import tap
import things

# valgrind takes the soft limit of open files, often 1,024, for the hard one
FLAGS = (*postern.ALLOW, "--in-flight", "16", "--idle-connections", "64")
BAD = ("/status/500,200", "/status/400", "/status/410", "/retry/429/1",
       "/retry-date/503/1", "/redirect", "/large", "/headers", "/gzip",
       "/garbage", "/old", "/reset")
BAD_LISTENERS = ("reset", "expired", "self-signed", "wrong-name", "old")
LARGE = 250000


def build(place, *flags):
    """The worker with these flags of the compiler, for those after."""
    program = place / "postern-delivery"
    subprocess.run(
        ["bash", "-eu", "-c", '. "$srcdir/tests/compile.sh"; '
         'compile_delivery "$@"', "build", program, *flags], check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.environ["POSTERN_DELIVERY"] = str(program)


def publish(site, account, count, size=1):
    site.psql("""
        SELECT count(postern.publish(:'account', :'event',
                   jsonb_build_object('text', repeat('x', :'size'::int))))
          FROM generate_series(1, :'count'::int)""",
              account=account, event=postern.EVENT, count=str(count),
              size=str(size))


class Life:
    """What the worker meets, one thing after the other."""

    def __init__(self, site, receiver, worker, seconds):
        self.site, self.receiver, self.worker = site, receiver, worker
        self.seconds = seconds

    def webhook(self, name, path=None, listener="good"):
        account, token = self.site.account(name)
        path = f"{path or '/status/200'}/{name}"
        url = self.receiver.url(path, listener)
        self.site.register(token, url)
        return account, token, path, self.site.webhook(url)["id"]

    def arrive(self, path, count):
        things.await_(self.seconds,
                      lambda: len(self.receiver.received(path)) >= count,
                      f"{count} arrive at {path}")

    def load(self):
        account, _, path, _ = self.webhook("load")
        publish(self.site, account, 100)
        self.arrive(path, 100)

    def bad_receivers(self):
        hooks = [self.webhook(f"bad-{n}", path)
                 for n, path in enumerate(BAD)]
        hooks += [self.webhook(f"bad-{name}", "/status/200", name)
                  for name in BAD_LISTENERS]
        for account, *_ in hooks:
            publish(self.site, account, 12)
        ids = "{" + ",".join(id for *_, id in hooks) + "}"
        things.await_(self.seconds, lambda: self.site.value("""
            SELECT count(DISTINCT webhook_id) FROM postern.attempts
             WHERE webhook_id = ANY (:'ids'::uuid[])""", ids=ids) ==
            str(len(hooks)), "each bad receiver was tried")

    def rotation(self):
        account, token, path, _ = self.webhook("rotation")
        self.site.register(token, self.receiver.url(path))
        publish(self.site, account, 1)
        self.arrive(path, 1)
        self.worker.signal(signal.SIGHUP)
        publish(self.site, account, 1)
        self.arrive(path, 2)

    def order_and_rate(self):
        ordered, slow = self.webhook("ordered"), self.webhook("slow")
        self.site.psql("SELECT postern.set_ordered(:'w', true)", w=ordered[3])
        self.site.psql("SELECT postern.set_rate(:'w', 10)", w=slow[3])
        for account, _, path, _ in (ordered, slow):
            publish(self.site, account, 5)
            self.arrive(path, 5)

    def large_bodies(self):
        hooks = [self.webhook(f"large-{n}") for n in range(3)]
        for account, *_ in hooks:
            publish(self.site, account, 12, LARGE)
        for _, _, path, _ in hooks:
            self.arrive(path, 12)

    def lost_database(self):
        account, _, path, _ = self.webhook("lost")
        for words in (["restart"], ["kill", "start"]):
            for word in words:
                self.site.tool("postgres", word)
            before = len(self.receiver.received(path))
            publish(self.site, account, 10)
            self.arrive(path, before + 10)

    def end(self):
        """Told to stop while it has much in hand."""
        account, _, path, _ = self.webhook("end", "/delay/0.5")
        publish(self.site, account, 40)
        self.arrive(path, 1)
        self.worker.signal(signal.SIGTERM)
        return self.worker.process.wait(self.seconds)


def live(prefix=(), seconds=60):
    """All of it; the exit status and the log."""
    with postern.site() as site, postern.receiver(site) as receiver, \
            postern.worker(site, "worker", FLAGS, prefix) as worker:
        life = Life(site, receiver, worker, seconds)
        for part in (life.load, life.bad_receivers, life.rotation,
                     life.order_and_rate, life.large_bodies,
                     life.lost_database):
            part()
            tap.ok(worker.running(), f"it lives through {part.__name__}"
                   .replace("_", " "))
        status = life.end()
        with contextlib.suppress(FileNotFoundError):
            return status, worker.log.read_text(errors="replace")
