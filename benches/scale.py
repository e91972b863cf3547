"""Whether a mail costs the same on a small and on a large site: finding what is due, writing the audience, sending.

Not how fast sending is: see bench.py. Small and large are measured in turns, so that a busy machine meets both.
"""

import json
import os

import many
from measure import median, run_measured
from support.process import RUN_DIR, USER, Daemon, accepts, free_port
from support.site import Site, ready_site

SMALL = 10_000
LARGE = int(os.environ.get("NEO_BENCH_SUBSCRIBERS", "1000000"))
# The rows of the past on the large site; the design speaks of ten million.
PAST = int(os.environ.get("NEO_BENCH_PAST", "10"))
MAILS = 2_000
ROUNDS = 3


class Scale:
    """One site of a size, whose ticks end after so many mails."""

    def __init__(self, name, executable, readers, broadcasts, port):
        self.site = Site(f"bench-scale-{name}", executable)
        ready_site(self.site, "http://127.0.0.1:1")
        many.fill(self.site, readers, broadcasts=broadcasts)
        self.readers = readers
        self.set("transport", f"smtp://127.0.0.1:{port}?tls=none")
        self.set("tick_messages", str(MAILS))

    def set(self, key, value):
        self.site.neo("setting", "set", key, value).ok()

    def tick(self):
        """The cost of one tick, and its report."""
        cost = run_measured([self.site.program, "tick", "--json"], USER, USER, self.site.home)
        assert cost.code == 0, cost.out
        return cost, json.loads(cost.out)

    def broadcast(self):
        text = self.site.write("letter.txt", "{{ name }}様\n\n" + "こんにちは。新しいお茶が入りました。\n" * 24)
        self.site.neo("broadcast", "create", "--list", "news", "--subject", "新茶", "--text", text, "--at", "now").ok()

    def send_some(self):
        """The cost of one tick that writes a piece of the audience, sends it and records it."""
        cost, report = self.tick()
        assert report["sent"] == MAILS, report
        return cost


def scale(table, executable):
    port = free_port()
    sink = Daemon(
        "smtp-sink", ["/usr/sbin/smtp-sink", "-u", USER, f"127.0.0.1:{port}", "1000"], lambda: accepts(port), RUN_DIR / "scale.log"
    )
    try:
        small = Scale("small", executable, SMALL, 1, port)
        large = Scale("large", executable, LARGE, PAST, port)
        for one in (small, large):
            one.broadcast()
        costs = {small: [], large: []}
        for _ in range(ROUNDS):
            for one, found in costs.items():
                found.append(one.send_some())
        rows = LARGE * PAST
        per_mail = {one: median([cost.cpu_ms for cost in found]) / MAILS for one, found in costs.items()}
        what = f"a mail, {LARGE:,} readers and {rows:,} rows of the past against {SMALL:,}, CPU"
        table.add(what, per_mail[large], "ms", "<= 1.2x", per_mail[small], at_most=1.2)
        peak = max(cost.rss_kib for cost in costs[large]) / 1024
        table.add(f"its ticks of {MAILS:,} mails, peak RSS", peak, "MiB", "<= 24 MiB", at_most=24)
    finally:
        sink.stop()

