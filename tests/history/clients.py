"""clients.py - clients that publish, register and read, and write it all down.

What nobody answered is asked again until it is answered: a publish as another
event, or the same one if it has a key.
"""
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import traceback
import urllib.error
import urllib.request

import history
import postern
import things

PATIENCE = 20       # seconds that a call may take


class Api:
    """One account's calls over HTTPS."""

    def __init__(self, site, token):
        self.site, self.token = site, token

    def ask(self, method, path, body=None):
        """How it ended, and the answer's JSON if it was yes."""
        request = urllib.request.Request(
            self.site.env["POSTERN_URL"] + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}",
             "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.site.tls,
                                        timeout=PATIENCE) as answer:
                return "yes", json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return ("unknown" if error.code >= 500 else "no"), None
        except (OSError, ValueError):
            return "unknown", None

    def pages(self, path):
        """All pages; None if one was not answered."""
        items, cursor = [], None
        while True:
            end, answer = self.ask("GET", path + "?limit=100" + (
                f"&cursor={cursor}" if cursor else ""))
            if end != "yes":
                return None
            items += answer["data"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return items


class Client(threading.Thread):
    """Acts again and again, until stopped; its errors are the test's."""

    errors = []

    def __init__(self, record, pause):
        super().__init__(daemon=True)
        self.record, self.pause = record, pause
        self.over = threading.Event()

    def run(self):
        try:
            while not self.over.wait(self.pause):
                self.act()
        except Exception:
            self.errors.append(traceback.format_exc())
        finally:
            self.finish()

    def finish(self):
        pass

    def stop(self):
        self.over.set()
        self.join()


class Session:
    """psql, until its first error."""

    def __init__(self, site, role):
        env = os.environ | {k: v for k, v in site.env.items()
                            if k.startswith("PG")}
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=env | {"PGUSER": role})

    def do(self, *statements):
        """The rows that they give, a line each; OSError if not all is done.
        """
        self.psql.stdin.write(";\n".join(statements) + ";\n\\echo done\n")
        self.psql.stdin.flush()
        rows = []
        for line in self.psql.stdout:
            if line == "done\n":
                return rows
            rows.append(line.rstrip("\n"))
        raise ConnectionError("the session is over")

    def end(self):
        self.psql.kill()
        self.psql.communicate()


class Publisher(Client):
    """Publishes one transaction after the other: of one event or several, at
    once or slowly, taken back now and then, with keys or without, for all
    accounts or one."""

    def __init__(self, record, site, account, seed, pause=0.05, keys=False,
                 to_all=0.0):
        super().__init__(record, pause)
        self.site, self.account = site, account
        self.name = f"{account[-6:]}-{seed}"
        self.chance = random.Random(seed)
        self.keys, self.to_all = keys, to_all
        self.session, self.count, self.done = None, 0, 0

    def statement(self, event, account):
        data = json.dumps({"value": event["value"]})
        given = [f"'{event['type']}'", f"'{data}'"]
        if account:
            given.insert(0, f"'{account}'")
        if "key" in event:
            given.append(f"'{event['key']}'")
        return (f"SELECT postern.publish{'' if account else '_to_all'}"
                f"({', '.join(given)})")

    def event(self):
        self.count += 1
        value = f"{self.name}-{self.count}"
        event = {"value": value, "type": self.chance.choice(
            (postern.EVENT, postern.EVENT, postern.OTHER_EVENT))}
        return event | ({"key": value} if self.keys else {})

    def linger(self):
        """Others that began later are done before."""
        if self.chance.random() < 0.2:
            yield f"SELECT pg_sleep({self.chance.uniform(0, 0.5)})"

    def publish(self, account, events, last):
        """One transaction, which ends by that; was it done?"""
        call = self.record.ask("publish", account=account, events=events)
        try:
            if self.session is None:
                self.session = Session(self.site, "postern_publisher")
            ids = self.session.do(
                "BEGIN", *(self.statement(e, account) for e in events),
                *self.linger(), last)[:len(events)]
        except OSError:
            if self.session:
                self.session.end()
            self.session = None
            self.record.end(call, "no" if last == "ROLLBACK" else "unknown")
            return False
        if last == "ROLLBACK":
            self.record.end(call, "no")
        else:
            self.record.end(call, "yes", ids=ids)
            self.done += len(ids)
        return True

    def act(self):
        many = self.chance.choice((1, 1, 1, 2, 4))
        events = [self.event() for _ in range(many)]
        account = self.account
        if self.chance.random() < self.to_all:
            account = None
        last = "ROLLBACK" if self.chance.random() < 0.05 else "COMMIT"
        while not self.publish(account, events, last):
            if self.over.wait(0.1) or not self.keys:
                return

    def finish(self):
        if self.session:
            self.session.end()


class Registrar(Client):
    """Registers webhooks, again too, lists them, deletes all but some."""

    KEPT = 3

    def __init__(self, record, api, account, receiver, seed, pause=0.3):
        super().__init__(record, pause)
        self.api, self.account, self.receiver = api, account, receiver
        self.chance, self.count = random.Random(seed), 0
        self.paths, self.done = [], 0

    def register(self, path, types=(postern.EVENT,), ordered=False):
        """The end, once there is one that is known."""
        while True:
            call = self.record.ask("register", account=self.account,
                                   path=path, types=list(types),
                                   ordered=ordered)
            end, answer = self.api.ask("POST", "/v1/webhooks/register", {
                "url": self.receiver.url(path), "events": list(types)})
            self.record.end(call, end, **({} if answer is None else
                            {"secret": answer["apiSecretKey"]}))
            if end != "unknown" or self.over.wait(0.1):
                self.done += end == "yes"
                return end

    def hooks(self):
        """Of each path its webhook; None if nobody answered."""
        call = self.record.ask("list", account=self.account)
        hooks = self.api.pages("/v1/webhooks")
        if hooks is None:
            self.record.end(call, "unknown")
            return None
        found = {self.receiver.path(hook["url"]): hook for hook in hooks}
        self.record.end(call, "yes", paths=sorted(found))
        return found

    def delete(self, path):
        """Is it gone? What is not there any more, after a call that nobody
        answered, has been deleted by that."""
        hooks = self.hooks()
        if hooks is None or path not in hooks:
            return hooks is not None
        call = self.record.ask("delete", account=self.account, path=path)
        ends = []
        while ends[-1:] in ([], ["unknown"]) and not self.over.is_set():
            ends.append(self.api.ask(
                "DELETE", f"/v1/webhooks/{hooks[path]['id']}")[0])
            self.over.wait(self.pause if ends[-1] == "unknown" else 0)
        gone = ends[-1:] == ["yes"] or ends[-2:] == ["unknown", "no"]
        if gone:
            self.record.end(call, "yes")
        return gone

    def act(self):
        if len(self.paths) > self.KEPT:
            if self.delete(self.paths[0]):
                self.paths.pop(0)
        elif self.paths and self.chance.random() < 0.2:
            self.register(self.chance.choice(self.paths))
        elif self.chance.random() < 0.3:
            self.hooks()
        else:
            self.count += 1
            path = f"/ok/{self.record.name}-{self.account[-6:]}-{self.count}"
            self.paths.append(path)
            self.register(path)


class Reader(Client):
    """Follows an account's feed from its beginning."""

    def __init__(self, record, api, account, reader, pause=0.2):
        super().__init__(record, pause)
        self.api, self.account, self.reader = api, account, reader
        self.cursor = None

    def act(self):
        """One page; how many items it had, None if nobody answered."""
        call = self.record.ask("read", account=self.account,
                               reader=self.reader, cursor=self.cursor)
        end, answer = self.api.ask("GET", "/v1/events?limit=100" + (
            f"&cursor={self.cursor}" if self.cursor else ""))
        if end != "yes":
            self.record.end(call, end)
            return None
        items = [[item["data"]["value"], item["id"]]
                 for item in answer["data"]
                 if not item["type"].startswith("postern.")]
        self.cursor = answer["next_cursor"] or self.cursor
        self.record.end(call, end, items=items, next=self.cursor)
        return len(answer["data"])

    def read_all(self):
        """All that is there now; nobody is killed meanwhile."""
        while self.act() != 0:
            pass


class Receiver:
    """tests/history/receiver; made by receiver()."""

    def __init__(self, place, process):
        self.record, self.process = place / "received.jsonl", process
        self.base = f"https://127.0.0.1:{(place / 'port').read_text()}"

    def url(self, path):
        return self.base + path

    def path(self, url):
        return url.removeprefix(self.base)

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def receiver(site, name="history"):
    place = site.place / name
    things.make_certificates(site.ca.parent, place)
    with things.process([things.ROOT / "tests/history/receiver", place],
                        site.place / "log" / f"{name}.log") as process:
        things.await_(20, (place / "port").exists, "the receiver runs")
        yield Receiver(place, process)
