"""Servers as child processes: start one, wait until it answers, end it by its own number.

Not what is in their configurations: see web_servers.py and postfix.py.
"""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

RUN_DIR = Path(os.environ["NEO_E2E_DIR"])
USER = os.environ["NEO_E2E_USER"]


def free_port():
    """A port that nobody listens on; the loopback is this run's own, so nobody else can take it in between."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what, check, seconds=10.0, pause=0.02):
    """The first true value of `check`, asked again and again."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(pause)


def accepts(port):
    """Whether something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Daemon:
    """One server in the foreground, in a session of its own, with its log in a file."""

    def __init__(self, name, command, ready, log, seconds=10, **options):
        self.name = name
        self.log = Path(log)
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options
            )
        try:
            eventually(f"{name} is ready", lambda: self._alive() and ready(), seconds)
        except BaseException:
            self.stop()
            raise

    def _alive(self):
        assert self.child.poll() is None, f"{self.name} ended with {self.child.returncode}:\n{self.log_text()}"
        return True

    def log_text(self):
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self, first=signal.SIGTERM):
        """Asks it to end; after five seconds ends it with all that it has started."""
        if self.child.poll() is None:
            self.child.send_signal(first)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait(5)


def others_running():
    """Processes of this run besides the tests themselves: `number name` each (the process numbers are this run's own)."""
    family = set()
    number = os.getpid()
    while number > 1:
        family.add(number)
        number = int(_stat_fields(number)[1])
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in family | {1}:
            continue
        try:
            state, parent = _stat_fields(int(entry.name))[:2]
            name = (entry / "comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.append(f"{entry.name} {name} (parent {parent})")
    return found


def _stat_fields(number):
    """The fields of /proc/N/stat behind the name: state, parent, ..."""
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()


def listening_ports():
    """The TCP ports that somebody listens on in this run's network."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
