"""The pace against a real Postfix: one that answers 450 after 60 mails a minute, and one that silently slows.

Not the arithmetic of the pace (unit tests) nor other refusals (tests/pace.rs). Runs for about three minutes.
"""

import time
from collections import Counter
from datetime import datetime

import pytest
from support.process import eventually
from support.site import ready_site

PACED = 110
SLOW = 15


@pytest.fixture(scope="module")
def site(new_site):
    site = new_site("pace")
    ready_site(site, "http://127.0.0.1")
    for key, value in {"sender_name": "お店", "sender_address": "東京都", "sender_contact": "03-0000-0000"}.items():
        site.neo("setting", "set", key, value).ok()
    return site


def add_readers(site, domain, count):
    """Readers of a list of their own; the second half at another domain."""
    name = domain.split(".")[0]
    site.neo("list", "add", name, "--from", "お店 <shop@example.jp>").ok()
    for number in range(count):
        place = domain if number % 2 else f"other.{domain}"
        site.neo("subscriber", "add", name, f"r{number}@{place}", "--confirmed").ok()
    return name


def broadcast(site, name, subject):
    text = site.write("text.txt", "こんにちは\n")
    line = ("broadcast", "create", "--list", name, "--subject", subject, "--text", text, "--at", "now")
    return site.neo(*line).ok().out.strip()


def run_to_the_end(site, seconds):
    """Ticks whenever the report says; the reports."""
    end = time.monotonic() + seconds
    reports = []
    while time.monotonic() < end:
        report = site.neo("tick", "--json").ok().json()
        reports.append(report)
        if report["left"] == 0:
            return reports
        due = datetime.fromisoformat(report["next_due"]).timestamp()
        time.sleep(min(max(due - time.time(), 0.2), 65))
    raise AssertionError(f"not done after {seconds} s: {reports[-1]}")


def recipients(postfix, domain):
    """How many copies each reader of a domain has got."""
    copies = Counter()
    for path in postfix.files():
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("Delivered-To: ") and domain in line:
                copies[line.split(": ", 1)[1]] += 1
    return copies


def test_a_server_that_says_450_after_60_a_minute_is_learnt_and_everybody_is_mailed_once(site, postfix):
    name = add_readers(site, "paced.example.jp", PACED)
    message = broadcast(site, name, "paced")
    site.neo("setting", "set", "transport", f"smtp://127.0.0.1:{postfix.paced_port}?tls=none").ok()
    reports = run_to_the_end(site, 230)
    assert reports[0]["sent"] == 60 and reports[0]["stopped_by"] == "pace", reports[0]
    eventually("all mails", lambda: sum(recipients(postfix, "paced.example.jp").values()) >= PACED, 20)
    copies = recipients(postfix, "paced.example.jp")
    assert len(copies) == PACED and set(copies.values()) == {1}
    ledger = site.neo("ledger", message, "--json").ok().json()
    assert (ledger["sent"], ledger["failed"], ledger["audience"]) == (PACED, 0, PACED)
    assert 1 <= sum(report["deferred"] for report in reports) <= 6, "after a few refusals it waits"
    learnt = site.neo("doctor", "--json").json()
    pace = next(check for check in learnt["checks"] if check["name"] == "pace")
    assert "minute" in pace["found"] and "450 4.7.1" in pace["found"], pace


def test_a_server_that_silently_slows_is_not_fought(site, postfix):
    name = add_readers(site, "slow.example.jp", SLOW)
    message = broadcast(site, name, "slow")
    site.neo("setting", "set", "transport", f"smtp://127.0.0.1:{postfix.slow_port}?tls=none").ok()
    run_to_the_end(site, 100)
    eventually("all mails", lambda: sum(recipients(postfix, "slow.example.jp").values()) >= SLOW, 20)
    copies = recipients(postfix, "slow.example.jp")
    assert len(copies) == SLOW and set(copies.values()) == {1}
    assert site.neo("ledger", message, "--json").ok().json()["sent"] == SLOW
