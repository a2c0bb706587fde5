"""command.py - the command postern, called as a person would, also in tmux."""
import json
import os
import pathlib
import re
import shlex
import subprocess

import things

PROGRAM = os.path.abspath(os.environ.get("POSTERN", "./postern"))
COMPLAINT = re.compile(r"runtime error:|\w+Sanitizer")
USER = "nobody" if os.geteuid() == 0 else None


class Command:
    """Calls it as an ordinary user of this host, whose role is alice."""

    def __init__(self, site):
        self.site = site
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                    "TERM": "xterm", "PGUSER": "alice", "HOME": "/",
                    "PGHOST": site.env["PGHOST"], "PGPORT": site.env["PGPORT"]}
        site.psql("""
            CREATE ROLE alice LOGIN;
            GRANT postern_admin TO alice;
            CREATE ROLE mallory LOGIN;""")
        me = USER or site.psql("SELECT session_user")[0][0]
        with open(site.place / "pg/pg_ident.conf", "a") as identities:
            for role in ("alice", "mallory"):
                identities.write(f"site {me} {role}\n")
        site.psql("SELECT pg_reload_conf()")
        things.await_(10, lambda: self("accounts").returncode == 0,
                      "alice may log in")

    def line(self, *arguments):
        prefix = (("setpriv", f"--reuid={USER}", "--regid=65534",
                   "--clear-groups", "--") if USER else ())
        return [*prefix, PROGRAM, *map(str, arguments)]

    def start(self, *arguments, env=None, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "text": True, "cwd": "/",
                   **options}
        return subprocess.Popen(self.line(*arguments),
                                env=self.env | (env or {}), **options)

    def __call__(self, *arguments, env=None, stdin=None, **options):
        """Its end: returncode, stdout and stderr."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*arguments, env=env, **options)
        out, said = process.communicate(stdin, 120)
        if COMPLAINT.search(said or ""):
            raise AssertionError(said)
        return subprocess.CompletedProcess(arguments, process.returncode,
                                           out, said)

    def rows(self, *arguments):
        """What it prints with --json."""
        done = self(*arguments, "--json")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Terminal:
    """A terminal of tmux, in which it is called; for with."""

    def __init__(self, command, width=80, height=24):
        self.command, self.width, self.height = command, width, height
        self.socket = command.site.place / "tmux"

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, "-f", "/dev/null",
                               *map(str, arguments)], check=True, text=True,
                              capture_output=True).stdout

    def __enter__(self):
        self.tmux("new-session", "-d", "-x", self.width, "-y", self.height,
                  "env", "-i", "PS1=$ ", *(f"{k}={v}" for k, v in
                                           self.command.env.items()),
                  "TERM=screen", "sh")
        self.await_text(r"^\$")
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def call(self, *arguments):
        """Type a call of postern; what is on the screen once it is over."""
        self.type("clear", "Enter")
        self.await_text(r"\A\$ *\Z")
        self.type("-l", shlex.join(self.command.line(*arguments)) +
                  "; echo status=$?")
        self.type("Enter")
        return self.await_text(r"^status=\d+")

    def screen(self, *flags):
        return self.tmux("capture-pane", "-p", *flags).rstrip()

    def await_text(self, pattern):
        def found():
            text = self.screen()
            return text if re.search(pattern, text, re.M) else None
        try:
            return things.await_(10, found, f"the terminal shows {pattern}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}, but\n{self.screen()}") from None


def manual():
    """The text of postern(1)."""
    page = pathlib.Path(things.ROOT) / "man/postern.1"
    return page.read_text()
