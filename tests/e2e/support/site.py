"""One install as its owner sees it: a program under the web root, a data folder beside it, a command line over SSH.

Not the web server in front of it (web_servers.py) nor its owner's browser (browser.py).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from support.process import USER

WWW = Path("/var/www")
SSH_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


class Command:
    """What a command said: its exit code and both outputs."""

    def __init__(self, line, done):
        self.line = line
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def ok(self):
        assert self.code == 0, f"{self.line} ended with {self.code}\n{self.out}{self.err}"
        return self

    def json(self):
        """The one JSON line that it printed."""
        lines = self.out.strip().splitlines()
        assert len(lines) == 1, f"{self.line}: expected one line of JSON, got {self.out!r} {self.err!r}"
        return json.loads(lines[0])


def run_as(user, command, folder, seconds=60, stdin="", environment=None):
    """Runs a command as a plain user, with the few variables that a login or a cron job has."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        user=user,
        group=user if user != "nobody" else "nogroup",
        extra_groups=[],
        umask=0o022,
        env={**SSH_ENVIRONMENT, **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    return Command(" ".join(str(word) for word in command), done)


class Site:
    """A folder of the test user: public_html with the program, and beside it whatever the program makes."""

    def __init__(self, name, executable):
        self.home = WWW / name
        self.docroot = self.home / "public_html"
        self.program = self.docroot / "neo.cgi"
        self.data = self.home / "data"
        self.docroot.mkdir(parents=True)
        shutil.copyfile(executable, self.program)
        self.program.chmod(0o755)
        self.own()

    def own(self):
        """Gives everything below the folder to the test user."""
        for path in [self.home, *self.home.rglob("*")]:
            shutil.chown(path, USER, USER)

    def neo(self, *words, user=USER, stdin="", seconds=60):
        """`neo WORDS` as the owner types it over SSH."""
        return run_as(user, [self.program, *words], self.home, seconds, stdin)

    def write(self, name, text):
        """A file of the owner's, beside the web root."""
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        shutil.chown(path, USER, USER)
        return path

    def put_data(self, name, content):
        """A file of the owner's in the data folder, such as the certificate of her mail server."""
        path = self.data / name
        path.write_bytes(content)
        path.chmod(0o600)
        shutil.chown(path, USER, USER)

    def guard_log(self):
        """What the guard noted, for the message of a failed test."""
        path = self.data / "guard.log"
        return path.read_text(errors="replace") if os.path.exists(path) else ""


PASSWORD = "くじらが七つの海をこえて 2026"


def ready_site(site, url):
    """Sets an install up by the command line, with one list `news`: the quick way for scenarios that begin later."""
    password = site.write("password.txt", PASSWORD + "\n")
    site.neo("setup", "--email", "owner@example.jp", "--password-file", password, "--base-url", f"{url}/neo.cgi").ok()
    site.neo("list", "add", "news", "--title", "お店だより", "--from", "お店 <shop@example.jp>", "--opt-in", "double").ok()
