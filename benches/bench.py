"""What `make bench` measures: a page, an idle tick, sending, the owner's pages and memory, size; each beside its yardstick and its goal.

Not how: see measure.py. The goals are those of the design; a missed one is shown, not hidden.
"""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import audience
import many
import scale
from caller import Caller
from measure import CpuGroup, Table, compiled, latency_ms, median, run_measured
from support.process import RUN_DIR, USER, Daemon, accepts, free_port
from support.site import PASSWORD, Site, ready_site
from support.web_servers import WebServer

EXECUTABLE = Path(os.environ["NEO_EXE"]).resolve()
REQUESTS = 200
SUBSCRIBERS = int(os.environ.get("NEO_BENCH_SUBSCRIBERS", "1000000"))
BROADCASTS = int(os.environ.get("NEO_BENCH_BROADCASTS", "2"))
MAILS = 2000
ROUNDS = 3


def neo(site, *words, **options):
    """One measured command of the site's owner."""
    cost = run_measured([site.program, *words], USER, USER, site.home, **options)
    assert cost.code == 0, f"{words}: {cost.code} {cost.out}"
    return cost


def page(table):
    """The sign-up page through Apache (event, mod_cgid, suexec), against a hello-world in C through the same Apache."""
    hello = compiled("hello")
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
    site = many_readers()
    costs = [neo(site, "tick", "--json") for _ in range(15)]
    table.add(f"idle tick, {SUBSCRIBERS:,} subscribers, CPU", median([cost.cpu_ms for cost in costs]), "ms", "<= 5 ms", at_most=5)
    peak = max(cost.rss_kib for cost in costs) / 1024
    table.add(f"idle tick, {SUBSCRIBERS:,} subscribers, peak RSS", peak, "MiB", "<= 8 MiB", at_most=8)


@functools.cache
def many_readers():
    """One site with many subscribers and as many mails of the past, for all parts that need one."""
    site = Site("bench-many", EXECUTABLE)
    ready_site(site, "http://127.0.0.1:1")
    many.fill(site, SUBSCRIBERS, broadcasts=BROADCASTS)
    return site


def send(table):
    """3 KB mails to smtp-sink on one kept connection, against smtp-source to the same sink."""
    port = free_port()
    sink = Daemon(
        "smtp-sink", ["/usr/sbin/smtp-sink", "-u", USER, f"127.0.0.1:{port}", "1000"], lambda: accepts(port), RUN_DIR / "sink.log"
    )
    try:
        modes = {"wal": 0.6, "truncate": 0.3}
        sites = {mode: sending_site(mode, port) for mode in modes}
        source_rates, rates = [], {mode: [] for mode in modes}
        for _ in range(ROUNDS):  # side by side, so that a busy moment of the machine meets all of them
            source_rates.append(rate_of_smtp_source(port))
            for mode, site in sites.items():
                rates[mode].append(rate_of_neo(site))
        for mode, goal in modes.items():
            what = f"sending {mail_size(sites[mode]) / 1000:.1f} KB mails, {mode} + full"
            table.add(what, median(rates[mode]), "a second", f">= {goal}x", median(source_rates), at_least=goal)
    finally:
        sink.stop()


def rate_of_smtp_source(port):
    command = ["/usr/sbin/smtp-source", "-d", "-s", "1", "-l", "3072", "-m", str(MAILS), f"127.0.0.1:{port}"]
    cost = run_measured(command, USER, USER, "/")
    assert cost.code == 0, cost.out
    return MAILS / cost.wall_ms * 1000


def sending_site(mode, port):
    site = Site(f"bench-send-{mode}", EXECUTABLE)
    ready_site(site, "http://127.0.0.1:1")
    many.set_journal(site, mode)
    many.fill(site, MAILS)
    site.neo("setting", "set", "transport", f"smtp://127.0.0.1:{port}?tls=none").ok()
    return site


def rate_of_neo(site):
    """Mails a second of one tick, from the tick's own clock: with the audience's rows, the opening and the record."""
    create_broadcast(site)
    report = json.loads(neo(site, "tick", "--json").out)
    while json.loads(neo(site, "tick", "--json").out)["left"]:
        pass  # a slow disk needs more than one tick; its rest is not measured
    return report["sent"] / report["elapsed_ms"] * 1000


def create_broadcast(site):
    text = site.write("letter.txt", "{{ name }}様\n\n" + "こんにちは。新しいお茶が入りました。\n" * 24)
    site.neo("broadcast", "create", "--list", "news", "--subject", "新茶のお知らせ", "--text", text, "--at", "now").ok()


def mail_size(site):
    """The bytes of one such mail, as a rehearsal would write it."""
    site.neo("setting", "set", "transport", "folder:outbox").ok()
    site.neo("setting", "set", "tick_messages", "1").ok()
    create_broadcast(site)
    neo(site, "tick")
    return max(path.stat().st_size for path in (site.data / "outbox").rglob("*") if path.is_file())


def pages(table):
    """CPU of the owner's pages with many readers and mails, and the peak memory of each kind of request and command."""
    site = many_readers()
    visitor = Caller(site, many_base())
    owner = Caller(site, many_base())
    peaks = {}
    form = visitor.call("GET", "/f/news").page.form("email").fill({"email": "new@example.jp"})
    peaks["sign-up page"] = visitor.cost
    visitor.submit(form)
    peaks["sign-up"] = visitor.cost
    owner.submit(owner.call("GET", "/admin/login").page.form("email", "password").fill({"email": OWNER, "password": PASSWORD}))
    signing_in = owner.cost
    costs = {}
    for path in OWNERS_PAGES:
        owner.call("GET", path)
        assert owner.page.status == 200, f"{path}: {owner.page.status} {owner.page.text[:300]}"
        costs[path] = owner.cost
    slowest = max(costs, key=lambda path: costs[path].cpu_ms)
    table.add(f"slowest owner's page ({slowest}), CPU", costs[slowest].cpu_ms, "ms", "<= 50 ms", at_most=50)
    peaks |= costs
    peaks["tick that sends"] = sending_tick()
    for key in ("sender_name", "sender_address", "sender_contact"):  # or the doctor ends with 78
        site.neo("setting", "set", key, "お店").ok()
    for words in (("ledger", "all"), ("list", "show", "news"), ("doctor", "--json"), ("subscriber", "show", "news", "reader77@example.jp")):
        peaks["neo " + " ".join(words)] = neo(site, *words)
    highest = max(peaks, key=lambda name: peaks[name].rss_kib)
    table.add(f"highest peak RSS ({highest})", peaks[highest].rss_kib / 1024, "MiB", "<= 24 MiB", at_most=24)
    table.add("peak RSS while hashing a password", signing_in.rss_kib / 1024, "MiB", "<= 32 MiB", at_most=32)
    for name, cost in sorted(peaks.items(), key=lambda entry: -entry[1].rss_kib):
        table.note(f"{name:60} {cost.cpu_ms:8.1f} ms CPU {cost.rss_kib / 1024:8.1f} MiB")


OWNER = "owner@example.jp"
OWNERS_PAGES = (
    "/admin",
    "/admin/broadcasts",
    "/admin/broadcasts/1",
    "/admin/broadcasts/new",
    "/admin/sequences",
    "/admin/subscribers",
    "/admin/subscribers?q=reader77",
    f"/admin/subscribers/{SUBSCRIBERS // 2}",
    "/admin/forms",
    "/admin/forms/1",
    "/admin/settings",
    "/admin/settings/sending",
    "/admin/settings/tick",
    "/admin/settings/doctor",
    "/admin/outbox",
)


def many_base():
    return "http://127.0.0.1:1/neo.cgi"


def sending_tick():
    """The cost of a tick that sends many mails into a folder."""
    site = Site("bench-peak", EXECUTABLE)
    ready_site(site, "http://127.0.0.1:1")
    many.fill(site, MAILS)
    create_broadcast(site)
    return neo(site, "tick")


def transfer(table):
    """A million rows of CP932 in, with checks and duplicates; the same readers out; a backup."""
    site = Site("bench-transfer", EXECUTABLE)
    ready_site(site, "http://127.0.0.1:1")
    rows = SUBSCRIBERS
    file = site.home / "readers.csv"
    write_readers(file, rows)
    site.own()
    cost = neo(site, "import", "news", str(file), "--map", "会社=company", "--json")
    report = json.loads(cost.out)
    assert (report["rows"], report["encoding"]) == (rows, "cp932"), report
    assert report["updated"] > 0 and report["rejected"] > 0, report
    table.add(f"import of {rows:,} rows (CP932), by its own CPU", rows / cost.cpu_ms * 1000, "rows/s", "", at_least=None)
    table.add(f"import of {rows:,} rows (CP932)", rows / cost.wall_ms * 1000, "rows/s", ">= 50,000", at_least=50_000)
    peaks = {"import": cost.rss_kib}
    small = site.home / "small.csv"
    write_readers(small, 7 * 1024 * 1024 // 45)
    site.own()
    peaks["import, dry run"] = neo(site, "import", "news", str(file), "--dry-run").rss_kib
    peaks["import again"] = neo(site, "import", "news", str(small)).rss_kib
    for format in ("csv", "jsonl"):
        peaks[f"export, {format}"] = neo(site, "export", "news", "--format", format).rss_kib
    peaks["backup"] = neo(site, "backup", str(site.home / "copy.sqlite")).rss_kib
    highest = max(peaks, key=peaks.get)
    table.add(f"import, export, backup: highest peak RSS ({highest})", peaks[highest] / 1024, "MiB", "<= 24 MiB", at_most=24)
    for name, peak in peaks.items():
        table.note(f"{name:60} {peak / 1024:22.1f} MiB")


def write_readers(path, rows):
    """Addresses in no order, two in a hundred twice, one in a thousand no address."""
    names = ("山田 太郎", "髙橋 花子", "佐藤 一郎", "㈱サンプル 鈴木", "ﾔﾏﾀﾞ ﾊﾅｺ")
    step = 7_368_787  # a prime: every number once, far from the one before
    with open(path, "w", encoding="cp932", newline="") as file:
        file.write("メールアドレス,氏名,会社\r\n")
        for row in range(rows):
            number = (row - row // 50 if row % 50 == 0 else row) * step % max(rows, 1)
            address = f"reader{number}@example{number % 97}.jp" if row % 1000 else f"reader{number}@@example"
            file.write(f"{address},{names[row % 5]},会社{row % 1000}\r\n")


def size(table):
    """The executable: one file, without shared libraries."""
    table.add("executable", EXECUTABLE.stat().st_size / 1024 / 1024, "MiB", "<= 8 MiB", at_most=8)
    dynamic = subprocess.run(["ldd", EXECUTABLE], capture_output=True, text=True, check=False).stdout
    table.add("shared libraries", len(re.findall(r"=>", dynamic)), "", "0", at_most=0)


PARTS = {
    "page": page,
    "tick": tick,
    "send": send,
    "scale": lambda table: scale.scale(table, EXECUTABLE),
    "audience": lambda table: audience.audience(table, EXECUTABLE),
    "pages": pages,
    "transfer": transfer,
    "size": size,
}


def main():
    table = Table()
    for name in sys.argv[1:] or PARTS:
        PARTS[name](table)
    table.show()


if __name__ == "__main__":
    main()
