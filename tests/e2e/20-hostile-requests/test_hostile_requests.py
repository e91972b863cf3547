"""Requests that no browser sends, as exact bytes, against every web server: each gets one complete and fitting reply.

What a server refuses by itself is fine; what reaches the program must be answered by the program, never by a crash.
"""

from dataclasses import dataclass

import pytest
from support.raw_http import NoReply, exchange
from support.site import ready_site
from support.web_servers import KINDS

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
REFUSED = {400, 403, 404, 405, 411, 413, 414, 417, 422, 431, 501}


@pytest.fixture(scope="module", params=sorted(KINDS))
def hosted(request, new_site, web_server):
    site = new_site(f"hostile-{request.param}")
    server = web_server(request.param, site.docroot)
    ready_site(site, server.url)
    server.site = site
    yield server
    assert_still_well(server)


def assert_still_well(server):
    """After all of it the program serves its page, and the guard has seen no runaway."""
    reply = exchange(server.port, request(b"GET", b"/neo.cgi/f/news"))
    assert reply.status == 200, server.log()
    assert server.site.neo("doctor", "--json").out.strip().startswith("{")
    assert b"End of script output before headers" not in server.log().encode()


def request(method, target, headers=b"", body=b"", version=b"HTTP/1.1", host=b"Host: localhost\r\n", close=True):
    close_line = b"Connection: close\r\n" if close else b""
    return method + b" " + target + b" " + version + b"\r\n" + host + close_line + headers + b"\r\n" + body


def post(target, body, headers=FORM, length=None):
    size = b"Content-Length: %d\r\n" % (len(body) if length is None else length)
    return request(b"POST", target, headers + size, body)


@dataclass
class Case:
    name: str
    bytes: bytes
    allowed: set

    def __str__(self):
        return self.name


PAGE = b"/neo.cgi/f/news"
FOUND = {200}
ANSWERED = {200, 303, 400, 403, 422, 429}

CASES = [
    Case("an unknown method", request(b"BREW", PAGE), {400, 405, 501}),
    Case("DELETE of a page", request(b"DELETE", PAGE), {405, 501}),
    Case("PUT without a length", request(b"PUT", PAGE), {400, 405, 411, 501}),
    Case("OPTIONS", request(b"OPTIONS", PAGE), {200, 204, 405, 501}),
    Case("TRACE", request(b"TRACE", PAGE), {200, 405, 501}),
    Case("CONNECT to elsewhere", request(b"CONNECT", b"evil.example:443"), {400, 404, 405, 501}),
    Case("PROPFIND with a body", request(b"PROPFIND", PAGE, b"Content-Length: 2\r\n", b"<>"), {400, 405, 411, 501}),
    Case("a method in lower case", request(b"get", PAGE), {400, 405, 501}),
    Case("a header of 7 KB", request(b"GET", PAGE, b"X-Long: " + b"a" * 7000 + b"\r\n"), FOUND | {400, 431}),
    Case("a header of 100 KB", request(b"GET", PAGE, b"X-Long: " + b"a" * 100_000 + b"\r\n"), {400, 413, 414, 431}),
    Case("200 headers", request(b"GET", PAGE, b"".join(b"X-H%d: v\r\n" % n for n in range(200))), {200, 400, 431}),
    Case("a request line of 20 KB", request(b"GET", PAGE + b"?" + b"a" * 20_000), {200, 400, 414, 431}),
    Case("a cookie of 7 KB of junk", request(b"GET", PAGE, b"Cookie: " + b";=\x01\xff" * 1750 + b"\r\n"), {200, 400, 431}),
    Case("a form of 70 KiB", post(PAGE, b"email=" + b"a" * 71_680), {413}),
    Case("a form with no length", request(b"POST", PAGE, FORM), REFUSED),
    Case("a form with a length of 0", post(PAGE, b""), {400, 403, 422}),
    Case("a form with a negative length", request(b"POST", PAGE, FORM + b"Content-Length: -1\r\n", b"email=a"), {400, 411, 413}),
    Case("a length that fits in no memory", request(b"POST", PAGE, FORM + b"Content-Length: 99999999999999999999\r\n"), {400, 413}),
    Case("two lengths", request(b"POST", PAGE, FORM + b"Content-Length: 3\r\nContent-Length: 7\r\n", b"email=a"), {400}),
    Case(
        "a chunked form",
        request(b"POST", PAGE, FORM + b"Transfer-Encoding: chunked\r\n", b"7\r\nemail=a\r\n0\r\n\r\n"),
        {400, 403, 411, 422},
    ),
    Case("a path that is not UTF-8", request(b"GET", b"/neo.cgi/f/%ff%fe%80"), {400, 404}),
    Case("a path with raw bytes", request(b"GET", b"/neo.cgi/f/\xff\xfe"), {400, 404}),
    Case("a path with a NUL", request(b"GET", b"/neo.cgi/f/a%00b"), {400, 404}),
    Case("a path with a broken escape", request(b"GET", b"/neo.cgi/f/%zz"), {400, 404}),
    Case("a path with quotes and brackets", request(b"GET", b'/neo.cgi/f/"<script>alert(1)</script>'), {400, 404}),
    Case("a program name that is not UTF-8", request(b"GET", PAGE, b"User-Agent: \xff\xfe\x80\r\n"), {200, 400}),
    Case("a header without a name", request(b"GET", PAGE, b": value\r\n"), {200, 400}),
    Case("a header named with only signs", request(b"GET", PAGE, b"!#$%&'*+: value\r\n"), {200, 400}),
    Case("HTTP/1.0 without Host", request(b"GET", PAGE, version=b"HTTP/1.0", host=b"", close=False), {200}),
    Case("HTTP/1.1 without Host", request(b"GET", PAGE, host=b""), {200, 400}),
    Case("a version that does not exist", request(b"GET", PAGE, version=b"HTTP/7.3"), {200, 400, 505}),
    Case("a Proxy header", request(b"GET", PAGE, b"Proxy: http://evil.example:1\r\n"), {200}),
    Case("headers that pretend to be the server's", request(b"GET", PAGE, b"X-CGI-Remote-Addr: 10.9.8.7\r\nX-CGI-Remote-User: root\r\n"), {200}),
    Case("underscores in headers", request(b"GET", PAGE, b"Content_Length: 9\r\nRemote_Addr: 1.1.1.1\r\n"), {200, 400}),
    Case("an unknown Expect", request(b"GET", PAGE, b"Expect: a-miracle\r\n"), {200, 417}),
    Case("a wrong content type", post(PAGE, b"email=a%40example.jp", b"Content-Type: \xff/;;=\r\n"), REFUSED),
    Case("JSON to a form", post(PAGE, b'{"email":"a@example.jp"}', b"Content-Type: application/json\r\n"), REFUSED | {415}),
    Case("multipart without a boundary", post(PAGE, b"--x\r\n\r\nemail", b"Content-Type: multipart/form-data\r\n"), REFUSED | {415}),
    Case("a form that is not UTF-8", post(PAGE, b"email=%ff%fe&name=\x83\x65"), ANSWERED - {200, 303}),
    Case("a form of 2,000 fields", post(PAGE, b"&".join(b"f%d=1" % n for n in range(2000))), ANSWERED - {200, 303} | {413}),
    Case("a path that starts with two slashes", request(b"GET", b"//evil.example/neo.cgi"), {400, 403, 404}),
    Case("two slashes behind the program", request(b"GET", b"/neo.cgi//evil.example/x"), {301, 302, 303, 308, 400, 404}),
    Case("a whole address as target", request(b"GET", b"http://evil.example/neo.cgi/f/news"), {200, 400, 404, 421}),
    Case("the data folder by dots", request(b"GET", b"/neo.cgi/../../data/neo.sqlite"), {400, 403, 404}),
    Case("the data folder by escaped dots", request(b"GET", b"/neo.cgi/assets/..%2f..%2f..%2fdata/neo.sqlite"), {400, 403, 404}),
    Case("the data folder from the root", request(b"GET", b"/%2e%2e/data/neo.sqlite"), {400, 403, 404}),
    Case("someone else's sign-in", post(b"/neo.cgi/admin/login", b"email=a&password=b", FORM + b"Origin: http://evil.example\r\n"), {403}),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_request_gets_one_complete_and_fitting_reply(hosted, case):
    reply = exchange(hosted.port, case.bytes)
    assert reply.status in case.allowed, f"{reply.status} {reply.body[:600]!r}\n{hosted.log()}"
    assert b"SQLite format" not in reply.body
    assert "evil.example" not in reply.headers.get("location", "")
    assert b"evil.example" not in reply.body
    assert b"<script>alert" not in reply.body


@pytest.mark.parametrize("words", [b"tick", b"--reset", b"drill+memory", b"-V", b"setting+list", b"--data+%2Ftmp", b"%2Dh"])
def test_a_query_never_becomes_a_command(hosted, words):
    plain = exchange(hosted.port, request(b"GET", PAGE))
    asked = exchange(hosted.port, request(b"GET", PAGE + b"?" + words))
    assert asked.status == 200
    assert asked.headers["content-type"] == plain.headers["content-type"]
    assert b"</html>" in asked.body


def test_head_has_the_head_of_get_and_no_body(hosted):
    get = exchange(hosted.port, request(b"GET", PAGE))
    head = exchange(hosted.port, request(b"HEAD", PAGE))
    assert (head.status, head.headers["content-type"]) == (get.status, get.headers["content-type"])
    assert head.body == b""


CHUNKED = FORM + b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "cut", [post(PAGE, b"email=a", length=100), request(b"POST", PAGE, CHUNKED, b"7\r\nem")], ids=["by length", "in chunks"]
)
def test_a_body_that_ends_early_is_refused_or_dropped(hosted, cut):
    try:
        reply = exchange(hosted.port, cut, close_sending=True)
    except NoReply:
        return
    assert reply.status in {400, 408, 411}


# A program that ends before it has read its body makes mod_cgid and fcgiwrap cut off or replace its reply.
@pytest.mark.parametrize("size", [1, 60_000, 66_000, 200_000, 1_000_000])
def test_a_refused_body_does_not_cost_the_reply(hosted, size):
    reply = exchange(hosted.port, post(b"/neo.cgi/no/such/page", b"x" * size))
    assert reply.status in {400, 403, 404, 405, 413}
    assert b"</html>" in reply.body
    assert b'<html lang="' in reply.body


def test_links_never_follow_the_host_header(hosted):
    reply = exchange(hosted.port, request(b"GET", PAGE, b"X-Forwarded-Host: evil.example\r\n", host=b"Host: evil.example\r\n"))
    assert b"evil.example" not in reply.body
    assert "evil.example" not in str(reply.headers)
