"""A site as it looks after years: many readers and mails, written straight into the database's tables.

Not what the program itself does with them: bench.py measures that. The counters are kept by the schema's own triggers.
"""

import sqlite3

READERS = """
with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)
insert into subscribers (address, address_key, name, created_at)
select 'reader' || i || '@example.jp', 'reader' || i || '@example.jp', '読者' || i, 1750000000 + i from n;
"""

SUBSCRIPTIONS = """
insert into subscriptions (list_id, subscriber_id, state, asked_at, joined_at)
select 1, id, 'confirmed', created_at, created_at + 60 from subscribers;
"""

CONSENTS = """
insert into consents (subscription_id, event, at, way, ip, form_version_id)
select id, 'confirmed', joined_at, 'form', '192.0.2.1', (select min(id) from form_versions) from subscriptions;
"""

MESSAGE = """
insert into messages (kind, list_id, subject, text, created_at)
values ('broadcast', 1, '過去のお知らせ', '本文', 1760000000);
"""

BROADCAST = """
insert into broadcasts (message_id, state, at, started_at, finished_at, audience, all_written)
select id, 'finished', created_at, created_at, created_at + 900, :audience, 1 from messages where id = :message;
"""

DELIVERIES = """
insert into deliveries (message_id, subscription_id, urgency, state, due_at, attempts, created_at, begun_at, done_at, reply)
select :message, id, 5, 'sent', 1760000000, 1, 1760000000, 1760000001, 1760000002, '250 2.0.0 Ok: queued as 1A2B3C'
from subscriptions;
"""


def fill(site, readers, broadcasts=0):
    """Adds confirmed readers to the site's one list, and finished broadcasts to all of them."""
    database = sqlite3.connect(site.data / "neo.sqlite", isolation_level=None)
    database.executescript("pragma synchronous = off; pragma cache_size = -400000; pragma foreign_keys = off; begin;")
    database.execute(READERS, {"count": readers})
    database.execute(SUBSCRIPTIONS)
    database.execute(CONSENTS)
    for _ in range(broadcasts):
        message = database.execute(MESSAGE).lastrowid
        database.execute(BROADCAST, {"message": message, "audience": readers})
        database.execute(DELIVERIES, {"message": message})
    database.execute("commit")
    database.close()
    site.own()
    warm(site.data / "neo.sqlite")


def warm(path):
    """Into the page cache: no cold disk is measured."""
    with open(path, "rb") as file:
        while file.read(1 << 20):
            pass


def set_journal(site, mode):
    """WAL or a rollback journal, as the set-up would have chosen on this or that disk."""
    database = sqlite3.connect(site.data / "neo.sqlite", isolation_level=None)
    found = database.execute(f"pragma journal_mode = {'wal' if mode == 'wal' else 'delete'}").fetchone()[0]
    database.close()
    site.own()
    assert found == ("wal" if mode == "wal" else "delete"), found
