"""formats.py - values of the document's own formats, for schemathesis.

Which URLs and names of events the service takes, and which cursors it gave,
no schema can say.
"""
import json
import os

import schemathesis
from hypothesis import strategies as st

EVENTS = os.environ["POSTERN_EVENTS"].split()
CURSORS = json.loads(os.environ["POSTERN_CURSORS"])
SOME_CURSOR = "some cursor"
DELIVERY = json.loads(os.environ["POSTERN_DELIVERED"])
URL_MAX = 2048

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
PORT = st.sampled_from(["", ":443", ":8443"]) | st.integers(
    1024, 65535).map(":{}".format)
PATH = st.from_regex(r"(/[A-Za-z0-9._~-]{0,20}){1,4}(\?[a-z]=[0-9]{1,5})?",
                     fullmatch=True)


def url(label, port, path, long):
    text = f"https://{label}.example{port}{path}"
    return text.ljust(URL_MAX, "x") if long else text


schemathesis.openapi.format("uri", st.builds(
    url, LABEL, PORT, PATH, st.booleans()))
schemathesis.openapi.format("event-name", st.sampled_from(EVENTS))
schemathesis.openapi.format("event-type", st.sampled_from(
    [e for e in EVENTS if not e.startswith("postern.")]))
schemathesis.openapi.format("account", st.just(os.environ["POSTERN_ACCOUNT"]))
schemathesis.openapi.format("entity-tags", st.from_regex(
    r'\*|(W/)?"[0-9a-f]{32}"(, ?"[0-9a-f]{32}"){0,2}', fullmatch=True))
schemathesis.openapi.format("header-name", st.sampled_from(
    ["Authorization", "X-Key", "x-one", "!", "a" * 64]))
schemathesis.openapi.format("header-value", st.from_regex(
    r"[!-~]([\t -~]{0,300}[!-~])?", fullmatch=True))
schemathesis.openapi.format("cursor", st.just(SOME_CURSOR))


@schemathesis.hook
def before_call(context, case, kwargs):
    """What makes most of a request: a cursor from where it is used, no tag
    that always matches, and of right requests a delivery that is there and
    one way for a client to name itself."""
    path = case.operation.path
    if case.query and case.query.get("cursor") == SOME_CURSOR:
        case.query["cursor"] = CURSORS[path]
    if case.headers and case.headers.get("If-None-Match") == "*":
        case.headers["If-None-Match"] = '"' + "0" * 32 + '"'
    if not case.meta.generation.mode.is_positive:
        return
    if path.endswith("/redeliver"):
        case.path_parameters.update(DELIVERY)
    if path.startswith("/oauth/"):
        for name in ("client_id", "client_secret"):
            case.body.pop(name, None)
schemathesis.openapi.format("filter", st.sampled_from(
    ("$.a == 1", "$.amount >= 100 && $.currency == \"EUR\"",
     "exists($.lines[*] ? (@.sku starts with \"x\"))", "!exists($.a)")))
