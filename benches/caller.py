"""Calls the program as a web server would, but each call measured by itself; keeps cookies and fills in forms.

Not a server and not a browser: the forms and pages are those of the scenarios' browser (support/browser.py).
"""

from email.message import Message
from urllib.parse import urlencode, urlsplit

from measure import run_measured
from support.browser import Page
from support.process import USER


class Caller:
    """One person's calls of one site's program."""

    def __init__(self, site, base):
        self.site = site
        self.base = urlsplit(base)
        self.cookies = {}
        self.page = None
        self.cost = None

    def submit(self, form):
        """Sends a filled-in form."""
        return self.call(form.method.upper(), form.action, urlencode(list(form.values.items())))

    def call(self, method, address, body=""):
        """One request; `page` and `cost` tell how it went."""
        parts = urlsplit(address)
        path = parts.path.removeprefix(self.base.path)
        environment = {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": "bench",
            "SERVER_NAME": self.base.hostname,
            "SERVER_PORT": str(self.base.port),
            "REMOTE_ADDR": "127.0.0.1",
            "DOCUMENT_ROOT": str(self.site.docroot),
            "SCRIPT_NAME": self.base.path,
            "PATH_INFO": path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": method,
            "HTTP_HOST": self.base.netloc,
            "HTTP_ACCEPT_LANGUAGE": "ja",
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if method == "POST":
            environment |= {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body))}
        self.cost = run_measured([self.site.program], USER, USER, self.site.docroot, body.encode(), environment)
        assert self.cost.code == 0, self.cost.out
        head, _, content = self.cost.out.replace("\r\n", "\n").partition("\n\n")
        headers = Message()
        for line in head.split("\n"):
            name, _, value = line.partition(":")
            headers.add_header(name, value.strip())
        for line in headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        self.page = Page(address, int(headers.get("Status", "200").split()[0]), headers, content.encode())
        return self
