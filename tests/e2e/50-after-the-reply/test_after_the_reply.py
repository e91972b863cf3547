"""What a request still does after its reply: the visitor is let go at once, and the mail that she waits for goes out.

Not the mails themselves (10): here a mail server that takes its time receives them, so that there is an "after".
"""

import socket
import threading
import time

import pytest
from support.browser import Browser
from support.process import eventually
from support.site import ready_site
from support.web_servers import KINDS

SLOW = 2.5


class SlowMailServer:
    """Greets after some seconds, takes every mail, and keeps the recipients."""

    def __init__(self):
        self.received = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, connection.makefile("rwb", buffering=0) as line:
            time.sleep(SLOW)
            line.write(b"220 slow.example.jp ESMTP\r\n")
            recipient = b""
            while command := line.readline():
                if command.upper().startswith(b"RCPT"):
                    recipient = command.split(b"<")[1].split(b">")[0]
                if command.upper().startswith(b"DATA"):
                    line.write(b"354 go on\r\n")
                    while line.readline() != b".\r\n":
                        pass
                    self.received.append(recipient.decode())
                line.write(b"250 ok\r\n")

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture(scope="module")
def mail_server():
    server = SlowMailServer()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=sorted(KINDS))
def site(request, new_site, web_server, mail_server):
    site = new_site(f"after-{request.param}")
    server = web_server(request.param, site.docroot)
    ready_site(site, server.url)
    site.neo("setting", "set", "transport", f"smtp://127.0.0.1:{mail_server.port}?tls=none").ok()
    site.url = f"{server.url}/neo.cgi"
    return site


def sign_up(site, address):
    """Signs up; how many seconds the visitor waited for the whole reply."""
    reader = Browser(site.url)
    form = reader.open("/f/news").ok().form("email")
    begun = time.monotonic()
    reader.submit(form, {"email": address}).ok()
    return time.monotonic() - begun


def test_the_visitor_is_let_go_while_the_mail_server_takes_its_time(site, mail_server):
    address = f"quick@{site.home.name}.jp"
    assert sign_up(site, address) < SLOW / 2
    assert address not in mail_server.received
    eventually("the mail that was promised", lambda: address in mail_server.received, seconds=SLOW + 10)
    assert mail_server.received.count(address) == 1


def test_two_who_sign_up_at_once_both_get_their_mail(site, mail_server):
    addresses = [f"{name}@{site.home.name}.jp" for name in ("first", "second")]
    for address in addresses:
        assert sign_up(site, address) < SLOW / 2
    # The second finds the first one's sending at work, which takes hers along.
    eventually("both mails", lambda: set(addresses) <= set(mail_server.received), seconds=2 * SLOW + 10)
    assert [mail_server.received.count(address) for address in addresses] == [1, 1]
    eventually("the ledger to say so", lambda: everything_is_sent(site))


def everything_is_sent(site):
    ledger = site.neo("ledger", "all", "--json").ok().json()
    return ledger["sent"] == ledger["audience"]
