"""postern.py - a real site, a worker, and a receiver for it to deliver to.

The site is that of tests/site: PostgreSQL with the schema, the responder
behind nginx. Webhooks are registered over HTTPS as a client would.
"""
import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import ssl
import subprocess
import threading
import urllib.request

import tap
import things

EVENT = "payment.settled"
OTHER_EVENT = "payment.failed"


def delay(request):
    """From publish, whose time the id begins with, to receipt; in ms."""
    return request["at"] * 1000 - int(request["id"][4:16], 16)


class Site:
    """Made by site(); stopped and removed at its end."""

    def __init__(self, place, allow, flags, server):
        self.place, self.flags = place, flags
        self.tool("set", "allow", allow)
        self.tool("set", "rate", "0")
        self.tool("up", server)
        self.env = self.read_env()
        self.ca = pathlib.Path(self.env["POSTERN_CA"])
        self.tls = ssl.create_default_context(cafile=self.ca)

    def tool(self, *arguments):
        return subprocess.run(
            [things.ROOT / "tests/site", self.place, *arguments], check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"RESPONDER_FLAGS": self.flags,
                              "SITE_DURABLE": os.environ.get(
                                  "SITE_DURABLE", "no")}).stdout

    def read_env(self):
        env = {}
        for line in self.tool("env").splitlines():
            name, value = shlex.split(line)[1].split("=", 1)
            env[name] = value
        return env

    def psql(self, text, *flags, role=None, **values):
        """Rows of text as psql prints them, unaligned, fields tab-divided."""
        sets = [f"--set={name}={value}" for name, value in values.items()]
        env = os.environ | {k: v for k, v in self.env.items()
                            if k.startswith("PG")}
        if role is not None:
            env["PGUSER"] = role
        done = subprocess.run(
            ["psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             *sets, *flags], input=text, text=True, env=env,
            capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def value(self, text, **values):
        rows = self.psql(text, **values)
        return rows[0][0] if rows else None

    def rows(self, query, **values):
        """Rows of a query as dictionaries, with JSON's types."""
        text = self.psql(f"SELECT to_jsonb(q) FROM ({query}) AS q", **values)
        return [json.loads("\t".join(row)) for row in text]

    def conninfo(self, role):
        env = self.env
        return (f"host={env['PGHOST']} port={env['PGPORT']} dbname=postern "
                f"user={role} target_session_attrs="
                f"{env.get('PGTARGETSESSIONATTRS', 'any')}")

    def account(self, name):
        """A new account: its id and a token."""
        return self.psql("""
            SELECT a, postern.issue_token(a)
              FROM (SELECT postern.create_account(:'name') AS a
                    OFFSET 0) AS new""", name=name)[0]

    def register(self, token, url, events=(EVENT,)):
        """Register a webhook; its secret."""
        request = urllib.request.Request(
            self.env["POSTERN_URL"] + "/v1/webhooks/register",
            json.dumps({"url": url, "events": events}).encode(),
            {"Authorization": f"Bearer {token}",
             "Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=self.tls) as answer:
            return json.load(answer)["apiSecretKey"]

    def webhook(self, url):
        return self.rows("SELECT * FROM postern.webhooks WHERE url = :'url'",
                         url=url)[0]

    def publish(self, account, data, event=EVENT):
        """Publish one event as an application would; the message's id."""
        return self.psql(
            "SELECT postern.publish(:'account', :'event', :'data')",
            role="postern_publisher", account=account, event=event,
            data=json.dumps(data))[0][0]

    def deliveries(self, url):
        return self.rows("""
            SELECT d.*, CASE WHEN isfinite(d.next_attempt_at) THEN
                       extract(epoch FROM d.next_attempt_at - now()) END
                       AS next_in
              FROM postern.deliveries AS d
              JOIN postern.webhooks AS w ON w.id = d.webhook_id
             WHERE w.url = :'url' ORDER BY d.created_at, d.id""", url=url)

    def attempts(self, url):
        return self.rows("""
            SELECT a.* FROM postern.attempts AS a
              JOIN postern.webhooks AS w ON w.id = a.webhook_id
             WHERE w.url = :'url' ORDER BY a.started_at""", url=url)

    def owed(self):
        return int(self.value("""
            SELECT fresh + in_flight + waiting
              FROM postern.delivery_status"""))

    def owes(self):
        """Cheaper than to count."""
        return self.value("""
            SELECT EXISTS (SELECT FROM postern.fresh)
                OR EXISTS (SELECT FROM postern.in_flight)
                OR EXISTS (SELECT FROM postern.backlog)""") == "t"

    def await_nothing_owed(self, seconds):
        things.await_(seconds, lambda: not self.owes(), "nothing is owed")

    def await_workers(self, count):
        """So many have looked for lost ones, and do what comes after it."""
        things.await_(60, lambda: self.value(r"""
            SELECT count(*) FROM pg_stat_activity
             WHERE usename = 'postern_delivery'
               AND query ~ 'postern\.(claim|go_idle|expire)\('""") == str(count),
                      f"{count} workers have looked at what there is")


@contextlib.contextmanager
def site(allow="127.0.0.0/8:1024-65535", flags=lambda place: "",
         server="nginx", place=None):
    """A site, until its end. flags are more of the responder's; place is a
    directory that may have a site's CA already."""
    with contextlib.nullcontext(place) if place else things.directory() \
            as place:
        try:
            yield Site(place / "site", allow, flags(place / "site"), server)
        finally:
            subprocess.run([things.ROOT / "tests/site", place / "site",
                            "down"], check=False, capture_output=True)


class Publisher(threading.Thread):
    """Publishes one event after the other until stopped.

    committed holds the id of each whose COMMIT was confirmed. A connection
    that is lost is opened anew.
    """

    def __init__(self, site, account, batch=8, pause=0.0):
        super().__init__(daemon=True)
        self.site, self.account = site, account
        self.batch, self.pause = batch, pause
        self.committed, self.over = [], threading.Event()

    def open(self):
        env = os.environ | {k: v for k, v in self.site.env.items()
                            if k.startswith("PG")}
        return subprocess.Popen(
            ["psql", "-X", "-q", "-At"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=env | {"PGUSER": "postern_publisher"})

    def publish_batch(self, psql):
        for _ in range(self.batch):
            psql.stdin.write(f"SELECT postern.publish('{self.account}', "
                             f"'{EVENT}', '{{}}');\n")
        psql.stdin.flush()
        for _ in range(self.batch):
            line = psql.stdout.readline()
            if not line:
                raise BrokenPipeError
            self.committed.append(line.strip())

    def run(self):
        psql = self.open()
        while not self.over.is_set():
            try:
                self.publish_batch(psql)
            except OSError:
                psql.kill()
                psql.wait()
                self.over.wait(0.1)
                psql = self.open()
            self.over.wait(self.pause)
        psql.stdin.close()
        psql.wait()

    def await_more(self, count, seconds=60):
        """So many more have been committed."""
        enough = len(self.committed) + count
        things.await_(seconds, lambda: len(self.committed) >= enough,
                      f"{count} more events are published")

    def stop(self):
        self.over.set()
        self.join()


class Worker:
    """One postern-delivery process, as Popen, and its log."""

    def __init__(self, site, name, *flags):
        self.site, self.name, self.flags = site, name, flags
        self.log = site.place / "log" / f"{name}.log"
        self.process, self.prefix = None, ()

    @staticmethod
    def program():
        return os.path.abspath(
            os.environ.get("POSTERN_DELIVERY", "./postern-delivery"))

    def sanitized(self):
        """Sanitizers take memory of their own, which is not to be judged."""
        with open(self.program(), "rb") as program:
            return re.search(b"__[at]san_init", program.read()) is not None

    def command(self, *flags):
        return [self.program(),
                "--database", self.site.conninfo("postern_delivery"),
                "--key", str(self.site.place / "keys" / "seal"),
                "--ca-file", str(self.site.ca), *self.flags, *flags]

    def start(self, prefix=()):
        """Once more with the prefix it had, if it had one."""
        self.prefix = prefix or self.prefix
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self.command()], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=things.program_environment())
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM; its exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(30)

    def complaints(self):
        """What sanitizers have written into its log."""
        return [line for line in open(self.log, errors="replace")
                if re.search(r"runtime error:|\w+Sanitizer", line)]

    def end(self):
        """However it is; sanitizers speak only when it ends by itself."""
        if self.process is not None and self.running() and self.sanitized():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.signal(signal.SIGCONT)
                self.stop()
        self.kill()
        if self.complaints():
            tap.ok(False, f"no sanitizer complains of {self.name}",
                   *self.complaints()[:20])

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def running(self):
        return self.process.poll() is None

    def memory(self, field="VmRSS"):
        """In MiB."""
        return int(self.status(field)) / 1024

    def status(self, field):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(field + ":"):
                return line.split()[1]

    def descriptors(self):
        """Only root may count those of a process that cannot be dumped;
        others see how many its table has room for."""
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except PermissionError:
            return int(self.status("FDSize"))


ALLOW = ("--allow", "127.0.0.0/8:1024-65535")


@contextlib.contextmanager
def worker(site, name="worker", flags=ALLOW, prefix=()):
    w = Worker(site, name, *flags).start(prefix)
    try:
        yield w
    finally:
        w.end()


class Receiver:
    """tests/lib/receiver; made by receiver()."""

    def __init__(self, place, process):
        self.place, self.process = place, process
        self.ports = json.loads((place / "ports.json").read_text())

    def url(self, path, listener="good"):
        scheme = "http" if listener == "plain" else "https"
        return f"{scheme}://127.0.0.1:{self.ports[listener]}{path}"

    def received(self, path=None):
        return [r for r in things.json_lines(self.place / "received.jsonl")
                if path is None or r["path"] == path]


@contextlib.contextmanager
def receiver(site, name="receiver"):
    place = site.place / name
    things.make_certificates(site.ca.parent, place)
    with things.process([things.HERE / "receiver", place],
                        site.place / "log" / f"{name}.log") as process:
        things.await_(20, (place / "ports.json").exists, "the receiver runs")
        yield Receiver(place, process)
