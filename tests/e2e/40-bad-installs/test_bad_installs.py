"""Installs that went wrong: each gets a page with its number, which the owner can read to a support desk.

Not what the numbers mean: that is src/texts/errors.rs.
"""

import os
import re
import sqlite3

import pytest
from support.browser import Browser
from support.site import ready_site
from support.web_servers import WebServer


@pytest.fixture
def broken(new_site, request):
    """An install in order, behind a web server, for a test to break; and what its start page says then."""
    name = "bad-" + re.sub(r"\W+", "-", request.node.name)[-40:]
    site = new_site(name)
    server = WebServer("apache", site.docroot)
    ready_site(site, server.url)
    site.url = f"{server.url}/neo.cgi"
    site.page = lambda: Browser(f"{server.url}/neo.cgi").open("/f/news", follow=False)
    assert site.page().status == 200, server.log()
    yield site
    server.stop()


def assert_says(page, number):
    assert page.status in (500, 503), f"{page.status}: {page.text[:500]}"
    assert page.headers["Content-Type"].lower() == "text/html; charset=utf-8"
    assert f"E{number}" in page.text, page.text[:800]
    assert page.language == "ja"


def test_a_data_folder_that_an_upload_left_open_is_closed_at_once(broken):
    broken.data.chmod(0o755)
    (broken.data / "neo.sqlite").chmod(0o644)
    assert broken.page().status == 200
    assert broken.data.stat().st_mode & 0o777 == 0o700
    assert (broken.data / "neo.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_program_that_runs_as_another_user_is_refused(new_site, web_server):
    site = new_site("bad-other-user")
    server = web_server("lighttpd", site.docroot, user="www-data")
    ready_site(site, server.url)
    assert_says(Browser(f"{server.url}/neo.cgi").open("/f/news", follow=False), 3004)


def test_a_database_that_cannot_be_written_is_refused(broken):
    database = broken.data / "neo.sqlite"
    database.chmod(0o400)
    assert broken.page().status == 200, "reading goes on"
    reader = Browser(broken.url)
    form = reader.open("/f/news").form("email")
    assert_says(reader.submit(form, {"email": "hanako@example.jp", "name": "花子"}), 3007)
    database.chmod(0o600)
    assert reader.submit(form, {"email": "hanako@example.jp", "name": "花子"}).status == 200


def test_a_damaged_database_is_left_alone_and_reported(broken):
    database = broken.data / "neo.sqlite"
    sound = database.read_bytes()
    damaged = b"not a database" * 1000
    database.write_bytes(damaged)
    assert_says(broken.page(), 3008)
    assert database.read_bytes() == damaged
    database.write_bytes(sound)
    assert broken.page().status == 200


def test_a_database_of_a_newer_program_is_refused_politely(broken):
    database = broken.data / "neo.sqlite"
    with sqlite3.connect(database) as connection:
        version = connection.execute("pragma user_version").fetchone()[0]
        connection.execute(f"pragma user_version = {version + 1000}")
    connection.close()
    os.chown(database, broken.data.stat().st_uid, broken.data.stat().st_gid)
    assert_says(broken.page(), 3006)
