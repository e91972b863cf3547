"""What `make bench` measures: a page, an idle tick, sending, memory, size; each beside its yardstick and its goal.

Not how: see measure.py. The goals are those of the design; a missed one is shown, not hidden.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from measure import CpuGroup, Table, latency_ms, median, run_measured
from support.process import RUN_DIR, USER, Daemon, accepts, free_port
from support.site import PASSWORD, Site, ready_site
from support.web_servers import WebServer

HERE = Path(__file__).parent
EXECUTABLE = Path(os.environ["NEO_EXE"]).resolve()
REQUESTS = 200
SUBSCRIBERS = int(os.environ.get("NEO_BENCH_SUBSCRIBERS", "1000000"))
MAILS = 2000


def neo(site, *words, **options):
    """One measured command of the site's owner."""
    cost = run_measured([site.program, *words], USER, USER, site.home, **options)
    assert cost.code == 0, f"{words}: {cost.code} {cost.out}"
    return cost


def page(table):
    """The sign-up page through Apache (event, mod_cgid, suexec), against a hello-world in C through the same Apache."""
    hello = RUN_DIR / "hello"
    subprocess.run(["cc", "-O2", "-static", "-o", hello, HERE / "hello.c"], check=True)
    site = Site("bench-page", EXECUTABLE)
    server = WebServer("apache", site.docroot)
    group = CpuGroup("neo-bench")
    try:
        ready_site(site, server.url)
        program = site.docroot / "hello.cgi"
        program.write_bytes(hello.read_bytes())
        program.chmod(0o755)
        site.own()
        adopt_all(group, server)
        paths = {"neo": "/neo.cgi/f/news", "hello": "/hello.cgi"}
        times = {name: [] for name in paths}
        cpu = {name: 0.0 for name in paths}
        for path in paths.values():
            for _ in range(5):
                latency_ms(server.port, path)
        for _ in range(REQUESTS // 10):
            for name, path in paths.items():
                before = group.cpu_ms()
                times[name] += [latency_ms(server.port, path) for _ in range(10)]
                cpu[name] += group.cpu_ms() - before
        table.add("sign-up page, CPU a request", cpu["neo"] / REQUESTS, "ms", "<= 1.3x", cpu["hello"] / REQUESTS, at_most=1.3)
        table.add("sign-up page, median latency", median(times["neo"]), "ms", "<= 1.3x", median(times["hello"]), at_most=1.3)
    finally:
        server.stop()
        group.remove()


def adopt_all(group, server):
    """Moves the server and the children that it has by now into the group; what they start later is born there."""
    waiting = [daemon.child.pid for daemon in server.daemons]
    while waiting:
        number = waiting.pop()
        group.adopt(number)
        for task in Path(f"/proc/{number}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]


def tick(table):
    """A tick with nothing due, in a database with many subscribers."""
    site = Site("bench-tick", EXECUTABLE)
    ready_site(site, "http://127.0.0.1:1")
    add_subscribers(site, SUBSCRIBERS)
    costs = [neo(site, "tick", "--json") for _ in range(15)]
    table.add(f"idle tick, {SUBSCRIBERS:,} subscribers, CPU", median([cost.cpu_ms for cost in costs]), "ms", "<= 5 ms", at_most=5)
    peak = max(cost.rss_kib for cost in costs) / 1024
    table.add(f"idle tick, {SUBSCRIBERS:,} subscribers, peak RSS", peak, "MiB", "<= 8 MiB", at_most=8)


def add_subscribers(site, count):
    """Fills the list by the program's own import; returns what the import took."""
    rows = "".join(f"reader{number}@example.jp,読者{number}\n" for number in range(count))
    path = site.write("readers.csv", "email,name\n" + rows)
    return neo(site, "import", "news", path, "--json")


def send(table):
    """3 KB mails to smtp-sink on one kept connection, against smtp-source to the same sink."""
    port = free_port()
    sink = Daemon(
        "smtp-sink", ["/usr/sbin/smtp-sink", "-u", USER, f"127.0.0.1:{port}", "1000"], lambda: accepts(port), RUN_DIR / "sink.log"
    )
    try:
        source_rate = rate_of_smtp_source(port)
        for mode in ("wal", "truncate"):
            site = Site(f"bench-send-{mode}", EXECUTABLE)
            ready_site(site, "http://127.0.0.1:1")
            goal = 0.6 if mode == "wal" else 0.3
            rate = rate_of_neo(site, port, mode)
            table.add(f"sending 3 KB mails, {mode} + full", rate, "a second", f">= {goal}x", source_rate, at_least=goal)
    finally:
        sink.stop()


def rate_of_smtp_source(port):
    command = ["/usr/sbin/smtp-source", "-d", "-s", "1", "-l", "3072", "-m", str(MAILS), f"127.0.0.1:{port}"]
    cost = run_measured(command, USER, USER, "/")
    assert cost.code == 0, cost.out
    return MAILS / cost.wall_ms * 1000


def rate_of_neo(site, port, mode):
    """Mails a second of one tick, from the tick's own clock."""
    raise NotImplementedError("needs the executable: settings of transport, journal mode, pace")


def memory(table):
    """The highest peak of each kind of work."""


def size(table):
    """The executable: one file, without shared libraries."""
    table.add("executable", EXECUTABLE.stat().st_size / 1024 / 1024, "MiB", "<= 8 MiB", at_most=8)
    dynamic = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False).stdout
    table.add("shared libraries", len(re.findall(r"=>", dynamic)), "", "0", at_most=0)


PARTS = {"page": page, "tick": tick, "send": send, "memory": memory, "size": size}


def main():
    table = Table()
    for name in sys.argv[1:] or PARTS:
        PARTS[name](table)
    table.show()


if __name__ == "__main__":
    main()
