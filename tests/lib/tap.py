"""tap.py - tests that speak TAP: a sentence and whether it holds."""
import os
import signal
import statistics
import sys
import traceback

count = 0
failed = 0


def ok(holds, sentence, *facts):
    """One test. The facts are shown when it fails."""
    global count, failed
    count += 1
    print(f"{'ok' if holds else 'not ok'} {count} - {sentence}", flush=True)
    if not holds:
        failed += 1
        for fact in facts:
            note(fact)
    return holds


def equal(given, wanted, sentence, *facts):
    return ok(given == wanted, sentence, f"given  {given!r}",
              f"wanted {wanted!r}", *facts)


def note(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def timely(figures, limit, unit, sentence):
    """Most were below the limit: what one of them took may be the machine's
    doing, so the median decides. The worst is shown."""
    middle = statistics.median(figures) if figures else float("inf")
    note(f"{sentence}: {len(figures)} times, median {middle:.4g} {unit}, "
         f"worst {max(figures, default=middle):.4g} {unit}")
    return ok(middle < limit, sentence, f"limit {limit} {unit}")


def skip(sentence, reason):
    global count
    count += 1
    print(f"ok {count} - {sentence} # SKIP {reason}", flush=True)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def run(main):
    """Run a whole program of tests; print the plan last."""
    # What a shell runs behind it ignores this, and so would all it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except Exception:
        ok(False, "the test itself ran to its end", traceback.format_exc())
    print(f"1..{count}", flush=True)
    sys.exit(1 if failed else 0)


def long_run():
    return os.environ.get("POSTERN_LONG", "") not in ("", "0")
