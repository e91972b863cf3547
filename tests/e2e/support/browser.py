"""A small browser: keeps cookies, follows redirects, fills in the forms that a page holds.

Not a raw connection (raw_http.py). It sends what browsers send (Origin, Referer, Sec-Fetch-*), all hidden inputs of a form,
and takes no Secure cookie over plain HTTP.
"""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Form:
    """One form of a page with the values that it came with."""

    page_url: str
    action: str
    method: str
    encoding: str
    identity: str = ""
    values: dict = field(default_factory=dict)
    choices: dict = field(default_factory=dict)
    kinds: dict = field(default_factory=dict)
    required: set = field(default_factory=set)
    buttons: list = field(default_factory=list)

    def fill(self, values):
        """Types into the named inputs; an input that is not there cannot be typed into."""
        for name, value in values.items():
            assert name in self.kinds, f"the form {self.action} has no {name}; it has {sorted(self.kinds)}"
            if self.kinds[name] in ("select", "radio"):
                assert value in self.choices[name], f"{name} offers {self.choices[name]}, not {value!r}"
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = value
        return self


class Page(HTMLParser):
    """A reply: status, headers, and of an HTML page its forms, links and visible text."""

    def __init__(self, url, status, headers, body):
        super().__init__(convert_charrefs=True)
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        self.forms = []
        self.links = []
        self.title = ""
        self.language = ""
        self.words = []
        self._open = []
        self._form = None
        self._select = None
        self._textarea = None
        kind = headers.get("Content-Type") or ""
        self.source = body.decode("utf-8") if "charset=utf-8" in kind.lower() or "json" in kind else body.decode("latin-1")
        if kind.startswith("text/html"):
            self.feed(self.source)
            self.close()
            assert self._open == [], f"{url}: not closed: {self._open}"

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def form(self, *names):
        """The one form that has inputs of these names (of any method); with no names, the only POST form."""
        found = [form for form in self.forms if all(name in form.kinds for name in names)]
        if not names:
            found = [form for form in self.forms if form.method == "post"]
        held = [f"{form.action}: {sorted(form.kinds)}" for form in self.forms]
        assert len(found) == 1, f"{self.url} ({self.status}): looked for one form with {names}, found {held}\n{self.text[:1500]}"
        return found[0]

    def ok(self, status=200):
        assert self.status == status, f"{self.url} answered {self.status}, not {status}: {self.text[:1500]}"
        return self

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self._open.append(tag)
        if tag == "html":
            self.language = attributes.get("lang", "")
        elif tag == "a" and "href" in attributes:
            self.links.append(urljoin(self.url, attributes["href"]))
        elif tag == "form":
            self._form = Form(
                self.url,
                urljoin(self.url, attributes.get("action") or self.url),
                attributes.get("method", "get").lower(),
                attributes.get("enctype", "application/x-www-form-urlencoded"),
                attributes.get("id") or "",
            )
            self.forms.append(self._form)
        elif tag in ("input", "textarea", "select", "button"):
            self._control(tag, attributes)
        elif tag == "option" and self._select:
            value = attributes.get("value", "")
            form, name = self._select
            form.choices[name].append(value)
            if "selected" in attributes or name not in form.values:
                form.values[name] = value

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def _control(self, tag, attributes):
        form = self._form
        if "form" in attributes:
            form = next((form for form in self.forms if form.identity == attributes["form"]), form)
        name = attributes.get("name")
        if not form or "disabled" in attributes:
            return
        kind = attributes.get("type", "text" if tag == "input" else tag).lower()
        value = attributes.get("value") or ""
        if tag == "button" or kind in ("submit", "image"):
            if kind in ("submit", "button") and attributes.get("type", "submit") == "submit":
                form.buttons.append((name, value))
            return
        if not name:
            return
        form.kinds[name] = kind
        if "required" in attributes:
            form.required.add(name)
        if tag == "select":
            form.choices[name] = []
            self._select = (form, name)
        elif tag == "textarea":
            form.values[name] = ""
            self._textarea = (form, name)
        elif kind == "radio":
            form.choices.setdefault(name, []).append(value)
            if "checked" in attributes:
                form.values[name] = value
        elif kind == "checkbox":
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in attributes:
                form.values[name] = value or "on"
        elif kind != "file":
            form.values[name] = value

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if tag in self._open:
            while self._open and self._open[-1] != tag:
                assert self._open.pop() in ("li", "p", "td", "th", "tr", "option", "dt", "dd"), f"{self.url}: </{tag}>"
            self._open.pop()
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data):
        inside = self._open[-1] if self._open else ""
        if inside == "title" and "svg" not in self._open:
            self.title += data
        elif self._textarea:
            form, name = self._textarea
            form.values[name] += data if form.values[name] else data.removeprefix("\n")
        elif inside not in ("script", "style"):
            self.words.append(data)


class Browser:
    """One person's browser at one site; `base` is the address of the program."""

    def __init__(self, base):
        self.base = base
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
        self.cookies = {}
        self.sent = 0

    def open(self, path, follow=True):
        """GET of a path below the program, or of a whole address."""
        return self.request("GET", self.address(path), follow=follow)

    def address(self, path):
        return path if path.startswith("http") else self.base + path

    def submit(self, form, values=None, button=None, follow=True):
        """Fills in a form and presses its button (the first one, or that of the given name or value)."""
        form.fill(values or {})
        pairs = list(form.values.items())
        chosen = [entry for entry in form.buttons if button in (None, entry[0], entry[1])]
        assert button is None or chosen, f"no button {button}: {form.buttons}"
        if chosen and chosen[0][0]:
            pairs.append(chosen[0])
        missing = [name for name in form.required if not form.values.get(name)]
        assert not missing, f"{form.action}: a browser would ask for {missing}; the form has {sorted(form.kinds)}"
        if form.method == "get":
            return self.request("GET", form.action.split("?")[0] + "?" + urlencode(pairs), follow=follow)
        body, kind = encode(pairs, form.encoding)
        return self.request("POST", form.action, body, kind, referrer=form.page_url, follow=follow)

    def request(self, method, url, body=None, kind=None, referrer=None, follow=True):
        for _ in range(10):
            page = self._once(method, url, body, kind, referrer)
            if not follow or page.status not in (301, 302, 303, 307, 308):
                return page
            target = page.headers.get("Location")
            assert target, f"{url}: {page.status} without Location"
            referrer, url = url, urljoin(url, target)
            if page.status in (301, 302, 303):
                method, body, kind = "GET", None, None
        raise AssertionError(f"{url}: redirected in a circle")

    def _once(self, method, url, body, kind, referrer):
        parts = urlsplit(url)
        assert parts.scheme == "http", f"not on this machine: {url}"
        headers = {"User-Agent": AGENT, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "ja,en;q=0.7"}
        headers["Sec-Fetch-Site"] = "same-origin" if referrer else "none"
        headers["Sec-Fetch-Mode"] = "navigate"
        if method == "POST":
            headers["Origin"] = self.origin
        if referrer:
            headers["Referer"] = referrer
        if kind:
            headers["Content-Type"] = kind
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.sent += 1
        for line in answer.headers.get_all("Set-Cookie", []):
            self._keep(line)
        return Page(url, answer.status, answer.headers, content)

    def _keep(self, line):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        attributes = {part.partition("=")[0].lower(): part.partition("=")[2] for part in attributes}
        if "secure" in attributes:
            return
        if attributes.get("max-age") == "0" or value == "":
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


def encode(pairs, encoding):
    """The body and the content type of a form."""
    if encoding != "multipart/form-data":
        return urlencode(pairs), "application/x-www-form-urlencoded"
    boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    parts = []
    for name, value in pairs:
        filename, content = value if isinstance(value, tuple) else (None, value)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream' if filename else ""
        parts.append(head.encode() + b"\r\n\r\n" + (content if isinstance(content, bytes) else content.encode()) + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
