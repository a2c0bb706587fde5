"""middlebox.py - stands between a program and PostgreSQL, and may misbehave.

A socket of its own in a directory of its own: name that as the host. All that
comes is passed on, until it is told to swallow answers or to answer nobody.
"""
import contextlib
import pathlib
import socket
import threading

SOCKET = ".s.PGSQL.5432"


class Connection:
    """Of a program, and one to the server behind it."""

    def __init__(self, near, behind, left):
        self.near, self.left = near, left   # bytes of answers to pass on
        self.far = socket.socket(socket.AF_UNIX)
        self.lock = threading.Lock()
        with contextlib.suppress(OSError):
            self.far.connect(behind)
        for source, target in (near, self.far), (self.far, near):
            threading.Thread(target=self.carry, args=(source, target),
                             daemon=True).start()

    def pass_only(self, left):
        with self.lock:
            self.left = left

    def allowed(self, data):
        with self.lock:
            if self.left is not None:
                data = data[:self.left]
                self.left -= len(data)
            return data

    def carry(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(self.allowed(data) if source is self.far
                               else data)
        if self.left is None:
            self.close()

    def close(self):
        for s in (self.near, self.far):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)


class Middlebox:
    """Made by middlebox()."""

    def __init__(self, place, behind):
        self.place, self.behind = pathlib.Path(place), str(behind)
        self.lock, self.connections = threading.Lock(), []
        self.silent = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.place / SOCKET))
        (self.place / SOCKET).chmod(0o777)
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                with self.lock:
                    self.connections.append(Connection(
                        near, self.behind, 0 if self.silent else None))

    def swallow(self, after=0):
        """Of each connection there is, pass on so many bytes more of what the
        server says, and no end of it; new ones are well."""
        with self.lock:
            for c in self.connections:
                c.pass_only(after)

    def be_silent(self):
        """From now on nobody hears anything, whoever comes."""
        with self.lock:
            self.silent = True
        self.swallow()

    def speak(self):
        """Be well again; who has missed something is cut off."""
        with self.lock:
            self.silent = False
            missed = [c for c in self.connections if c.left is not None]
            self.connections = [c for c in self.connections if c.left is None]
        for c in missed:
            c.close()


@contextlib.contextmanager
def middlebox(place, behind):
    """In a new directory, before the server whose socket's directory is
    behind."""
    pathlib.Path(place).mkdir()
    pathlib.Path(place).chmod(0o755)
    box = Middlebox(place, pathlib.Path(behind) / SOCKET)
    try:
        yield box
    finally:
        box.listener.close()
        box.be_silent()
        box.speak()
