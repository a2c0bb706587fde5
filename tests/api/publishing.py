"""publishing.py - clients that publish, and many of them at once."""
import concurrent.futures
import itertools
import threading

from api import Client, publisher
import postern
import tap

MESSAGES = "/v1/messages"
CLIENTS, REQUESTS = 64, 1000
GOOD = {"type": postern.EVENT, "data": 1}
BAD = "invalid_parameter"

keys = itertools.count(1)


def new_key():
    return f"key-{next(keys)}"


def body_of(data=b"{}", kind=postern.EVENT):
    return b'{"type":"%s","data":%s}' % (kind.encode(), data)


def told(answer):
    """Of a refusal what a program looks at."""
    said = answer.json
    return (answer.status, said.get("code"), said.get("parameter_name"),
            said.get("parameter_value"))


def examine_crowd(site):
    """Good and poisoned requests in one batch each have their own answer."""
    names = threading.local()
    accounts = [publisher(site, f"crowd-{n}") for n in range(8)]
    site.psql("SELECT postern.add_event_type('crowd.n' || n, 'x',"
              " '{\"type\": \"object\"}', '{}')"
              " FROM generate_series(1, 9) AS n")

    def ask(n):
        if not hasattr(names, "clients"):
            names.clients = [Client(site, a.token) for a in accounts]
        who, kind = names.clients[n % 8], n % 10
        good = {"type": f"crowd.n{n % 9 + 1}", "data": {"n": n}}
        bodies = {
            1: {"type": "no.such", "data": n}, 3: {"type": "crowd.n1"},
            5: {"messages": [good, {**good, "type": f"no.such{n}"}]},
            7: {**good, "account": accounts[(n + 1) % 8].account},
            8: {"messages": [{**good, "data": m} for m in range(n % 5 + 1)]}}
        body = bodies.get(kind, good)
        answer = who.post(MESSAGES, body)
        wanted = {
            1: (400, "unknown_event", "type", "no.such"),
            3: (400, BAD, "data", None),
            5: (400, "unknown_event", "messages[1].type", f"no.such{n}"),
            7: (400, BAD, "account", accounts[(n + 1) % 8].account)}.get(kind)
        if wanted:
            return [] if told(answer) == wanted else [(n, told(answer))]
        expected = n % 5 + 1 if kind == 8 else 1
        if answer.status != 202 or len(answer.json["ids"]) != expected:
            return [(n, answer.status, answer.body[:100])]
        return [(i, n if kind != 8 else m)
                for m, i in enumerate(answer.json["ids"])]

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(ask, range(REQUESTS)))
    flat = [r for result in results for r in result]
    tap.equal([r for r in flat if len(r) != 2 or not isinstance(r[0], str)],
              [], f"{REQUESTS} good and poisoned requests by {CLIENTS} "
              "clients each have their own answer")
    stored = {row["id"]: row["data"] for row in site.rows(
        "SELECT postern.write_message_id(m.id) AS id,"
        " m.body::json -> 'data' AS data FROM postern.message AS m"
        " JOIN postern.event_type AS t ON t.id = m.event_type_id"
        " WHERE t.name LIKE 'crowd.%'")}
    odd = [(i, n, stored.get(i)) for i, n in flat
           if stored.get(i) not in ({"n": n}, n)]
    tap.equal((odd, len(stored)), ([], len(flat)),
              "whose ids are of what they sent, and nothing else is there")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        key, body = new_key(), body_of(b'"the same"')
        answers = list(pool.map(lambda n: Client(
            site, accounts[0].token).post(
                MESSAGES, body, idempotency_key=key), range(16)))
    tap.equal({(a.status, a.body) for a in answers},
              {(202, answers[0].body)},
              "16 at one time with one key are all answered the same id")
    return accounts[0]
