"""network.py - a worker in a network of its own; see elsewhere."""
import contextlib
import os
import shutil
import subprocess

import postern
import things


def unshare():
    """The words that make a network and mounts of one's own, or None."""
    words = ["unshare", "--net", "--mount"]
    if os.geteuid() != 0:
        words.append("--map-root-user")
    able = shutil.which("ip") and subprocess.run(
        [*words, "mount", "--bind", "/etc/hosts", "/etc/hosts"],
        capture_output=True).returncode == 0
    return words if able else None


@contextlib.contextmanager
def worker_elsewhere(site, name, *flags):
    place = site.place / name
    things.make_certificates(site.ca.parent, place)
    prefix = [*unshare(), things.ROOT / "tests/delivery/elsewhere", place]
    with postern.worker(site, name, flags, [str(p) for p in prefix]) as w:
        yield w, place
