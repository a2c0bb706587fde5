"""command.py - the command postern, called as a person would, also in tmux."""
import json
import os
import pathlib
import pwd
import re
import shlex
import subprocess

import terminal
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
            CREATE ROLE victor LOGIN;
            GRANT postern_viewer TO victor;
            CREATE ROLE mallory LOGIN;""")
        me = USER or pwd.getpwuid(os.geteuid()).pw_name
        with open(site.place / "pg/pg_ident.conf", "a") as identities:
            for role in ("alice", "victor", "mallory"):
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


class Shell:
    """A shell in a terminal, in which it is called; for with."""

    def __init__(self, command, columns=80, lines=24):
        self.command = command
        self.context = terminal.terminal(["sh"], columns, lines,
                                         **command.env | {"TERM": "screen", "PS1": "$ "})

    def __enter__(self):
        self.inside = self.context.__enter__()
        self.await_text(r"^\$")
        return self

    def __exit__(self, *how):
        return self.context.__exit__(*how)

    def type(self, text):
        """And Enter."""
        self.inside.type("-l", text)
        self.inside.type("Enter")

    def call(self, *arguments):
        """Call postern; what is on the screen once it is over."""
        self.type("clear")
        self.await_text(r"\A\$ *\Z")
        self.type(shlex.join(self.command.line(*arguments)) +
                  "; echo status=$?")
        return self.await_text(r"^status=\d+")

    def await_text(self, pattern):
        def found():
            text = self.inside.screen().rstrip()
            return text if re.search(pattern, text, re.M) else None
        try:
            return things.await_(10, found, f"the terminal shows {pattern}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}, but\n{self.inside.screen()}") \
                from None


def manual():
    """The text of postern(1)."""
    page = pathlib.Path(things.ROOT) / "man/postern.1"
    return page.read_text()
