"""api.py - clients of the API; every answer is held against the document."""
import http.client
import json
import ssl
import pathlib
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent

import postern
import schema
import tap

HOOKS = "/v1/webhooks"
ABSENT = "01900000-0000-7000-8000-000000000000"
JSON = "application/json"

# The line of a .pub file, of a key that signs nothing here.
SIGNING_KEY = ("postern-signing-public-1 89b0258485a349c0 "
               "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")

TIME = "2026-11-24T08:00:00Z"
PAGE = {"limit": "2", "cursor": "0" * 32}

# Every call of the API: method, path, a body that is right, and what else the
# body or the query may have.
CALLS = (
    ("POST", HOOKS + "/register",
     {"url": "https://hooks.example.com/x", "events": [postern.EVENT]}, {}),
    ("POST", "/v1/messages", {"type": postern.EVENT, "data": {"n": 1}},
     {"idempotency_key": "one"}),
    ("GET", HOOKS, None, PAGE),
    ("POST", HOOKS,
     {"url": "https://hooks.example.com/made", "events": [postern.EVENT]},
     {"description": "mine", "rate": 5, "ordered": True, "max_in_flight": 4,
      "timeout": 30, "headers": {"X-Key": "1"}}),
    ("GET", HOOKS + "/{hook}", None, {}),
    ("PATCH", HOOKS + "/{hook}", {"description": "changed"}, {
        "url": "https://hooks.example.com/changed", "events": ["*"],
        "enabled": True, "rate": 5, "ordered": False,
        "max_in_flight": 4, "timeout": 30, "filter": "$.a > 1",
        "headers": {"X-Key": "1"}}),
    ("DELETE", HOOKS + "/{hook}", None, {}),
    ("POST", HOOKS + "/{hook}/rotate-secret", {"overlap_seconds": 60}, {}),
    ("POST", HOOKS + "/{hook}/test", {}, {}),
    ("GET", HOOKS + "/{hook}/deliveries", None,
     {**PAGE, "state": "owed", "since": TIME, "until": TIME}),
    ("POST", HOOKS + "/{hook}/deliveries/{delivery}/redeliver", {}, {}),
    ("POST", HOOKS + "/{hook}/replay", {"since": "2026-01-01T00:00:00Z"},
     {"until": TIME, "sent_too": True}),
    ("GET", HOOKS + "/{hook}/replays/{delivery}", None, {}),
    ("GET", "/v1/event-types", None, {"limit": "2", "cursor": "61"}),
    ("GET", "/v1/events", None,
     {"limit": "2", "cursor": "0" * 48, "since": TIME}),
    ("GET", "/v1/webhook-keys", None, {}),
)

violations = []


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code") if self.body else None

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()),
                    None)

    def but_id(self):
        """The body without what differs from one request to the next."""
        return self.body.replace((self.header("X-Request-Id") or "").encode(),
                                 b"")


class Client:
    """A program with a token, and one connection that it keeps."""

    def __init__(self, site, token=None):
        self.address = urllib.parse.urlsplit(site.env["POSTERN_URL"])
        self.tls = ssl.create_default_context(cafile=site.ca)
        self.site, self.token = site, token
        self.connection = None

    def connect(self):
        self.connection = http.client.HTTPSConnection(
            self.address.hostname, self.address.port, context=self.tls,
            timeout=30)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def send(self, method, path, body, headers):
        """A kept connection may have been closed: then once more, anew."""
        fresh = self.connection is None
        if fresh:
            self.connect()
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except (ConnectionError, http.client.HTTPException):
            self.close()
            if fresh:
                raise
            return self.send(method, path, body, headers)

    def ask(self, method, path, body=None, token="own", type=JSON,
            **headers):
        """body is bytes, or JSON's; headers as if_match='"x"'."""
        token = self.token if token == "own" else token
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None and type is not None:
            headers["content-type"] = type
        given = self.send(method, path, body, {
            n.replace("_", "-"): v for n, v in headers.items()})
        answer = Answer(given.status, given.getheaders(), given.read())
        violations.extend(
            f"{method} {path} {answer.status}: {v}"
            for v in schema.DOCUMENT.violations(
                method, path, answer.status, answer.headers, answer.body)
            if method != "HEAD")
        return answer

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more)

    def patch(self, path, body, **more):
        return self.ask("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.ask("DELETE", path, **more)

    def register(self, url, events=(postern.EVENT,)):
        """Where the new webhook is: its path."""
        answer = self.post(HOOKS + "/register",
                           {"url": url, "events": list(events)})
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {answer.body!r}")
        return answer.header("Location")


def client(site, name):
    """A new account's client; .account is its id."""
    account, token = site.account(name)
    c = Client(site, token)
    c.account = account
    return c


def may_all(site, account):
    """A token with every scope that there is."""
    return site.value("""SELECT postern.issue_token(:'a', '1 hour',
        '{webhooks:read,webhooks:write,messages:write}')""", a=account)


def publisher(site, name):
    """The same, with a token that may publish, too."""
    c = client(site, name)
    c.token = may_all(site, c.account)
    return c


def examine_violations(name):
    tap.equal(violations, [], f"{name}: every answer is as the document says")
    tap.note(f"{name}: {sum(schema.DOCUMENT.shown.values())} answers checked")
    for line in schema.DOCUMENT.shown_by_route():
        tap.note(line)
    violations.clear()
