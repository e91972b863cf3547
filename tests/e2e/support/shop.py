"""A shop on the shared host: an install with its owner, what it heard of the vendor, and what it sent.

Not a bare install (site.py) nor the vendor's side of it (fleet.py). The clock is the machine's; `hours_pass` and
`update_now` bring forward what an install does only every few hours.
"""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy

from support.site import PASSWORD, Site

TOKYO = timezone(timedelta(hours=9))
HOUR = 3600


class Shop:
    """One install with its owner, her two readers, and her key."""

    def __init__(self, host, executable, number, provider, has_cron):
        self.number = number
        self.provider = provider
        self.has_cron = has_cron
        self.address = f"127.1.{provider}.{number + 1}"
        self.url = f"{host.url(self.address)}/neo.cgi"
        self.site = Site(f"fleet/{self.address}", executable)
        self.is_offered = False
        self.id = self.key = self.customer = self.email = None
        self.valid_until = None

    def set_up(self, plan, vendor, root):
        """What the owner types in an hour of her first day."""
        site, password = self.site, self.site.write("password.txt", PASSWORD + "\n")
        site.neo("setup", "--email", "owner@example.jp", "--password-file", password, "--base-url", self.url).ok()
        site.neo("list", "add", "news", "--title", "お店だより", "--from", "お店 <shop@example.jp>", "--opt-in", "double").ok()
        settings = {
            "sender_name": "お店",
            "sender_address": "東京都",
            "sender_contact": "03-0000-0000",
            "host_plan": plan,
            "vendor_url": vendor,
            "wanted_clock": "cron" if self.has_cron else "poller",
            "update_mode": "auto",
            "update_days": "0",
            "tick_gap": "0",
        }
        for key, value in settings.items():
            site.neo("setting", "set", key, value).ok()
        for reader in ("hanako", "taro"):
            site.neo("subscriber", "add", "news", f"{reader}@example.jp", "--confirmed").ok()
        site.neo("link", "trust", root).ok()
        self.id = site.neo("link", "status", "--json").ok().json()["site"]

    def write(self, subject):
        """A broadcast that waits for the next tick."""
        text = self.site.write("letter.txt", "こんにちは。\n")
        words = ("--list", "news", "--subject", subject, "--text", text, "--at", "now")
        self.site.neo("broadcast", "create", *words).ok()

    def subjects(self):
        """The subjects of all mails that went out."""
        files = (self.site.data / "outbox").glob("*")
        return [message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] for path in files]

    def version(self):
        return self.site.neo("version").ok().out.split()[-1]

    def update_now(self):
        """This is the hour in which updates by themselves happen."""
        self.site.neo("setting", "set", "update_hour", datetime.now(TOKYO).hour).ok()

    def update(self):
        return self.site.neo("update", "--json").ok().json()

    def trips(self):
        """What the guard wrote down: `instant name=value …` a line."""
        lines = self.site.guard_log().splitlines()
        return [dict(field.split("=", 1) for field in line.split()[1:]) for line in lines]

    def hours_pass(self):
        """The site has not looked at the vendor's folder for hours."""
        with closing(sqlite3.connect(self.site.data / "neo.sqlite", timeout=20)) as database, database:
            database.execute("update link_notes set at = at - ? where name = 'tried'", (9 * HOUR,))

    def activation(self):
        return self.site.neo("activate", "--status", "--json").ok().json()
