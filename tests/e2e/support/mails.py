"""A mail as it arrived, read strictly: anything that a careful reader would call a defect fails the test.

Not where mails come from: see postfix.py. Not what NEO promises about its mails: see the scenarios.
"""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path


@dataclass
class Mail:
    """The envelope as the mailbox noted it, and the message."""

    path: Path
    raw: bytes
    message: EmailMessage

    @property
    def return_path(self):
        return str(self.message["Return-Path"]).strip().strip("<>")

    @property
    def recipient(self):
        """The envelope's recipient; Postfix quotes the two dots that some carriers gave their customers."""
        return unquoted(str(self.message["X-Original-To"] or self.message["Delivered-To"]).strip())

    @property
    def subject(self):
        return str(self.message["Subject"])

    def header(self, name):
        values = self.message.get_all(name, [])
        assert len(values) == 1, f"{name}: expected once, found {len(values)} times in {self.path}"
        return str(values[0])

    def part(self, kind):
        """The text of the one part of this kind, such as text/plain."""
        found = [part for part in self.message.walk() if part.get_content_type() == kind]
        assert len(found) == 1, f"{kind}: expected once in {self.path}, found {len(found)} times"
        return found[0].get_content()

    @property
    def text(self):
        return self.part("text/plain")

    @property
    def html(self):
        return self.part("text/html")

    def links(self, containing=""):
        """The web addresses of the text part, in order."""
        return [link for link in re.findall(r"https?://[^\s<>\"]+", self.text) if containing in link]


def unquoted(address):
    """`"a..b"@example.jp` and `a..b@example.jp` are the same mailbox."""
    return re.sub(r'^"([^"\\]*)"@', r"\1@", address)


def read_mail(path):
    """Reads one file of a Maildir and checks that it is well-formed in every part."""
    raw = Path(path).read_bytes()
    mail = Mail(Path(path), raw, email.message_from_bytes(raw, policy=email.policy.default))
    assert defects(mail.message) == [], f"defects in {path}:\n{raw.decode(errors='replace')[:3000]}"
    check_bytes(mail)
    return mail


def defects(message):
    """Every defect that the parser found."""
    found = []
    for part in message.walk():
        found += [repr(defect) for defect in part.defects]
        for name, value in part.items():
            if not (name == "To" and CARRIER_DOTS.search(str(value))):
                found += [f"{name}: {defect!r}" for defect in value.defects]
        if not part.is_multipart():
            part.get_content()
    return found


# Carriers gave their customers addresses with `..` or `.@`: real ones, though no RFC allows them unquoted.
CARRIER_DOTS = re.compile(r"(\.\.|\.@).*(docomo|ezweb|au)\.")


def check_bytes(mail):
    """RFC 5322 and RFC 2045: lines of at most 998 bytes, headers of ASCII only, no stray CR or NUL."""
    head = mail.raw.split(b"\n\n", 1)[0]
    assert head.isascii(), f"a header of {mail.path} is not ASCII"
    assert b"\r" not in mail.raw and b"\0" not in mail.raw, f"{mail.path} holds a stray CR or NUL"
    assert max(len(line) for line in mail.raw.split(b"\n")) <= 998, f"{mail.path} has a line that is too long"
