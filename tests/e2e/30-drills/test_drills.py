"""Real runaways under the guard, as the plain user that a shared host runs the program as.

Not the guard's own tests, which run without a server: those are in tests/.
"""

import pytest
from support.site import ready_site

# What may stop each kind: the work's own budget, the brake in the program, or the kernel's limit.
STOPS = {
    "memory": {"brake"},
    "cpu": {"brake"},
    "loop": {"budget"},
    "wall": {"brake"},
    "stack": {"brake"},
    "disk": {"rlimit", "brake"},
    "processes": {"rlimit"},
}
WITH_REPLY = ("memory", "cpu", "wall", "stack")


@pytest.fixture(scope="module")
def site(new_site):
    site = new_site("drills")
    ready_site(site, "http://127.0.0.1:1")
    return site


@pytest.mark.parametrize("kind", STOPS)
def test_a_runaway_is_stopped_and_says_so(site, kind):
    report = site.neo("drill", kind, "--json", seconds=120).ok().json()
    assert report["kind"] == kind
    assert report["stopped_by"] in STOPS[kind], report
    assert report["peak_rss_kib"] < report["limit_kib"], report
    assert report["after_ms"] < 60_000
    if kind in WITH_REPLY:
        assert report["reply_complete"] is True, report


def test_after_all_drills_the_tick_runs_as_ever(site):
    site.neo("tick", "--json").ok()
