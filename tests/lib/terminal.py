"""terminal.py - a real terminal, by tmux, and what it shows."""
import contextlib
import pathlib
import shlex
import shutil
import subprocess

import things


def there_is_one():
    return shutil.which("tmux") is not None


class Terminal:
    """One command in a terminal of its own; made by terminal()."""

    def __init__(self, place, columns, lines):
        self.place, self.columns, self.lines = place, columns, lines
        self.record = place / "output"

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", self.place / "socket",
             *arguments], check=True, capture_output=True, text=True,
            stdin=subprocess.DEVNULL).stdout

    def start(self, command, env):
        words = [f"{k}={v}" for k, v in env.items()] + \
            [str(c) for c in command]
        line = (f"env {shlex.join(words)}; "
                f"echo $? >{self.place}/status; "
                f"sleep 1000")
        self.tmux("new-session", "-d", "-s", "t", "-x", str(self.columns),
                  "-y", str(self.lines), "sh", "-c",
                  f"trap : INT; read go; {line}")
        # From its first byte on.
        self.tmux("pipe-pane", "-t", "t", f"cat >{self.record}")
        self.type("Enter")

    def type(self, *keys):
        """Keys as tmux names them: Enter, C-c, or text."""
        self.tmux("send-keys", "-t", "t", *keys)

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "t")

    def bytes(self):
        """All that was written to it."""
        return self.record.read_bytes() if self.record.exists() else b""

    def shows(self, text, seconds=20):
        """Wait until the text has been on the screen."""
        return things.await_(
            seconds, lambda: text in self.screen() and self.screen(),
            f"the terminal shows {text!r}")

    def status(self, seconds=20):
        """Wait for the command's end."""
        path = self.place / "status"
        return int(things.await_(
            seconds, lambda: path.exists() and path.read_text().strip(),
            "the command ends"))


@contextlib.contextmanager
def terminal(command, columns=80, lines=40, **env):
    with things.directory() as place:
        t = Terminal(pathlib.Path(place), columns, lines)
        t.start(command, {"TERM": "screen", "LC_ALL": "C.UTF-8", **env})
        try:
            yield t
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                t.tmux("kill-server")
