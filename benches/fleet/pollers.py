"""What a poller costs and how late it is, with many simulated sites on this machine.

Not what real sites do: they answer at once here (fleet/examples/simulated-sites.rs), so that the poller is measured.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLEET = os.environ["NEO_FLEET_EXE"]
SITES_EXE = os.environ["NEO_SITES_EXE"]
SITES = int(os.environ.get("NEO_BENCH_SITES", "100000"))
SERVERS = int(os.environ.get("NEO_BENCH_SERVERS", "20000"))
SECONDS = float(os.environ.get("NEO_BENCH_MINUTES", "5")) * 60
POSTGRES = os.environ.get("NEO_FLEET_TEST_POSTGRES", "")
DAY = 86_400
TICKS = os.sysconf("SC_CLK_TCK")


class Sites:
    """The simulated sites; each wants to be called again after `wait` seconds."""

    def __init__(self, wait):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([SITES_EXE, str(wait)], stdin=pipe, stdout=pipe, text=True)
        self.port = int(self.process.stdout.readline())

    def calls(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        self.process.kill()
        self.process.wait()


class Fleet:
    """A rehearsal fleet whose sites have been called before and are due within `spread` seconds from `now`."""

    def __init__(self, port, now, spread, postgres=False):
        self.folder = Path(tempfile.mkdtemp(prefix="neo-fleet-bench-"))
        self.postgres = postgres
        self.environment = {**os.environ, "NEO_FLEET_DATA": str(self.folder)}
        if postgres:
            self.psql("drop schema if exists bench cascade; create schema bench;")
            self.environment["NEO_FLEET_DATABASE"] = f"{POSTGRES}&options=-csearch_path%3Dbench"
        self.run("init")
        self.run("signing", "new")
        draw = random.Random(7)
        rows = []
        for number in range(SITES):
            place = number % SERVERS
            ip = f"127.{1 + place // 62500}.{place // 250 % 250}.{1 + place % 250}"
            call_at = now + draw.randrange(int(spread))
            rows.append((f"{number:016d}", f"http://{ip}:{port}/neo.cgi/tick", f"plan{number % 40}", ip, call_at))
        self.fill(rows, now)

    def run(self, *arguments):
        command = [FLEET, "--rehearsal", "--json", *arguments]
        return json.loads(subprocess.run(command, env=self.environment, check=True, capture_output=True).stdout)

    def fill(self, rows, now):
        columns = "id, tick_url, provider, host_plan, wanted_clock, state, added_at, next_due, last_ok, ip"
        sites = [(r[0], r[1], r[2], r[2], "poller", "active", 0, r[4], now - DAY, r[3]) for r in rows]
        polls = [(r[0], r[3], r[2], r[4], now - DAY) for r in rows]
        fill_servers = "insert into call_servers (server, next_at) select server, min(call_at) from polls group by server"
        if self.postgres:
            self.copy("sites", columns, sites)
            self.copy("polls", "site, server, provider, call_at, last_at", polls)
            self.psql(f"set search_path = bench; {fill_servers}; analyze;")
            return
        database = sqlite3.connect(self.folder / "fleet.sqlite")
        database.executemany(f"insert into sites ({columns}) values (?,?,?,?,?,?,?,?,?,?)", sites)
        database.executemany("insert into polls (site, server, provider, call_at, last_at) values (?,?,?,?,?)", polls)
        database.execute(fill_servers)
        database.execute("analyze")
        database.commit()
        database.close()

    def begin_at(self, moment, filled_at):
        """Filling takes its time: what was to begin then begins at `moment`, without anything left over from before."""
        shift = int(moment - filled_at)
        sql = f"update polls set call_at = call_at + {shift}; update call_servers set next_at = next_at + {shift};"
        if self.postgres:
            self.psql(f"set search_path = bench; {sql} analyze;")
            return
        database = sqlite3.connect(self.folder / "fleet.sqlite")
        database.executescript(sql)
        database.close()

    def psql(self, sql, stdin=None):
        command = ["psql", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", POSTGRES, "-c", sql]
        return subprocess.run(command, check=True, input=stdin, capture_output=True, text=True).stdout

    def copy(self, table, columns, rows):
        lines = "".join("\t".join(str(value) for value in row) + "\n" for row in rows)
        self.psql(f"copy bench.{table} ({columns}) from stdin", lines)

    def late_ms(self, since):
        sql = f"select late_ms from calls where at >= {int(since)} order by late_ms"
        if self.postgres:
            return [int(line) for line in self.psql(f"set search_path = bench; {sql}").split()]
        database = sqlite3.connect(self.folder / "fleet.sqlite")
        return [row[0] for row in database.execute(sql)]

    def poll(self, *arguments):
        command = [FLEET, "--rehearsal", "--json", "poll", "--allow-loopback", *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def cost(process):
    """CPU seconds and peak resident memory (MiB) of a living process."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, peak / 1024


def end(process):
    process.send_signal(signal.SIGTERM)
    return json.loads(process.communicate(timeout=60)[0])


def late(values):
    if not values:
        return "no calls"
    part = lambda share: values[min(len(values) - 1, int(len(values) * share))]
    return f"late {part(0.5)} ms median, {part(0.99)} ms p99, {values[-1]} ms most ({len(values)} calls)"


def busy(gap):
    """Every site at work: each is called every five minutes, which is as often as one ever is. The machine's clock."""
    sites, now = Sites(0), int(time.time())
    fleet = Fleet(sites.port, now, 330)
    fleet.begin_at(time.time() + 10, now)
    poller, started = fleet.poll("--gap", str(gap)), time.time()
    time.sleep(SECONDS)
    (cpu, peak), wall = cost(poller), time.time() - started
    report = end(poller)
    say(f"busy, gap {gap} s", f"{report['calls'] / wall:.0f} calls/s, CPU {100 * cpu / wall:.1f} % of a core, "
        f"{1000 * cpu / max(1, report['calls']):.2f} ms a call, peak {peak:.0f} MiB, {late(fleet.late_ms(started + 12))}, "
        f"{report['failed']} failed")
    sites.end()
    fleet.remove()


def idle():
    """A day in which nothing is due anywhere, in a rehearsal's fast clock."""
    speed = int(DAY / SECONDS)
    sites, now = Sites(DAY), int(time.time())
    fleet = Fleet(sites.port, now, DAY)
    fleet.begin_at(time.time() + 5 * speed, now)
    poller = fleet.poll("--speed", str(speed))
    time.sleep(SECONDS + 5)
    cpu, peak = cost(poller)
    calls = sites.calls()
    report = end(poller)
    say("idle day", f"clock {speed} times as fast; {calls / SITES:.2f} calls a site and day, {report['failed']} failed, "
        f"CPU {cpu:.0f} s a day, peak {peak:.0f} MiB")
    sites.end()
    fleet.remove()


def four():
    """As busy, with four pollers on PostgreSQL; one is killed in the middle."""
    sites, now = Sites(0), int(time.time())
    fleet = Fleet(sites.port, now, 330, postgres=True)
    fleet.begin_at(time.time() + 15, now)
    started = time.time()
    pollers = [fleet.poll("--gap", "10", "--deadline", "10") for _ in range(4)]
    time.sleep(SECONDS / 2)
    pollers[0].kill()
    pollers[0].wait()
    killed_at = time.time()
    time.sleep(SECONDS / 2)
    costs = [cost(poller) for poller in pollers[1:]]
    reports = [end(poller) for poller in pollers[1:]]
    before = [ms for ms in fleet.late_ms(started + 15)]
    held = sum(1 for ms in before if ms > 40_000)
    say("four on PostgreSQL", f"CPU of the three that stayed {', '.join(f'{cpu:.0f} s' for cpu, _ in costs)} in {SECONDS:.0f} s, "
        f"peak {max(peak for _, peak in costs):.0f} MiB each, calls {[report['calls'] for report in reports]}, gap 10 s, "
        f"{late(before)}; one killed after {killed_at - started:.0f} s: {held} calls waited more than its lease of 40 s")
    sites.end()
    fleet.remove()


def say(name, words):
    print(f"{name:20} {words}", flush=True)


def main():
    wanted = sys.argv[1:] or ["busy", "idle", "four"]
    print(f"{SITES} sites on {SERVERS} addresses, {SECONDS:.0f} s each; load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if "busy" in wanted:
        busy(10)
        busy(0)
    if "idle" in wanted:
        idle()
    if "four" in wanted:
        four()


main()
