"""The ground under the other scenarios: do the servers themselves do what a shared host's servers do?

Nothing of NEO is used here, so a failure here is one of the test's own servers.
"""

import http.client
import smtplib
from pathlib import Path

import pytest
from support.mails import read_mail
from support.process import USER
from support.site import Site, run_as
from support.web_servers import KINDS

SHOW = Path(__file__).with_name("show.cgi")


@pytest.fixture(scope="module", params=sorted(KINDS))
def shown(request, web_server):
    site = Site(f"show-{request.param}", SHOW)
    return web_server(request.param, site.docroot)


def ask(server, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_a_web_server_runs_the_program_as_the_owner_of_the_files(shown):
    status, seen = ask(shown, "GET", "/neo.cgi")
    assert (status, seen["user"]) == (418, USER), shown.log()


def test_a_web_server_passes_path_query_and_body(shown):
    status, seen = ask(shown, "POST", "/neo.cgi/f/news?a=1&b", "email=hanako%40example.jp")
    assert status == 418, shown.log()
    assert seen["path"] == "/f/news"
    assert seen["script"] == "/neo.cgi"
    assert seen["method"] == "POST"
    assert seen["query"] == "a=1&b"
    assert seen["length"] == "25"
    assert seen["body"] == "email=hanako%40example.jp"


def test_a_web_server_serves_only_what_lies_under_the_web_root(shown):
    status, _ = ask(shown, "GET", "/../show.txt")
    assert status in (400, 403, 404)


MAIL = "From: Shop <shop@example.jp>\nTo: <{to}>\nSubject: =?utf-8?b?44GT44KT44Gr44Gh44Gv?=\n\nHello\n"


def test_postfix_keeps_what_sendmail_is_given_with_its_envelope(postfix):
    before = len(postfix.files())
    command = ["/usr/sbin/sendmail", "-i", "-f", "bounce@example.jp", "--", "a..b@docomo.ne.jp"]
    done = run_as(USER, command, "/", stdin=MAIL.format(to="a..b@docomo.ne.jp"))
    done.ok()
    mail = read_mail(postfix.settled(before + 1)[-1])
    assert mail.return_path == "bounce@example.jp"
    assert mail.recipient == "a..b@docomo.ne.jp"
    assert mail.subject == "こんにちは"


def test_postfix_keeps_what_comes_by_smtp_for_any_domain(postfix):
    before = len(postfix.files())
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as client:
        for to in ("hanako@example.jp", "taro@elsewhere.invalid"):
            client.sendmail("shop@example.jp", [to], MAIL.format(to=to))
    found = {read_mail(path).recipient for path in postfix.settled(before + 2)[before:]}
    assert found == {"hanako@example.jp", "taro@elsewhere.invalid"}


def test_postfix_refuses_the_readers_who_are_gone_or_full(postfix):
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=10) as client:
        client.ehlo()
        client.mail("shop@example.jp")
        assert client.rcpt("refused@example.jp")[0] == 550
        assert client.rcpt("later@example.jp")[0] == 450
