"""developer.py - postern as a client's developer calls it, and a service that
answers it as a test says."""
import contextlib
import http.server
import os
import pathlib
import re
import signal
import subprocess
import threading

import things

COMPLAINT = re.compile(r"runtime error:|\w+Sanitizer")
PROGRAM = os.path.abspath(os.environ.get("POSTERN", "./postern"))


class Developer:
    """Has a token in a file, and a place for what postern remembers."""

    def __init__(self, place, url, token, ca=None):
        self.place = pathlib.Path(place)
        self.place.mkdir()
        self.token = self.place / "token"
        self.token.touch(0o600)
        self.token.write_text(token + "\n")
        self.env = {"POSTERN_URL": url, "POSTERN_TOKEN_FILE": str(self.token),
                    "XDG_STATE_HOME": str(self.place / "state")}
        if ca is not None:
            self.env["POSTERN_CA"] = str(ca)

    def call(self, *arguments, given=None, **env):
        """Run it to its end; given is its standard input."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)], env=os.environ | self.env | env,
            capture_output=True, text=True, timeout=120,
            **({"input": given} if given else {"stdin": subprocess.DEVNULL}))
        if COMPLAINT.search(done.stderr):
            raise AssertionError(done.stderr)
        return done

    @contextlib.contextmanager
    def calls(self, *arguments, name="postern"):
        """It runs on; .out() is what it has printed, .err() its complaints."""
        with open(self.place / f"{name}.out", "wb") as out, \
                open(self.place / f"{name}.err", "wb") as err:
            p = subprocess.Popen([PROGRAM, *map(str, arguments)],
                                 env=os.environ | self.env, stdout=out,
                                 stderr=err, stdin=subprocess.DEVNULL)
        p.out = (self.place / f"{name}.out").read_text
        p.err = (self.place / f"{name}.err").read_text
        try:
            yield p
        finally:
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
                p.wait()
            if COMPLAINT.search(p.err()):
                raise AssertionError(p.err())


class Service(http.server.ThreadingHTTPServer):
    """Answers each request by its answer(), and keeps those that came."""
    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.asked = answer, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("content-length", 0))
        self.body = self.rfile.read(length)
        self.server.asked.append((self.command, self.path,
                                  dict(self.headers.items())))
        self.close_connection = True
        self.wfile.write(self.server.answer(self))

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def answer(status, body, *fields, length=None):
    """An answer's bytes. length: what it says, if that is not its own."""
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"HTTP/1.1 {status} -", "Connection: close",
            f"Content-Length: {len(body) if length is None else length}",
            *fields]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


@contextlib.contextmanager
def service(answer):
    """answer(request) gives the bytes for a request."""
    with Service(answer) as s:
        thread = threading.Thread(target=s.serve_forever, daemon=True)
        thread.start()
        try:
            yield s
        finally:
            s.shutdown()
            thread.join()


@contextlib.contextmanager
def developer_of(s, token="pst_token"):
    """A developer who asks a service of ours."""
    with things.directory() as place:
        yield Developer(place / "developer", s.url, token)
