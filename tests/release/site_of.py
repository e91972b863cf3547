"""A site of the artefact in an empty folder, for the checks of a release. Not a check itself."""
import json
import os
import pathlib
import subprocess
import tempfile

ARTEFACT = os.environ.get("NEO_ARTEFACT", "")


class Site:
    """Set up by `program`, mails to a folder, a list `news`."""

    def __init__(self, program=ARTEFACT):
        self.program = program
        self.folder = tempfile.TemporaryDirectory(prefix="neo-release-")
        self.root = pathlib.Path(self.folder.name)
        self.data = self.root / "data"
        password = self.root / "password"
        password.write_text("a quiet morning in May\n")
        self.run("setup", "--email", "owner@shop.example.jp", "--password-file", str(password), "--base-url",
                 "https://shop.example.jp/neo.cgi")
        self.run("setting", "set", "transport", "folder:outbox")
        self.run("setting", "set", "tick_gap", "0")
        self.run("list", "add", "news", "--from", "Shop <shop@shop.example.jp>", "--opt-in", "single")

    def run(self, *arguments, program=None):
        done = subprocess.run([program or self.program, "--data", str(self.data), *arguments], env={"PATH": "/usr/bin:/bin"},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise SystemExit(f"neo {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *arguments, program=None):
        return json.loads(self.run(*arguments, "--json", program=program))

    def readers(self, count, first=0):
        for number in range(first, first + count):
            self.run("subscriber", "add", "news", f"reader{number}@example.jp", "--confirmed")

    def broadcast(self, subject):
        text = self.root / "text.txt"
        text.write_text("Hello.\n")
        return self.run("broadcast", "create", "--list", "news", "--subject", subject, "--text", str(text), "--at", "now").strip()

    def mails(self):
        return sum(1 for file in (self.data / "outbox").rglob("*") if file.is_file())


def adds_up(ledger):
    """Every reader of the audience is in exactly one state."""
    states = sum(count for state, count in ledger.items() if state != "audience" and isinstance(count, int))
    assert states == ledger["audience"], ledger
    return ledger
