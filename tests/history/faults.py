"""faults.py - kills what a site consists of, at random, and starts it again.

Each fault is a call in the record, from before the kill until all runs again.
"""
import contextlib
import os
import signal
import subprocess
import threading
import time

import clients
import postern
import things

IN_FLIGHT = 64
# What a worker has in hand (prefetch.h): twice what may be in flight, and an
# eighth.
HAND = 2 * IN_FLIGHT + IN_FLIGHT // 8


class Faults:
    def __init__(self, record, site, receiver, servers, workers, chance):
        self.record, self.site, self.chance = record, site, chance
        self.receiver, self.servers = receiver, servers
        self.workers = workers

    def programs(self):
        """The processes that a failover leaves as they are."""
        return [w.process.pid for w in self.workers] + [
            self.site.tool("responder", "pid")]

    @contextlib.contextmanager
    def fault(self, what, workers):
        """It may have these workers' requests be sent again."""
        call = self.record.ask("fault", what=what, repeats=HAND * workers)
        yield
        self.record.end(call, "yes")

    # --- one after the other

    def worker(self):
        with self.fault("a worker is killed", 1):
            victim = self.chance.choice(self.workers)
            victim.kill()
            victim.start()

    def responder(self):
        with self.fault("the responder is killed", 0):
            self.site.tool("responder", "kill")
            self.site.tool("responder", "start")

    def server(self):
        with self.fault("nginx is killed", 0):
            self.site.tool("server", "kill")
            self.site.tool("server", "start")

    def postgres_down(self):
        """As an operator would, at once, or by the loss of the postmaster."""
        self.servers.primary.end(self.chance.choice(
            (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)))

    def postgres(self):
        with self.fault("PostgreSQL is killed", len(self.workers)):
            self.postgres_down()
            self.servers.primary.start()

    def backend(self):
        """The postmaster then ends all others, and starts anew."""
        role = self.chance.choice(("postern_delivery", "postern_responder",
                                   "postern_publisher"))
        with self.fault(f"a backend of {role} is killed", len(self.workers)):
            self.kill_backend(f"usename = '{role}'")

    def kill_backend(self, which):
        with contextlib.suppress(subprocess.CalledProcessError,
                                 ProcessLookupError):
            pid = self.servers.ask(
                self.servers.primary, "SELECT pid FROM pg_stat_activity "
                f"WHERE {which} ORDER BY random() LIMIT 1")
            if pid:
                os.kill(int(pid), signal.SIGKILL)
                things.await_(30, lambda: self.lost(int(pid)), "it is noticed")

    def lost(self, pid):
        """The backend is gone, and others can be asked."""
        with contextlib.suppress(subprocess.CalledProcessError):
            return self.servers.ask(
                self.servers.primary, "SELECT count(*) FROM pg_stat_activity "
                f"WHERE pid = {pid}") == "0"
        return False

    def hang(self):
        """PostgreSQL or the receiver stands still; nobody can say for how
        long, so by time."""
        with self.fault("one hangs", 0):
            stop, go_on = self.chance.choice((
                (self.servers.primary.stop, self.servers.primary.go_on),
                (self.receiver.stop, self.receiver.go_on)))
            stop()
            time.sleep(self.chance.uniform(0, 2))
            go_on()

    # --- together

    def together(self):
        """Two or more of all, at one time."""
        kills = [(lambda: self.site.tool("responder", "kill"),
                  lambda: self.site.tool("responder", "start")),
                 (lambda: self.site.tool("server", "kill"),
                  lambda: self.site.tool("server", "start")),
                 (self.postgres_down, lambda: self.servers.primary.start())]
        kills += [(w.kill, w.start) for w in self.workers]
        chosen = self.chance.sample(kills, self.chance.randint(2, len(kills)))
        with self.fault("several are killed", len(self.workers)):
            threads = [threading.Thread(target=kill) for kill, _ in chosen]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for _, start in reversed(chosen):
                start()

    # --- inside

    def inside(self, what, *statements):
        """A backend is killed at some moment of what it does again and again.
        """
        def work():
            with contextlib.suppress(OSError):
                while True:
                    session.do(*statements)

        with self.fault(f"killed inside {what}", len(self.workers)):
            session = clients.Session(self.site, "postgres")
            with contextlib.suppress(OSError):
                pid = int(session.do("SELECT pg_backend_pid()")[0])
                thread = threading.Thread(target=work, daemon=True)
                thread.start()
                time.sleep(self.chance.uniform(0, 0.2))
                self.kill_backend(f"pid = {pid}")
                thread.join()
            session.end()

    def maintain(self):
        self.inside("maintain", "SELECT postern.maintain()")

    def rotation(self):
        """Of sealing keys, of which the workers have both."""
        line = (self.site.place / "keys" / "spare.pub").read_text().strip()
        self.inside("rotation", f"SELECT postern.add_sealing_key('{line}')",
                    f"SELECT postern.retire_sealing_key('{line.split()[1]}')")

    def install(self):
        """The client of install.sql, or its backend; then it is done again."""
        with self.fault("killed inside install.sql", len(self.workers)):
            psql = self.start_install()
            time.sleep(self.chance.uniform(0, 1))
            if self.chance.random() < 0.5:
                psql.kill()
            else:
                self.kill_backend("usename = 'postgres' AND query !~ "
                                  "'pg_stat_activity' AND application_name = "
                                  "'install'")
            psql.wait()
            things.await_(60, lambda: self.start_install().wait() == 0,
                          "install.sql ends well")

    def start_install(self):
        return subprocess.Popen(
            ["psql", "-X", "-q", "-f", things.ROOT / "sql/install.sql"],
            env=os.environ | self.site.env | {"PGAPPNAME": "install"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def record_call(self):
        """A worker dies as it claims or records, before or after."""
        victim = self.chance.choice(self.workers)
        place = self.chance.choice(("before", "after")) + "-" + \
            self.chance.choice(("claim", "record"))
        library = os.path.join(os.environ["builddir"], "tests/kill/at.so")
        plain = victim.prefix
        with self.fault("a worker is killed", 1):
            victim.kill()
            victim.start([
                "env", f"LD_PRELOAD={library}", f"KILL_AT={place}",
                f"KILL_TURN={self.chance.randint(1, 20)}", "ASAN_OPTIONS="
                "verify_asan_link_order=0:detect_leaks=0"])
        things.await_(60, lambda: not victim.running(), f"it dies {place}")
        with self.fault(f"a worker is killed {place}", 1):
            victim.prefix = plain
            victim.start()

    # --- and over

    def fail_over(self):
        with self.fault("the primary is lost", len(self.workers)):
            self.servers.fail_over()
        self.servers.add_standby()


# How often each comes, of as many as their sum.
KINDS = {"worker": 4, "responder": 3, "server": 2, "postgres": 4,
         "backend": 3, "hang": 2, "together": 3, "maintain": 2, "rotation": 1,
         "install": 1, "record_call": 3}


def deck(chance):
    """Names of faults without end: each once, and then of each as many as it
    is to have, mixed."""
    cards = list(KINDS)
    while True:
        chance.shuffle(cards)
        yield from cards
        cards = [name for name, many in KINDS.items() for _ in range(many)]
