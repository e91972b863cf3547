"""What writing an audience costs by itself: a million readers into the ledger, with nothing sent meanwhile.

Not the sending of what was written: scale.py measures both together. The mails are due in some hours (each reader's own
time of day, where all live in the site's zone), so that a tick has nothing else to do.
"""

import datetime
import os
import sqlite3

import many
from measure import run_measured
from support.process import USER
from support.site import Site, ready_site

SMALL = 10_000
LARGE = int(os.environ.get("NEO_BENCH_SUBSCRIBERS", "1000000"))
# A tick from cron ends by itself before this; far more of them would mean that it does not go on.
MOST_TICKS = 1000


class Written:
    """One site of a size, and what it cost to write one audience down."""

    def __init__(self, name, executable, readers):
        self.readers = readers
        self.site = Site(f"bench-audience-{name}", executable)
        ready_site(self.site, "http://127.0.0.1:1")
        many.fill(self.site, readers)
        self.costs = []

    def write(self, kind, *flags):
        """Makes a broadcast for later and ticks until its audience is whole; the CPU of all ticks in ms."""
        text = self.site.write("letter.txt", "{{ name }}様\n\nこんにちは。\n")
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=3)
        create = ["broadcast", "create", "--list", "news", "--subject", kind, "--text", text]
        later = ["--at", at.strftime("%Y-%m-%dT%H:%M:%SZ"), "--reader-time-zone", "yes"]
        message = self.site.neo(*create, *later, *flags).ok().strip()
        costs = []
        while not self.is_whole(message):
            assert len(costs) < MOST_TICKS, f"{kind}: it does not go on"
            cost = run_measured([self.site.program, "tick", "--json"], USER, USER, self.site.home)
            assert cost.code == 0, cost.out
            costs.append(cost)
        audience = self.site.neo("ledger", message, "--json").json()
        assert audience["audience"] == audience["queued"] == self.readers, audience
        self.costs += costs
        return sum(cost.cpu_ms for cost in costs)

    def is_whole(self, message):
        database = sqlite3.connect(f"file:{self.site.data / 'neo.sqlite'}?mode=ro", uri=True)
        try:
            return database.execute("select all_written from broadcasts where message_id = ?", (message,)).fetchone()[0] == 1
        finally:
            database.close()


def audience(table, executable):
    small, large = (Written(name, executable, readers) for name, readers in (("small", SMALL), ("large", LARGE)))
    condition = {one: one.site.write("everybody.json", '{"not":{"way":"import"}}') for one in (small, large)}
    kinds = {
        "everybody": lambda one: [],
        "who fits a condition on each": lambda one: ["--segment", condition[one]],
    }
    for kind, flags in kinds.items():
        cpu = {one: one.write(kind, *flags(one)) / one.readers * 1000 for one in (small, large)}
        what = f"an audience of {LARGE:,} ({kind}) against {SMALL:,}, CPU per reader"
        table.add(what, cpu[large], "µs", "<= 1.2x", cpu[small], at_most=1.2)
    table.add("its ticks, the longest", max(cost.cpu_ms for cost in large.costs) / 1000, "s CPU", "<= 20 s", at_most=20)
    table.add("its ticks, peak RSS", max(cost.rss_kib for cost in large.costs) / 1024, "MiB", "<= 24 MiB", at_most=24)
