"""crowd.py - many clients at once, in a process of their own."""
import collections
import http.client
import itertools
import json
import multiprocessing
import ssl
import threading
import time
import urllib.parse


class Connection:
    """One that is kept; an answer is its status, None for none at all."""

    def __init__(self, url, ca):
        at = urllib.parse.urlsplit(url)
        self.made = http.client.HTTPSConnection(
            at.hostname, at.port, timeout=30,
            context=ssl.create_default_context(cafile=ca))

    def ask(self, token, method, path, body=None):
        head = {"authorization": f"Bearer {token}"}
        if body is not None:
            head["content-type"] = "application/json"
            body = json.dumps(body)
        try:
            self.made.request(method, path, body, head)
            answer = self.made.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            self.made.close()
            return None


def ask_again_and_again(url, ca, asks, stop, counts):
    connection = Connection(url, ca)
    while not stop.is_set():
        status = connection.ask(*next(asks))
        counts[status] += 1
        if status == 429 or status is None:
            stop.wait(0.1)


def run_crowd(url, ca, groups, stop, went):
    """groups are of asks, each an iterator that its threads share."""
    counts = collections.Counter()
    threads = [threading.Thread(target=ask_again_and_again, args=(
                   url, ca, shared, stop, counts))
               for asks, n in groups
               for shared in [iter_locked(asks)] for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    went.put(counts)


def iter_locked(asks):
    lock, asks = threading.Lock(), itertools.cycle(asks)

    class Shared:
        def __next__(self):
            with lock:
                return next(asks)
    return Shared()


class Crowd:
    """With it: so many threads ask for each of the groups, over and over.

    A group is a list of (token, method, path, body), asked for by turns, and
    the number of its threads. counts is then how often each status came.
    """

    def __init__(self, site, *groups):
        self.stop = multiprocessing.Event()
        self.went = multiprocessing.Queue()
        self.process = multiprocessing.Process(target=run_crowd, args=(
            site.env["POSTERN_URL"], site.ca, groups, self.stop, self.went))

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.counts = self.went.get(timeout=60)
        self.process.join()


def delays(connection, seconds, *ask):
    """How long each answer took, one after the other, and their statuses."""
    took, statuses = [], collections.Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        statuses[connection.ask(*ask)] += 1
        took.append(time.monotonic() - began)
        time.sleep(0.01)
    return took, statuses
