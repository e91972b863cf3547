"""The vendor's server as staff use it: the program `neo-fleet`, its folder, and days of a rehearsal that are played.

Not a test of it: those are in fleet/tests. The clock is the machine's unless `at` says another; what a poller cannot wait
for (the next call in a day) is brought forward in the database by `time_passes`.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.site import Command

DAY = 86_400
HOUR = 3600


def vendor_program():
    """neo-fleet, as `make e2e` has built it."""
    path = Path(os.environ["NEO_FLEET_EXE"]).resolve()
    assert path.is_file(), f"there is no executable at {path}: build it first (make e2e) or set NEO_FLEET_EXE"
    return path


class Fleet:
    """A rehearsal fleet in its own folder."""

    def __init__(self, home, program):
        self.home = Path(home)
        self.data = self.home / "fleet"
        self.program = program
        self.seen = set()
        self.home.mkdir(mode=0o700, exist_ok=True)

    def run(self, *words, at=None, environment=None, seconds=120):
        """`neo-fleet WORDS`, at the machine's time or another."""
        variables = {"PATH": "/usr/bin:/bin", "NEO_FLEET_DATA": str(self.data), "USER": "hanako", **(environment or {})}
        if at is not None:
            variables["NEO_FLEET_NOW"] = str(int(at))
        line = [str(self.program), "--rehearsal", *(str(word) for word in words)]
        done = subprocess.run(line, cwd=self.home, env=variables, capture_output=True, text=True, timeout=seconds)
        return Command(" ".join(line), done)

    def json(self, *words, **options):
        return self.run("--json", *words, **options).ok().json()

    def poll(self):
        """One round of calls; a debug build on a busy machine answers slowly."""
        return self.json("poll", "--once", "--allow-loopback", "--gap", "0", "--connections", "4", seconds=300)

    def sql(self, statement, *values):
        """Changes the database behind the program's back, or looks into it."""
        with closing(sqlite3.connect(self.data / "fleet.sqlite", timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()

    def time_passes(self, sites):
        """These sites are due again, as they would be in a day at the latest."""
        marks = ",".join("?" for _ in sites)
        now = int(time.time())
        # Not those that are held while their provider's breaker is open.
        held = "(select provider from breakers where state <> 'closed')"
        due = f"in ({marks}) and last_at is not null and provider not in {held}"
        self.sql(f"update sites set next_due = ? where id in (select site from polls where site {due})", now, *sites)
        self.sql(f"update polls set call_at = ? where site {due}", now, *sites)
        self.sql("update call_servers set next_at = 0, free_at = 0, failures = 0 where owner = ''")

    def outcomes(self):
        """How each site's last call ended."""
        return dict(self.sql("select site, outcome from polls"))

    def mails(self):
        """The mails to customers and staff that were written since the last look."""
        folder = self.data / "outbox"
        found = {path.name: path.read_bytes() for path in folder.glob("*")} if folder.exists() else {}
        new = [content for name, content in found.items() if name not in self.seen]
        self.seen |= set(found)
        return new

    def copy(self, home):
        """The same fleet once more, for days that are only played."""
        shutil.copytree(self.home, home)
        return Fleet(home, self.program)

    def ceremony(self, at):
        """The first signing keys; gives the root's public half."""
        self.run("signing", "new", at=at).ok()
        root = self.home / "offline" / "root.seed"
        public = self.json("root", "new", root, at=at)["public"]
        self.run("signing", "request", "request.json", at=at).ok()
        self.run("root", "sign", "request.json", "--root", root, "--out", "keys.json", at=at).ok()
        self.run("signing", "take", "keys.json", f"--root={public}", at=at).ok()
        return public


class Liar:
    """A site of the vendor's own that says it runs a version, whatever it runs."""

    def __init__(self, site, version):
        answer = json.dumps({"site": site, "version": version}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tick"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
