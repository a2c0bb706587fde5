"""servers.py - two servers of PostgreSQL, a primary and its synchronous standby.

They share the site's directory of sockets, and its clients name both. What is
acknowledged is on both, but from the moment that one was lost until there is
another: then nothing may happen to the one that is left but what it survives
alone.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import things

PORTS = (5432, 5433)


def sockets(place):
    return place / "run" / "pg"


def conninfo(place, role):
    """For the responder, of a site at that place."""
    host = sockets(place)
    return (f"postgres:///postern?host={host},{host}&port="
            f"{PORTS[0]},{PORTS[1]}&user={role}"
            "&target_session_attrs=read-write")


def programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                   key=lambda path: float(path.parent.name))
    return found[-1]


def as_postgres(*command):
    if os.geteuid() != 0:
        return command
    return ("setpriv", "--reuid=postgres", "--regid=postgres",
            "--init-groups", "--", *command)


def children(pid):
    """Those of a process, by the list that the kernel has."""
    try:
        return [int(p) for p in pathlib.Path(
            f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def signal_all(processes, number):
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def state(pid):
    """A letter, as proc(5) has them; X if there is none."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return text.rpartition(")")[2].split()[0]


def gone(pid):
    return state(pid) in "XZ"


class Server:
    """One of the two: a directory, a port, and a process if it runs."""

    def __init__(self, site, place, port):
        self.site, self.place, self.port = site, place, port
        self.process = None

    def run(self):
        """Start it, whether or not it can be asked already."""
        log = self.site.place / "log" / f"postgres-{self.port}.log"
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                as_postgres(programs() / "postgres", "-D", self.place, "-c",
                            f"port={self.port}", "-c",
                            "wal_retrieve_retry_interval=100ms"),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/")

    def start(self):
        self.run()
        things.await_(60, lambda: self.ready() or self.revive(),
                      f"PostgreSQL on port {self.port} runs")

    def revive(self):
        """It does not start beside what is left of the one before."""
        if self.process.poll() is not None:
            self.run()

    def ready(self):
        return subprocess.run(
            [programs() / "pg_isready", "-q", "-h",
             sockets(self.site.place), "-p", str(self.port)],
            check=False).returncode == 0

    def end(self, number=signal.SIGQUIT):
        """By SIGQUIT at once, and it tells the others; by SIGKILL it alone,
        and they notice. None is left after it."""
        if self.process is None:
            return
        others = children(self.process.pid)
        self.process.send_signal(number)
        self.process.wait()
        things.await_(30, lambda: all(map(gone, others)),
                      "the backends have ended")

    def all(self):
        """The processes: the postmaster, and those that it has."""
        return [self.process.pid, *children(self.process.pid)]

    def stop(self):
        """The postmaster first, so that it makes no more."""
        self.process.send_signal(signal.SIGSTOP)
        things.await_(10, lambda: state(self.process.pid) == "T",
                      "the postmaster stands still")
        signal_all(self.all(), signal.SIGSTOP)

    def go_on(self):
        signal_all(self.all(), signal.SIGCONT)

    def kill_all(self):
        """As when a machine stops."""
        self.stop()
        processes = self.all()
        signal_all(processes, signal.SIGKILL)
        self.process.wait()
        things.await_(30, lambda: all(map(gone, processes)),
                      "the backends have ended")


class Pair:
    """The two. primary takes writes; standby follows, if there is one."""

    def __init__(self, site):
        self.site = site
        self.primary = Server(site, site.place / "pg", PORTS[0])
        self.standby = None

    def ask(self, server, text):
        return subprocess.run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h",
             sockets(self.site.place), "-p", str(server.port), "-U",
             "postgres", "-d", "postgres"], check=True, input=text, text=True,
            capture_output=True).stdout.strip()

    def open(self):
        """Take the site's server over from tests/site, and give it a standby.
        """
        with open(self.primary.place / "pg_hba.conf", "a") as f:
            f.write("local replication all peer map=site\n")
        self.site.tool("postgres", "stop")
        self.primary.start()
        host = sockets(self.site.place)
        self.site.env["PGHOST"] = f"{host},{host}"
        self.site.env["PGPORT"] = f"{PORTS[0]},{PORTS[1]}"
        self.site.env["PGTARGETSESSIONATTRS"] = "read-write"
        self.add_standby()

    def close(self):
        for server in (self.standby, self.primary):
            if server is not None:
                server.end()

    def add_standby(self):
        """A copy of the primary, waited for by every COMMIT from now on."""
        place = self.site.place / f"standby-{time.monotonic_ns()}"
        place.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        subprocess.run(as_postgres(
            programs() / "pg_basebackup", "-h", sockets(self.site.place),
            "-p", str(self.primary.port), "-U", "postgres", "-D", place,
            "-R", "-X", "stream", "-c", "fast", "--no-sync"), check=True,
            capture_output=True, cwd="/")
        self.standby = Server(self.site, place,
                              sum(PORTS) - self.primary.port)
        self.standby.start()
        self.ask(self.primary, "ALTER SYSTEM SET synchronous_standby_names "
                 "= '*'; SELECT pg_reload_conf()")
        self.await_synchronous()

    def await_synchronous(self):
        """The standby has all that anybody can have seen."""
        things.await_(60, lambda: self.ask(
            self.primary, "SELECT sync_state FROM pg_stat_replication "
            "WHERE state = 'streaming'") == "sync", "the standby is synchronous")

    def fail_over(self):
        """The primary dies, the standby takes its place; alone, yet."""
        self.await_synchronous()
        lost = self.primary
        lost.kill_all()
        self.primary, self.standby = self.standby, None
        self.ask(self.primary, "SELECT pg_promote(true, 60)")
        shutil.rmtree(lost.place)


@contextlib.contextmanager
def pair(site):
    """Of a site whose responder was told of both."""
    both = Pair(site)
    try:
        both.open()
        yield both
    finally:
        both.close()
