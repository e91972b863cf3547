"""How things are measured: CPU of a group of processes, CPU and memory of one command, latency of one request.

Not what is measured: see bench.py.
"""

import http.client
import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from support.process import RUN_DIR
from support.site import SSH_ENVIRONMENT


class CpuGroup:
    """A control group of its own: all CPU time of the processes in it and of their children, to the microsecond.

    The children of mod_cgid are reaped by the kernel, so that no process's own times include them.
    """

    def __init__(self, name):
        for root, meter, scale in (
            (Path("/sys/fs/cgroup/cpuacct"), "cpuacct.usage", 1e-6),
            (Path("/sys/fs/cgroup"), "cpu.stat", 1e-3),
        ):
            if (root / meter).exists() or (root / "cgroup.controllers").exists():
                self.folder, self.meter, self.scale = root / f"{name}-{os.getpid()}", meter, scale
                break
        else:
            raise SystemExit("bench: no control groups here to measure CPU time with")
        self.folder.mkdir()

    def join(self):
        """Moves the calling process into the group: to be called between fork and exec."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def adopt(self, number):
        (self.folder / "cgroup.procs").write_text(str(number))

    def cpu_ms(self):
        text = (self.folder / self.meter).read_text()
        if self.meter == "cpu.stat":
            text = next(line.split()[1] for line in text.splitlines() if line.startswith("usage_usec"))
        return int(text) * self.scale

    def remove(self):
        for _ in range(50):
            try:
                return self.folder.rmdir()
            except OSError:
                time.sleep(0.05)


@dataclass
class Cost:
    """What one run of a command took."""

    code: int
    wall_ms: float
    cpu_ms: float
    rss_kib: int
    out: str


def compiled(name):
    """A program of ours in C, compiled into the run's folder."""
    program = RUN_DIR / name
    if not program.exists():
        subprocess.run(["cc", "-O2", "-static", "-o", program, Path(__file__).with_name(f"{name}.c")], check=True)
    return program


def run_measured(command, user, group, folder, stdin=None, environment=None):
    """Runs a command as a plain user and reads its own use of CPU and memory from the kernel (cost.c)."""
    result, told = os.pipe()
    words = [str(word) for word in [compiled("cost"), told, *command]]
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            user=user,
            group=group,
            extra_groups=[],
            env=environment if environment is not None else SSH_ENVIRONMENT,
            input=stdin or b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(told,),
            check=False,
        )
    finally:
        os.close(told)
    with os.fdopen(result) as pipe:
        code, wall, cpu, peak = (int(word) for word in pipe.read().split())
    return Cost(code, wall / 1000, cpu / 1000, peak, done.stdout.decode(errors="replace"))


def latency_ms(port, path):
    """One GET on a connection of its own, as a visitor's first request."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    return (time.perf_counter() - begun) * 1000


def median(values):
    return statistics.median(values)


class Table:
    """Lines of what, measured, yardstick, ratio, goal; printed at the end, all widths equal."""

    def __init__(self):
        self.rows = [("what", "NEO", "yardstick", "ratio", "goal", "")]
        self.notes = []

    def add(self, what, ours, unit, goal, yardstick=None, at_most=None, at_least=None, absolute=False):
        """One line. `at_most` and `at_least` judge the ratio, or the measured value itself where there is no yardstick."""
        ratio = ours / yardstick if yardstick else None
        judged = ratio if ratio is not None else ours
        verdict = ""
        if at_most is not None:
            verdict = "reached" if judged <= at_most else "MISSED"
        if at_least is not None:
            verdict = "reached" if judged >= at_least else "MISSED"
        self.rows.append((
            what,
            f"{ours:,.2f} {unit}",
            f"{yardstick:,.2f} {unit}" if yardstick else "-",
            f"{ratio:.2f}x" if ratio is not None else "-",
            goal,
            verdict,
        ))
        print(".", end="", flush=True)

    def note(self, line):
        """A line below the table."""
        self.notes.append(line)

    def show(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(6)]
        print("\n")
        for number, row in enumerate(self.rows):
            cells = [cell.ljust(width) if column in (0, 4, 5) else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))]
            print("  ".join(cells).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))
        for line in self.notes and ["", *self.notes]:
            print(line)
