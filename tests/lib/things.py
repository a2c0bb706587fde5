"""things.py - processes, ports, waiting, packages: what every test needs."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import site
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


PATIENCE = 5


def program_environment():
    """For our programs, which refuse variables that are no settings."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("POSTERN_")}


def await_(seconds, condition, what):
    """Wait until condition() is true, and return what it was.

    seconds are more than it takes on a calm machine; a busy one has
    PATIENCE times as many.
    """
    end = time.monotonic() + PATIENCE * seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {PATIENCE * seconds} s in vain: {what}")
        time.sleep(0.02)
    return value


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def directory():
    """A directory that any user may enter, gone at the end."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="postern.", dir="/var/tmp"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        if os.environ.get("POSTERN_KEEP"):
            print(f"# kept: {path}")
        else:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def process(command, log, port=None, **options):
    """A process, killed at the end; with a port, once it listens."""
    with open(log, "ab") as out:
        p = subprocess.Popen([str(c) for c in command], stdout=out,
                             stderr=out, stdin=subprocess.DEVNULL, **options)
    try:
        if port is not None:
            await_(20, lambda: listens(port) or p.poll() is not None,
                   f"{command[0]} listens")
        yield p
    finally:
        p.kill()
        p.wait()


def make_ca(path):
    path.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", path / "ca.key",
         "-out", path / "ca.pem", "-subj", "/CN=Test CA", "-days", "30"],
        check=True, capture_output=True)


def make_certificates(ca, path):
    subprocess.run([HERE / "certificates", ca, path], check=True)


def node():
    return shutil.which("node")


def installed(kind, lock, install):
    """A place for what lock pins; install(place) fills it, once.

    Tests that run side by side wait for the first of them.
    """
    place = (pathlib.Path.cwd() / "var" / kind /
             hashlib.sha256(lock.read_bytes()).hexdigest()[:16])
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{place}.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            install(place)
            (place / "complete").touch()
    return place


def npm(package_directory):
    """Install what package-lock.json there pins, once; where it is."""
    lock = package_directory / "package-lock.json"

    def install(place):
        shutil.copy(package_directory / "package.json", place)
        shutil.copy(lock, place)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                        "--no-fund"], cwd=place, check=True,
                       capture_output=True)

    return installed("npm", lock, install) / "node_modules"


def pip(package_directory):
    """Install what requirements.txt there pins, once; its programs' place.

    This Python may import the modules from then on.
    """
    lock = package_directory / "requirements.txt"

    def install(place):
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin/pip", "install", "--quiet", "--no-deps",
                        "-r", lock], check=True, capture_output=True)

    place = installed("pip", lock, install)
    site.addsitedir(next(place.glob("lib/python3*/site-packages")))
    return place / "bin"


def json_lines(path):
    """The records of a file that may be growing."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[:text.rfind("\n") + 1]
            .splitlines()]
