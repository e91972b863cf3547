"""What every scenario may ask for: web servers, Postfix, an installed site.

Not the scenarios: those are in NN-name/. All that is started here is ended here, and the run fails if something is left.
"""

import os
import time
from pathlib import Path

import pytest

from support.postfix import Postfix
from support.process import listening_ports, others_running
from support.site import Site
from support.web_servers import WebServer


@pytest.fixture(scope="session")
def executable():
    """The program to test, as `make e2e` has built it."""
    path = Path(os.environ["NEO_EXE"]).resolve()
    assert path.is_file(), f"there is no executable at {path}: build it first (make e2e) or set NEO_EXE"
    return path


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left():
    """When all servers have been stopped, no process and no open port of this run may be left."""
    yield
    for _ in range(600):
        if not others_running():
            break
        time.sleep(0.05)
    assert others_running() == []
    assert listening_ports() == set()


@pytest.fixture(scope="session")
def postfix(nothing_is_left):
    """One Postfix for the whole run."""
    server = Postfix()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def web_server():
    """A maker of web servers: web_server(kind, docroot), run for the test user or another."""
    running = []

    def start(kind, docroot, **options):
        server = WebServer(kind, docroot, **options)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def new_site(executable):
    """A maker of fresh installs, before their set-up: new_site(name)."""
    return lambda name: Site(name, executable)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers, for scenarios whose tests are the steps of one story, that a step has failed."""
    outcome = yield
    story = item.get_closest_marker("story")
    if story and outcome.get_result().failed:
        FAILED_STORIES.setdefault((item.fspath, variant(item)), item.name)


def pytest_runtest_setup(item):
    """The steps behind a failed one tell nothing; the failed one is reported."""
    broken = FAILED_STORIES.get((item.fspath, variant(item)))
    if item.get_closest_marker("story") and broken:
        pytest.skip(f"the story ended at {broken}")


FAILED_STORIES = {}


def variant(item):
    return item.callspec.id if hasattr(item, "callspec") else ""
