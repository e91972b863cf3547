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
    assert "{" not in page.text, f"a word was not filled in: {page.text[:800]}"
    assert page.language == "ja"


def test_a_data_folder_that_others_could_read_is_closed_by_the_program_itself(broken):
    """FTP clients leave folders with 755. What is ours is closed, not complained about."""
    for path, mode in ((broken.data, 0o755), (broken.data / "neo.sqlite", 0o644), (broken.data / "neo.key", 0o644)):
        path.chmod(mode)
    assert broken.page().status == 200
    open_ones = [path for path in (broken.data, *broken.data.rglob("*")) if path.stat().st_mode & 0o077]
    assert open_ones == []


def test_an_empty_folder_named_data_is_used(new_site):
    site = new_site("empty-data")
    site.data.mkdir(mode=0o755)
    site.own()
    ready_site(site, "http://127.0.0.1:1")
    assert (site.data / "neo.sqlite").exists()
    assert not (site.home / "neo-data").exists()


def test_somebody_elses_folder_named_data_is_left_alone(new_site):
    site = new_site("foreign-data")
    foreign = site.home / "data"
    foreign.mkdir(mode=0o755)
    (foreign / "photos.zip").write_bytes(b"not ours")
    site.own()
    ready_site(site, "http://127.0.0.1:1")
    assert sorted(path.name for path in foreign.iterdir()) == ["photos.zip"]
    assert foreign.stat().st_mode & 0o777 == 0o755
    assert (site.home / "neo-data" / "neo.sqlite").exists()


def test_data_inside_the_web_root_is_refused(broken):
    broken.data.rename(broken.docroot / "data")
    assert_says(broken.page(), 3002)
    refused = broken.neo("tick")
    assert refused.code == 78 and "E3002" in refused.err, refused.err
    (broken.docroot / "data").rename(broken.data)
    assert broken.page().status == 200


def test_a_site_that_is_not_set_up_leads_to_the_set_up(new_site, web_server):
    site = new_site("bad-not-set-up")
    server = web_server("apache", site.docroot)
    page = Browser(f"{server.url}/neo.cgi").open("/f/news", follow=False)
    assert page.status == 303 and page.headers["Location"].endswith("/neo.cgi/setup")
    refused = site.neo("tick")
    assert refused.code == 78 and "E3001" in refused.err, refused.err


def test_a_missing_key_file_is_named(broken):
    key = broken.data / "neo.key"
    key.rename(broken.home / "neo.key")
    assert_says(broken.page(), 3010)
    assert not key.exists(), "a new key would make all links invalid"
    (broken.home / "neo.key").rename(key)
    assert broken.page().status == 200


def test_a_program_that_runs_as_another_user_is_refused(new_site, web_server):
    site = new_site("bad-other-user")
    server = web_server("lighttpd", site.docroot, user="www-data")
    ready_site(site, server.url)
    assert_says(Browser(f"{server.url}/neo.cgi").open("/f/news", follow=False), 3004)


def test_what_a_database_that_cannot_be_written_would_have_to_keep_is_refused(broken):
    database = broken.data / "neo.sqlite"
    database.chmod(0o400)
    reader = Browser(broken.url)
    form = reader.open("/f/news").ok().form("email")
    assert_says(reader.submit(form, {"email": "hanako@example.jp"}), 3007)
    refused = broken.neo("tick")
    assert refused.code == 78 and "E3007" in refused.err, refused.err
    database.chmod(0o600)
    reader.submit(form, {"email": "hanako@example.jp"}).ok()


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
        # It says from which version on programs can work on it: ours cannot.
        connection.execute("update settings set value = '999' where key = 'format_readable_from'")
    connection.close()
    os.chown(database, broken.data.stat().st_uid, broken.data.stat().st_gid)
    assert_says(broken.page(), 3006)
    refused = broken.neo("tick")
    assert refused.code == 78 and "E3006" in refused.err, refused.err
